/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The kernel's own limits (xattr(7)). */
#define NAMES_SIZE 65536
#define VALUE_SIZE 65536

#define NAMES_FEW 1024 /* bytes of names that most files stay below */

#define MODE_BITS 07777U

static bool is_missing_support(int errnum)
{
    return errnum == ENOTSUP || errnum == ENOSYS;
}

/* Those that describe the file to its users. What the system keeps for itself, such as security
 * labels, is made anew for the copy. */
static bool is_copied(const char *name)
{
    return strncmp(name, "user.", strlen("user.")) == 0 ||
           strcmp(name, "system.posix_acl_access") == 0 ||
           strcmp(name, "system.posix_acl_default") == 0;
}

/* That one is refused says nothing of others, which may be of another kind or go elsewhere. */
static void copy_xattr(int from, int to, const char *name)
{
    CLEANUP(free) char *value = malloc(VALUE_SIZE);
    const ssize_t len = value != NULL ? fgetxattr(from, name, value, VALUE_SIZE) : -1;

    if (len >= 0) {
        (void)fsetxattr(to, name, value, (size_t)len, 0);
    }
}

static void copy_named(int from, int to, const char *names, size_t len)
{
    for (size_t at = 0; at < len; at += strlen(names + at) + 1) {
        if (is_copied(names + at)) {
            copy_xattr(from, to, names + at);
        }
    }
}

static void copy_xattrs(struct tree *tree, int from, int to)
{
    char few[NAMES_FEW];
    CLEANUP(free) char *many = NULL;
    char *names = few;
    ssize_t len;

    if (atomic_load_explicit(&tree->no_xattrs, memory_order_relaxed)) {
        return;
    }
    len = flistxattr(from, few, sizeof(few));
    if (len < 0 && errno == ERANGE) {
        many = malloc(NAMES_SIZE);
        names = many;
        len = many != NULL ? flistxattr(from, many, NAMES_SIZE) : -1;
    }
    if (len < 0 && is_missing_support(errno)) {
        atomic_store(&tree->no_xattrs, true);
    }
    copy_named(from, to, names, len > 0 ? (size_t)len : 0);
}

int meta_copy(struct tree *tree, int from, int to, const struct stat *stat)
{
    const struct timespec times[] = {stat->st_atim, stat->st_mtim};
    mode_t mode = stat->st_mode & MODE_BITS;

    /* Who runs as somebody must not have files that run as somebody else. A directory runs as
     * nobody: what is made in it gets its group. */
    if (fchown(to, stat->st_uid, stat->st_gid) < 0) {
        mode &= ~(mode_t)(S_ISDIR(stat->st_mode) ? 0 : S_ISUID | S_ISGID);
        (void)!fchown(to, (uid_t)-1, stat->st_gid);
    }
    copy_xattrs(tree, from, to);
    if (fchmod(to, mode) < 0) {
        return -1;
    }
    return futimens(to, times);
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

bool meta_is_same(const struct stat *from, const struct stat *to)
{
    return S_ISREG(to->st_mode) && from->st_size == to->st_size &&
           (from->st_mode & MODE_BITS) == (to->st_mode & MODE_BITS) &&
           is_same_time(&from->st_mtim, &to->st_mtim);
}

bool meta_is_unchanged(const struct stat *before, const struct stat *after)
{
    return before->st_size == after->st_size && is_same_time(&before->st_mtim, &after->st_mtim) &&
           is_same_time(&before->st_ctim, &after->st_ctim);
}
