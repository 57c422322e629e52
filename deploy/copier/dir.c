/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/meta.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static struct dir *make(struct tree *tree, struct dir *parent, const char *name)
{
    struct dir *dir = calloc(1, sizeof(*dir) + strlen(name) + 1);

    if (dir == NULL) {
        return NULL;
    }
    dir->tree = tree;
    dir->parent = parent;
    atomic_init(&dir->n_holders, 1);
    (void)pthread_mutex_init(&dir->lock, NULL);
    dir->from_fd = -1;
    dir->to_fd = -1;
    memcpy(dir->name, name, strlen(name) + 1);
    if (parent != NULL) {
        dir_hold(parent);
    }
    return dir;
}

/* Where a tree is measured, what is left there of a copy that was killed does not count: it goes
 * anyway. Where others write that is not certain. */
static void clear_before(const struct dir *dir)
{
    if (dir->tree->is_measured && dir->tree->is_alone && dir->to_fd >= 0) {
        temporary_clear(&dir->tree->temporary, dir->to_fd, true);
    }
}

struct dir *dir_open(struct dir *parent, const char *name)
{
    struct dir *dir = make(parent->tree, parent, name);
    int errnum;

    if (dir == NULL) {
        return NULL;
    }
    dir->from_fd = openat(parent->from_fd, name, OPEN_FLAGS);
    if (dir->from_fd >= 0 && fstat(dir->from_fd, &dir->stat) == 0) {
        if (dir->tree->is_measured && parent->to_fd >= 0) {
            dir->to_fd = openat(parent->to_fd, name, OPEN_FLAGS);
            clear_before(dir);
        }
        return dir;
    }
    errnum = errno;
    dir_release(dir);
    errno = errnum;
    return NULL;
}

struct dir *dir_open_root(struct tree *tree)
{
    struct dir *dir = make(tree, NULL, "");

    if (dir == NULL) {
        return NULL;
    }
    dir->from_fd = tree->from_fd;
    dir->to_fd = tree->to_fd;
    dir->to_device = tree->to_stat.st_dev;
    if (fstat(dir->from_fd, &dir->stat) < 0) {
        dir_release(dir);
        return NULL;
    }
    clear_before(dir);
    return dir;
}

void dir_hold(struct dir *dir)
{
    (void)atomic_fetch_add(&dir->n_holders, 1);
}

/* Whether it cannot be what it is at the source. That a directory that was there belongs to
 * somebody else is no failure. */
static bool is_unlike(struct dir *dir)
{
    return !dir->tree->is_measured && dir->to_fd >= 0 &&
           meta_copy(dir->tree, dir->from_fd, dir->to_fd, &dir->stat, NULL) < 0 &&
           (dir->is_new || errno != EPERM);
}

/* Everything in it is done. The root stays as it was. */
static void finish(struct dir *dir)
{
    if (dir->parent != NULL && is_unlike(dir)) {
        dir_fail(dir, "", "cannot set its mode and times");
    }
    if (dir->parent != NULL) {
        close_p(&dir->from_fd);
        close_p(&dir->to_fd);
    }
    (void)pthread_mutex_destroy(&dir->lock);
    free(dir);
}

void dir_release(struct dir *dir)
{
    struct dir *at = dir;

    while (at != NULL && atomic_fetch_sub(&at->n_holders, 1) == 1) {
        struct dir *parent = at->parent;
        finish(at);
        at = parent;
    }
}

/* Take what was there, open as @fd. Its owner may write to it from now on. */
static void take(struct dir *dir, int fd)
{
    struct stat stat;

    if (fstat(fd, &stat) == 0) {
        dir->to_device = stat.st_dev; /* something may be mounted there */
        if ((stat.st_mode & S_IRWXU) != S_IRWXU) {
            (void)!fchmod(fd, (stat.st_mode & 07777) | S_IRWXU);
        }
    }
    temporary_clear(&dir->tree->temporary, fd, dir->tree->is_alone);
}

/* Open what is there. A copy of before may have ended with a directory that its owner cannot even
 * open; to let him the C library needs a /proc, which containers have. -1 with errno. */
