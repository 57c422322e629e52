/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/xattrs.h"

#define MODE_BITS 07777U

static bool is_same_owner(const struct stat *a, const struct stat *b)
{
    return a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

int meta_copy(struct tree *tree, int from, int to, const struct stat *stat, const struct stat *made)
{
    const struct timespec times[] = {stat->st_atim, stat->st_mtim};
    const bool has_owner = made != NULL && is_same_owner(made, stat);
    mode_t mode = stat->st_mode & MODE_BITS;

    /* Who runs as somebody must not have files that run as somebody else. A directory runs as
     * nobody: what is made in it gets its group. */
    if (!has_owner && fchown(to, stat->st_uid, stat->st_gid) < 0) {
        mode &= ~(mode_t)(S_ISDIR(stat->st_mode) ? 0 : S_ISUID | S_ISGID);
        (void)!fchown(to, (uid_t)-1, stat->st_gid);
    }
    xattrs_copy(tree, from, to);
    if (!(has_owner && (made->st_mode & MODE_BITS) == mode) && fchmod(to, mode) < 0) {
        return -1;
    }
    return futimens(to, times);
}

mode_t meta_first_mode(const struct stat *stat)
{
    const bool is_ours = stat->st_uid == geteuid() && stat->st_gid == getegid();

    return S_IRUSR | S_IWUSR | (is_ours ? stat->st_mode & 0777 : 0);
}

int meta_copy_link(int to, const char *name, const struct stat *stat)
{
    const struct timespec times[] = {stat->st_atim, stat->st_mtim};

    (void)!fchownat(to, name, stat->st_uid, stat->st_gid, AT_SYMLINK_NOFOLLOW);
    return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool meta_has_same_content(const struct stat *from, const struct stat *to)
{
    return S_ISREG(to->st_mode) && from->st_size == to->st_size &&
           is_same_time(&from->st_mtim, &to->st_mtim);
}

static bool is_same_mode(const struct stat *a, const struct stat *b)
{
    return (a->st_mode & MODE_BITS) == (b->st_mode & MODE_BITS);
}

/* Open the file @name of the directory @at; it is @expected. -1: it cannot be, or is another. */
static int open_there(int at, const char *name, const struct stat *expected)
{
    const int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat stat;

    if (fd >= 0 && (fstat(fd, &stat) < 0 || stat.st_ino != expected->st_ino ||
                    stat.st_dev != expected->st_dev)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool meta_update(struct tree *tree,
                 int from,
                 const struct stat *stat,
                 int at,
                 const char *name,
                 const struct stat *there)
{
    const bool is_same = is_same_mode(stat, there) && is_same_owner(stat, there);
    CLEANUP(close) int to = -1;

    if (is_same && !xattrs_may_differ(tree, there->st_dev)) {
        return true;
    }
    to = open_there(at, name, there);
    if (to < 0) {
        return is_same;
    }
    if (is_same && xattrs_are_same(tree, from, to)) {
        return true;
    }
    xattrs_remove_others(from, to);
    return meta_copy(tree, from, to, stat, NULL) == 0 ||
           (is_same_mode(stat, there) && errno == EPERM);
}

static bool is_time(const struct statx_timestamp *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool meta_is_unchanged(int fd, const struct stat *before, bool is_certain)
{
    const int flags = AT_EMPTY_PATH | (is_certain ? AT_STATX_FORCE_SYNC : AT_STATX_SYNC_AS_STAT);
    struct statx after;

    /* Not the time of the last access, which we have just changed: it would have to be asked for.
     */
    return statx(fd, "", flags, STATX_SIZE | STATX_MTIME | STATX_CTIME, &after) == 0 &&
           after.stx_size == (uint64_t)before->st_size &&
           is_time(&after.stx_mtime, &before->st_mtim) &&
           is_time(&after.stx_ctime, &before->st_ctim);
}
