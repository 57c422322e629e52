/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CHUNK_BYTES (16 * 1024)

static inline void closedir_p(DIR **folder)
{
    if (*folder != NULL) {
        (void)closedir(*folder);
    }
}

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "folder";
    case S_IFIFO:
        return "FIFO";
    case S_IFSOCK:
        return "socket";
    default:
        return "device";
    }
}

int file_read(const char *path, struct buf *out, struct err *err)
{
    /* Without waiting for the other end of a FIFO, or becoming a terminal's process. */
    CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat found;

    if (fd < 0 || fstat(fd, &found) < 0) {
        return err_set_errno(err, "file '%s'", path);
    }
    if (!S_ISREG(found.st_mode)) {
        return err_set(err, ERR_IO, "file '%s': expected a regular file, found a %s", path,
                       type_name(found.st_mode));
    }
    return file_read_fd(fd, path, out, err);
}

int file_read_fd(int fd, const char *name, struct buf *out, struct err *err)
{
    char chunk[CHUNK_BYTES];
    ssize_t n;

    do {
        n = read(fd, chunk, sizeof(chunk));
        if (n > 0) {
            buf_add(out, chunk, (size_t)n);
        } else if (n < 0 && errno != EINTR) {
            return err_set_errno(err, "file '%s'", name);
        }
    } while (n != 0 && !buf_failed(out));
    if (buf_check(out, "the content", err) < 0) {
        return err_wrap(err, "file '%s'", name);
    }
    return 0;
}

_Bool file_is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static bool ends_in(const char *name, const char *const *suffixes)
{
    const size_t len = strlen(name);

    for (; *suffixes != NULL; suffixes++) {
        size_t n = strlen(*suffixes);
        if (len >= n && strcmp(name + len - n, *suffixes) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Add the path of the entry @name of @folder, which is at @path, if it is a regular file. A link
 * that leads nowhere is an error: a file that silently does not count is worse.
 */
static int add_entry(DIR *folder,
                     const char *path,
                     const char *name,
                     struct arena *arena,
                     struct file_list *list,
                     struct err *err)
{
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    const char *full = arena_printf(arena, "%s%s%s", path, slash, name);
    const char **added;
    struct stat found;

    if (full == NULL) {
        return err_no_memory(err);
    }
    if (fstatat(dirfd(folder), name, &found, 0) < 0) {
        return err_set_errno(err, "file '%s'", full);
    }
    if (!S_ISREG(found.st_mode)) {
        return 0;
    }
    added = LIST_ADD(arena, &list->paths);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = full;
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

int file_list_folder(const char *path,
                     const char *const *suffixes,
                     size_t max_files,
                     struct arena *arena,
                     struct file_list *out,
                     struct err *err)
{
    CLEANUP(closedir) DIR *folder = opendir(path);
    struct file_list list = {0};
    const struct dirent *entry;

    if (folder == NULL) {
        return err_set_errno(err, "folder '%s'", path);
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this stream */
    while (errno = 0, (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffixes)) {
            continue;
        }
        if (add_entry(folder, path, entry->d_name, arena, &list, err) < 0) {
            return -1;
        }
        if (list.paths.n > max_files) {
            return err_set(err, ERR_TOO_BIG, "folder '%s' holds more than %zu files", path,
                           max_files);
        }
    }
    if (errno != 0) {
        return err_set_errno(err, "folder '%s'", path);
    }
    if (list.paths.n > 0) {
        qsort(list.paths.items, list.paths.n, sizeof(*list.paths.items), compare_paths);
    }
    *out = list;
    return 0;
}

int file_write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}
