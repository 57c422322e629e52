/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/links.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/temporary.h"

#define BUCKETS 4096

#define AROUND_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

enum state { UNDER_WAY, THERE, FAILED };

struct item {
    struct item *next;
    dev_t device;
    ino_t inode;
    nlink_t n_left; /* names that were not met yet */
    enum state state;
    off_t size; /* where it is THERE: as what it was copied */
    struct timespec changed;
    struct links_waiter *waiters;
    char *path; /* of the first name, below the root; or NULL: see set_first() */
};

struct links {
    pthread_mutex_t lock;
    size_t n;
    size_t paths_size; /* of all items */
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

static void clear_path(struct links *links, struct item *item)
{
    if (item->path != NULL) {
        links->paths_size -= strlen(item->path) + 1;
        free(item->path);
        item->path = NULL;
    }
}

static void free_item(struct links *links, struct item *item)
{
    clear_path(links, item);
    free(item);
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
            free_item(links, item);
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

/* Make @name of @dir the first one. Without a path, as it is too long or there is no memory, it is
 * one that others cannot be linked to. */
static void
set_first(struct links *links, struct item *item, const struct dir *dir, const char *name)
{
    char path[DIR_PATH_SIZE];

    clear_path(links, item);
    if (dir_path(dir, name, path) && strlen(path) < LINKS_PATHS_SIZE - links->paths_size) {
        item->path = strdup(path);
    }
    item->state = UNDER_WAY;
    if (item->path == NULL) {
        tally_add(&dir->tree->tally->unlinked, 1);
    } else {
        links->paths_size += strlen(path) + 1;
    }
}

/* NULL: there are as many as there may be, or there is no memory. */
static struct item *make_item(struct links *links, struct item **at, const struct stat *stat)
{
    struct item *item = links->n < LINKS_MAX ? calloc(1, sizeof(*item)) : NULL;

    if (item != NULL) {
        item->device = stat->st_dev;
        item->inode = stat->st_ino;
        item->n_left = stat->st_nlink - 1;
        *at = item;
        links->n++;
    }
    return item;
}

static enum links_claim add(struct links *links,
                            struct item **at,
                            struct dir *dir,
                            const char *name,
                            const struct stat *stat)
{
    struct item *item = make_item(links, at, stat);

    if (item == NULL) {
        tally_add(&dir->tree->tally->unlinked, 1);
        return LINKS_ALONE;
    }
    set_first(links, item, dir, name);
    return LINKS_COPY;
}

static enum links_claim wait_for(struct item *item, struct dir *dir, const char *name)
{
    struct links_waiter *waiter = calloc(1, sizeof(*waiter) + strlen(name) + 1);

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

/* The directory that holds what is at @path below the directory @root, and in @name how it is
 * called there; -1 with errno. No link on the way is followed: others may write to the destination.
 */
static int open_around(int root, const char *path, const char **name)
{
    int at = openat(root, ".", AROUND_FLAGS);

    *name = path;
    for (const char *slash; at >= 0 && (slash = strchr(*name, '/')) != NULL; *name = slash + 1) {
        CLEANUP(close) const int before = at;
        char part[NAME_MAX + 1];
        (void)snprintf(part, sizeof(part), "%.*s", (int)(slash - *name), *name);
        at = openat(before, part, AROUND_FLAGS);
    }
    return at;
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
static int replace_by_link(struct tree *tree, int at, const char *first, int to, const char *name)
{
    char temporary[TEMPORARY_SIZE];

    if (is_same_file(at, first, to, name)) {
        return 0;
    }
    temporary_name(&tree->temporary, temporary);
    if (linkat(at, first, to, temporary, 0) < 0) {
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

/* Make @name in the directory @to a link to @path. */
static int link_to(struct tree *tree, const char *path, int to, const char *name)
{
    const char *first = path;
    CLEANUP(close) const int at = open_around(tree->to_fd, path, &first);

    if (at < 0) {
        return -1;
    }
    if (linkat(at, first, to, name, 0) < 0) {
        return errno == EEXIST ? replace_by_link(tree, at, first, to, name) : -1;
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
    if (link_to(tree, path, to, name) < 0) {
        dir_fail(dir, name, "cannot link it");
        return;
    }
    tally_add(&tree->tally->files, 1);
}

/* Forget an item of which all names were met. */
static void drop(struct links *links, struct item **at)
{
    struct item *item = *at;

    *at = item->next;
    free_item(links, item);
    links->n--;
}

/* A number that is free again is given to another file. */
static bool is_what_was_copied(const struct item *item, const struct stat *stat)
{
    return item->size == stat->st_size && item->changed.tv_sec == stat->st_mtim.tv_sec &&
           item->changed.tv_nsec == stat->st_mtim.tv_nsec;
}

/* The first name is there, or failed. */
static enum links_claim follow(struct links *links,
                               struct item *item,
                               struct dir *dir,
                               const char *name,
                               const struct stat *stat,
                               char **path)
{
    if (item->state == FAILED) {
        set_first(links, item, dir, name);
        return LINKS_COPY;
    }
    *path = is_what_was_copied(item, stat) ? strdup(item->path) : NULL;
    if (*path == NULL) {
        tally_add(&dir->tree->tally->unlinked, 1);
    }
    return *path != NULL ? LINKS_DONE : LINKS_ALONE;
}

enum links_claim
links_claim(struct links *links, struct dir *dir, const char *name, const struct stat *stat)
{
    CLEANUP(free) char *path = NULL;
    enum links_claim claim;
    struct item **at;

    (void)pthread_mutex_lock(&links->lock);
    at = place_of(links, stat);
    if (*at == NULL) {
        claim = add(links, at, dir, name, stat);
    } else {
        (*at)->n_left -= (*at)->n_left > 0 ? 1 : 0;
        claim = (*at)->state == UNDER_WAY ? wait_for(*at, dir, name)
                                          : follow(links, *at, dir, name, stat, &path);
        if ((*at)->n_left == 0 && (*at)->state != UNDER_WAY) {
            drop(links, at);
        }
    }
    (void)pthread_mutex_unlock(&links->lock);
    if (path != NULL) {
        make_link(dir, name, path);
    }
    return claim;
}

bool links_meet(struct links *links, const struct stat *stat)
{
    struct item **at;
    bool is_first;

    (void)pthread_mutex_lock(&links->lock);
    at = place_of(links, stat);
    is_first = *at == NULL;
    if (is_first) {
        (void)make_item(links, at, stat);
    } else {
        (*at)->n_left--;
        if ((*at)->n_left == 0) {
            drop(links, at);
        }
    }
    (void)pthread_mutex_unlock(&links->lock);
    return is_first;
}

void links_waiter_free(struct links_waiter *waiter)
{
    dir_release(waiter->dir);
    free(waiter);
}

/* Let go of @waiters, which become links to @path. NULL: there is no memory. */
static void link_waiters(struct links_waiter *waiters, const char *path)
{
    while (waiters != NULL) {
        struct links_waiter *waiter = waiters;
        waiters = waiter->next;
        if (path != NULL) {
            make_link(waiter->dir, waiter->name, path);
        } else {
            errno = ENOMEM;
            dir_fail(waiter->dir, waiter->name, "cannot link it");
        }
        links_waiter_free(waiter);
    }
}

/* The next name that waits, as the first one. NULL: there is none. */
static struct links_waiter *take_heir(struct links *links, struct item *item)
{
    struct links_waiter *heir = item->waiters;

    item->state = FAILED;
    if (heir != NULL) {
        item->waiters = heir->next;
        set_first(links, item, heir->dir, heir->name);
    }
    return heir;
}

struct links_waiter *links_settle(struct links *links, const struct stat *stat, bool is_there)
{
    CLEANUP(free) char *path = NULL;
    struct links_waiter *waiters = NULL;
    struct links_waiter *heir = NULL;
    struct item *item;
    struct item **at;

    (void)pthread_mutex_lock(&links->lock);
    at = place_of(links, stat);
    item = *at;
    assert(item != NULL && item->state == UNDER_WAY); /* who claimed it settles it, once */
    if (is_there && item->path != NULL) {
        item->state = THERE;
        item->size = stat->st_size;
        item->changed = stat->st_mtim;
        path = strdup(item->path);
        waiters = item->waiters;
        item->waiters = NULL;
    } else {
        heir = take_heir(links, item);
    }
    if (item->n_left == 0 && heir == NULL) {
        drop(links, at);
    }
    (void)pthread_mutex_unlock(&links->lock);
    link_waiters(waiters, path);
    return heir;
}
