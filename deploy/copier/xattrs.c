/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/xattrs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"

/* The kernel's own limits (xattr(7)). */
#define NAMES_SIZE 65536
#define VALUE_SIZE 65536

#define NAMES_FEW 1024 /* bytes of names that most files stay below */

/* The names that a file has, one behind the other, each with its end. */
struct names {
    char few[NAMES_FEW];
    char *many; /* or NULL */
    const char *at;
    size_t len;
};

static void clear_names_p(struct names *names)
{
    free(names->many);
}

/* -1 with errno. */
static int read_names(int fd, struct names *out)
{
    ssize_t len = flistxattr(fd, out->few, sizeof(out->few));

    out->at = out->few;
    if (len < 0 && errno == ERANGE) {
        out->many = malloc(NAMES_SIZE);
        out->at = out->many;
        len = out->many != NULL ? flistxattr(fd, out->many, NAMES_SIZE) : -1;
    }
    out->len = len > 0 ? (size_t)len : 0;
    return len < 0 ? -1 : 0;
}

static bool is_missing_support(int errnum)
{
    return errnum == ENOTSUP || errnum == ENOSYS;
}

/* -1 with errno: the source has none, perhaps none of its files. */
static int read_source(struct tree *tree, int from, struct names *out)
{
    if (atomic_load_explicit(&tree->no_xattrs, memory_order_relaxed)) {
        errno = ENOTSUP;
        return -1;
    }
    if (read_names(from, out) < 0) {
        if (is_missing_support(errno)) {
            atomic_store(&tree->no_xattrs, true);
        }
        return -1;
    }
    return 0;
}

static bool is_of_user(const char *name)
{
    return strncmp(name, "user.", strlen("user.")) == 0;
}

static bool is_copied(const char *name)
{
    return is_of_user(name) || strcmp(name, "system.posix_acl_access") == 0 ||
           strcmp(name, "system.posix_acl_default") == 0;
}

/* The next name at or after *@at that @is_wanted, which goes on behind it. NULL: there is none. */
static const char *
next_name(const struct names *names, size_t *at, bool (*is_wanted)(const char *name))
{
    while (*at < names->len) {
        const char *name = names->at + *at;
        *at += strlen(name) + 1;
        if (is_wanted(name)) {
            return name;
        }
    }
    return NULL;
}

static size_t count_of_user(const struct names *names)
{
    size_t at = 0;
    size_t n = 0;

    while (next_name(names, &at, is_of_user) != NULL) {
        n++;
    }
    return n;
}

static void copy_one(int from, int to, const char *name)
{
    CLEANUP(free) char *value = malloc(VALUE_SIZE);
    const ssize_t len = value != NULL ? fgetxattr(from, name, value, VALUE_SIZE) : -1;

    if (len >= 0) {
        (void)fsetxattr(to, name, value, (size_t)len, 0);
    }
}

void xattrs_copy(struct tree *tree, int from, int to)
{
    CLEANUP(clear_names) struct names names = {.many = NULL};
    const char *name;
    size_t at = 0;

    if (read_source(tree, from, &names) < 0) {
        return;
    }
    while ((name = next_name(&names, &at, is_copied)) != NULL) {
        copy_one(from, to, name);
    }
}

void xattrs_remove_others(int from, int to)
{
    CLEANUP(clear_names) struct names names = {.many = NULL};
    const char *name;
    size_t at = 0;

    if (read_names(to, &names) < 0) {
        return;
    }
    while ((name = next_name(&names, &at, is_of_user)) != NULL) {
        if (fgetxattr(from, name, NULL, 0) < 0 && errno == ENODATA) {
            (void)fremovexattr(to, name);
        }
    }
}

static bool is_same(int from, int to, const char *name)
{
    CLEANUP(free) char *values = malloc(2UL * VALUE_SIZE);
    ssize_t len;

    if (values == NULL) {
        return true;
    }
    len = fgetxattr(from, name, values, VALUE_SIZE);
    return len >= 0 && fgetxattr(to, name, values + VALUE_SIZE, VALUE_SIZE) == len &&
           memcmp(values, values + VALUE_SIZE, (size_t)len) == 0;
}

/* The file open as @to has no extended attributes: nor have others beside it. */
static void note_plain(struct tree *tree, int to)
{
    struct stat stat;

    if (is_missing_support(errno) && fstat(to, &stat) == 0) {
        atomic_store(&tree->plain_device, stat.st_dev);
    }
}

bool xattrs_are_same(struct tree *tree, int from, int to)
{
    CLEANUP(clear_names) struct names names = {.many = NULL};
    CLEANUP(clear_names) struct names there = {.many = NULL};
    const char *name;
    size_t at = 0;

    if (read_source(tree, from, &names) < 0) {
        return true;
    }
    if (read_names(to, &there) < 0) {
        note_plain(tree, to);
        return true;
    }
    if (count_of_user(&names) != count_of_user(&there)) {
        return false;
    }
    while ((name = next_name(&names, &at, is_copied)) != NULL) {
        if (!is_same(from, to, name)) {
            return false;
        }
    }
    return true;
}

bool xattrs_may_differ(struct tree *tree, dev_t to)
{
    return !atomic_load_explicit(&tree->no_xattrs, memory_order_relaxed) &&
           atomic_load_explicit(&tree->plain_device, memory_order_relaxed) != to;
}
