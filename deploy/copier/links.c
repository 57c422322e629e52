/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/links.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/temporary.h"

#define BUCKETS 4096

/* A name that waits for the first one. */
struct waiter {
    struct waiter *next;
    struct dir *dir; /* held */
    char name[];
};

enum state { UNDER_WAY, THERE, FAILED };

struct item {
    struct item *next;
    dev_t device;
    ino_t inode;
    nlink_t n_left; /* names that were not met yet */
    enum state state;
    struct waiter *waiters;
    char path[]; /* of the first name, below the root */
};

struct links {
    pthread_mutex_t lock;
    size_t n;
    struct item *buckets[BUCKETS];
};

struct links *links_new(void)
{
    struct links *links = calloc(1, sizeof(*links));

    if (links != NULL) {
        (void)pthread_mutex_init(&links->lock, NULL);
    }
    return links;
}

void links_free(struct links *links)
{
    if (links == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        while (links->buckets[i] != NULL) {
            struct item *item = links->buckets[i];
            links->buckets[i] = item->next;
            free(item);
        }
    }
    (void)pthread_mutex_destroy(&links->lock);
    free(links);
}

/* Where the item of that file is linked, or would be. */
static struct item **place_of(struct links *links, const struct stat *stat)
{
    const size_t hash = (size_t)(stat->st_ino * 0x9e3779b97f4a7c15ULL >> 40) ^ stat->st_dev;
    struct item **at = &links->buckets[hash % BUCKETS];

    while (*at != NULL && ((*at)->inode != stat->st_ino || (*at)->device != stat->st_dev)) {
        at = &(*at)->next;
    }
    return at;
}

static enum links_claim add(struct links *links,
                            struct item **at,
                            struct dir *dir,
                            const char *name,
                            const struct stat *stat)
{
    char path[DIR_PATH_SIZE];
    struct item *item;

    if (links->n == LINKS_MAX || !dir_path(dir, name, path) ||
        (item = calloc(1, sizeof(*item) + strlen(path) + 1)) == NULL) {
        tally_add(&dir->tree->tally->unlinked, 1);
        return LINKS_ALONE;
    }
    item->device = stat->st_dev;
    item->inode = stat->st_ino;
    item->n_left = stat->st_nlink - 1;
    memcpy(item->path, path, strlen(path) + 1);
    *at = item;
    links->n++;
    return LINKS_COPY;
}

static enum links_claim wait_for(struct item *item, struct dir *dir, const char *name)
{
    struct waiter *waiter = calloc(1, sizeof(*waiter) + strlen(name) + 1);

    if (waiter == NULL) {
        tally_add(&dir->tree->tally->unlinked, 1);
        return LINKS_ALONE;
    }
    dir_hold(dir);
    waiter->dir = dir;
    memcpy(waiter->name, name, strlen(name) + 1);
    waiter->next = item->waiters;
    item->waiters = waiter;
    return LINKS_DONE;
}

static bool is_same_file(int a, const char *a_name, int b, const char *b_name)
{
    struct stat one;
    struct stat other;

    return fstatat(a, a_name, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(b, b_name, &other, AT_SYMLINK_NOFOLLOW) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/* Where something has the name already, the link takes its place by way of another name. */
static int replace_by_link(struct tree *tree, const char *path, int to, const char *name)
{
    char temporary[TEMPORARY_SIZE];

    if (is_same_file(tree->to_fd, path, to, name)) {
        return 0;
    }
    temporary_name(&tree->temporary, temporary);
    if (linkat(tree->to_fd, path, to, temporary, 0) < 0) {
        return -1;
    }
    if (renameat(to, temporary, to, name) < 0) {
        const int errnum = errno;
        (void)unlinkat(to, temporary, 0);
        errno = errnum;
        return -1;
    }
    return 0;
}

/* Make the entry @name of @dir a link to @path. */
static void make_link(struct dir *dir, const char *name, const char *path)
{
    struct tree *tree = dir->tree;
    const int to = dir_destination(dir);

    if (to < 0) {
        dir_fail(dir, name, "cannot make its directory");
        return;
    }
    if (linkat(tree->to_fd, path, to, name, 0) < 0 &&
        (errno != EEXIST || replace_by_link(tree, path, to, name) < 0)) {
        dir_fail(dir, name, "cannot link it");
        return;
    }
    tally_add(&tree->tally->files, 1);
}

static void link_or_tell(struct dir *dir, const char *name, const char *path, bool is_there)
{
    char full[DIR_PATH_SIZE];

    if (is_there) {
        make_link(dir, name, path);
        return;
    }
    dir_full_path(dir, name, full);
    tally_fail_because(dir->tree->tally, full, "it is a link to a file that cannot be copied");
}

/* Forget an item of which all names were met. */
static void drop(struct links *links, struct item **at)
{
    struct item *item = *at;

    *at = item->next;
    free(item);
    links->n--;
}

enum links_claim
links_claim(struct links *links, struct dir *dir, const char *name, const struct stat *stat)
{
    CLEANUP(free) char *path = NULL;
    enum links_claim claim = LINKS_DONE;
    struct item **at;
    bool is_there = false;

    (void)pthread_mutex_lock(&links->lock);
    at = place_of(links, stat);
    if (*at == NULL) {
        claim = add(links, at, dir, name, stat);
    } else {
        (*at)->n_left -= (*at)->n_left > 0 ? 1 : 0;
        if ((*at)->state == UNDER_WAY) {
            claim = wait_for(*at, dir, name);
        } else {
            is_there = (*at)->state == THERE;
            path = strdup((*at)->path);
            claim = path != NULL ? LINKS_DONE : LINKS_ALONE;
            if ((*at)->n_left == 0) {
                drop(links, at);
            }
        }
    }
    (void)pthread_mutex_unlock(&links->lock);
    if (path != NULL) {
        link_or_tell(dir, name, path, is_there);
    }
    return claim;
}

void links_settle(struct links *links, const struct stat *stat, bool is_there)
{
    CLEANUP(free) char *path = NULL;
    struct waiter *waiters;
    struct item **at;

    (void)pthread_mutex_lock(&links->lock);
    at = place_of(links, stat);
    assert(*at != NULL); /* who claimed it settles it, once */
    waiters = (*at)->waiters;
    (*at)->waiters = NULL;
    path = strdup((*at)->path);
    (*at)->state = is_there && path != NULL ? THERE : FAILED;
    if ((*at)->n_left == 0) {
        drop(links, at);
    }
    (void)pthread_mutex_unlock(&links->lock);
    while (waiters != NULL) {
        struct waiter *waiter = waiters;
        waiters = waiter->next;
        link_or_tell(waiter->dir, waiter->name, path != NULL ? path : "", is_there && path != NULL);
        dir_release(waiter->dir);
        free(waiter);
    }
}