static int open_there(int at, const char *name)
{
    int fd = openat(at, name, OPEN_FLAGS);
    struct stat stat;

    if (fd < 0 && errno == EACCES && fstatat(at, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(stat.st_mode)) {
        (void)!fchmodat(at, name, (stat.st_mode & 07777) | S_IRWXU, AT_SYMLINK_NOFOLLOW);
        fd = openat(at, name, OPEN_FLAGS);
    }
    return fd;
}

/* Make it in the directory @at, or take what is there. -1 with errno. NFS does not look before it
 * makes: that we must not make anything here says nothing of what is there. */
static int make_at(struct dir *dir, int at)
{
    int make_errno;
    int fd;

    dir->to_device = dir->parent->to_device;
    dir->is_new = mkdirat(at, dir->name, 0700) == 0;
    make_errno = dir->is_new ? EEXIST : errno;
    fd = open_there(at, dir->name);
    if (fd < 0) {
        errno = make_errno != EEXIST ? make_errno : errno == ELOOP ? ENOTDIR : errno;
        return -1;
    }
    if (!dir->is_new) {
        take(dir, fd);
    }
    return fd;
}

static bool is_made(struct dir *dir)
{
    int fd;

    (void)pthread_mutex_lock(&dir->lock);
    fd = dir->to_fd;
    (void)pthread_mutex_unlock(&dir->lock);
    return fd >= 0;
}

/* From the root down, as each lies in the one before: those around one that is made are made.
 * Without recursion, as there may be many. */
static struct dir *first_unmade(struct dir *dir)
{
    struct dir *first = dir;

    for (struct dir *at = dir; at->parent != NULL && !is_made(at); at = at->parent) {
        first = at;
    }
    return first;
}

/* Make it in the one around it, which is made. */
static int make_once(struct dir *dir)
{
    int fd;

    (void)pthread_mutex_lock(&dir->lock);
    if (dir->to_fd < 0 && dir->to_errno == 0 && dir->parent != NULL) {
        dir->to_fd = make_at(dir, dir->parent->to_fd);
        dir->to_errno = dir->to_fd < 0 ? errno : 0;
    }
    fd = dir->to_fd;
    errno = dir->to_errno;
    (void)pthread_mutex_unlock(&dir->lock);
    return fd;
}

int dir_destination(struct dir *dir)
{
    for (;;) {
        struct dir *first = first_unmade(dir);
        const int fd = make_once(first);
        if (fd < 0 || first == dir) {
            return fd;
        }
    }
}

bool dir_is_target(const struct dir *dir)
{
    const struct stat *target = &dir->tree->to_stat;

    return dir->stat.st_ino == target->st_ino && dir->stat.st_dev == target->st_dev;
}

bool dir_is_merged(const struct dir *dir)
{
    return !dir->is_new;
}

/*
 * Names
 */

/* Put @text in front of what begins at @at. False: there is no room. */
static bool put_before(char *out, size_t *at, const char *text)
{
    const size_t len = strlen(text);

    if (len > *at) {
        return false;
    }
    *at -= len;
    memcpy(out + *at, text, len); // NOLINT(bugprone-not-null-terminated-result): as it says
    return true;
}

bool dir_path(const struct dir *dir, const char *name, char out[static DIR_PATH_SIZE])
{
    size_t at = DIR_PATH_SIZE - 1;
    bool fits;

    out[at] = '\0';
    fits = put_before(out, &at, name);
    for (; fits && dir->parent != NULL; dir = dir->parent) {
        fits = (out[at] == '\0' || put_before(out, &at, "/")) && put_before(out, &at, dir->name);
    }
    memmove(out, out + at, DIR_PATH_SIZE - at);
    return fits;
}

void dir_full_path(const struct dir *dir, const char *name, char out[static DIR_PATH_SIZE])
{
    char path[DIR_PATH_SIZE];
    const char *root = dir->tree->from;
    size_t len = strlen(root);

    (void)dir_path(dir, name, path);
    while (len > 1 && root[len - 1] == '/') {
        len--;
    }
    if (snprintf(out, DIR_PATH_SIZE, "%.*s%s%s", (int)len, root,
                 path[0] != '\0' && root[len - 1] != '/' ? "/" : "", path) >= (int)DIR_PATH_SIZE) {
        (void)snprintf(out, DIR_PATH_SIZE, "%s", path); /* its end says more */
        memset(out, '.', 3);
    }
}

void dir_fail(const struct dir *dir, const char *name, const char *what)
{
    const int errnum = errno;
    char path[DIR_PATH_SIZE];

    dir_full_path(dir, name, path);
    tally_fail(dir->tree->tally, path, what, errnum);
}

void dir_skip(const struct dir *dir, const char *name, const char *reason)
{
    char path[DIR_PATH_SIZE];

    dir_full_path(dir, name, path);
    tally_skip(dir->tree->tally, path, reason);
}

void dir_miss(const struct dir *dir, const char *name, const char *what)
{
    if (errno == ENOENT) {
        dir_skip(dir, name, "it vanished");
    } else {
        dir_fail(dir, name, what);
    }
}
