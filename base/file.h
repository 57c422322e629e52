/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading files, and writing to descriptors
 *
 * Everything has a limit and is checked while reading, so that a file that grows, a pipe that never
 * ends or a device cannot take the process along. Only regular files and, where asked, standard
 * input are read. All errors name the path.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/*
 * Append the whole file to @out, whose limit is the file's.
 *
 * A folder, device, socket or FIFO is refused. Errors: ERR_NOT_FOUND, ERR_IO, ERR_TOO_BIG.
 */
int file_read(const char *path, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The same for an open descriptor of any kind, to its end; @name is for messages. */
int file_read_fd(int fd, const char *name, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether @path is a folder, after following links; false also when there is nothing. */
_Bool file_is_folder(const char *path) __attribute__((nonnull));

struct file_list {
    LIST_OF(const char *) paths; /* in byte order of their names */
};

/*
 * The regular files directly in the folder @path whose names end in one of @suffixes (NULL at the
 * end) and do not start with '.': Kubernetes keeps a mounted ConfigMap's generations in such.
 * Links are followed. More than @max_files is ERR_TOO_BIG. The paths live in @arena.
 */
int file_list_folder(const char *path,
                     const char *const *suffixes,
                     size_t max_files,
                     struct arena *arena,
                     struct file_list *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Write all @len bytes, however many calls that takes. 0, or -1 with errno. */
int file_write_all(int fd, const char *bytes, size_t len)
    __attribute__((nonnull, warn_unused_result));
