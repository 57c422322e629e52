/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file that is replaced now and then
 *
 * Tokens and CA bundles are rotated under a program that runs. A look costs a stat(); the file is
 * read when it is another one than before, and at the latest after a given time, should a file
 * system not tell. What cannot be read, as in the moment in which a mount is replaced, does not
 * count: the content before stays, and who uses it decides what that means. The content is
 * cleansed, as it may be a secret.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

struct rotating_file {
    const char *path; /* borrowed */
    struct buf text;
    struct stat seen; /* of the file that was read last */
    uint64_t read_ms; /* when; CLOCK_MONOTONIC */
    bool is_read;     /* whether it ever was */
};

/* Of at most @max_bytes. Release with rotating_file_clear(). */
void rotating_file_init(struct rotating_file *file, const char *path, size_t max_bytes)
    __attribute__((nonnull));
void rotating_file_clear(struct rotating_file *file) __attribute__((nonnull));

/*
 * Look whether it is another one than before, or older than @age_ms, and read it then. *@changed:
 * whether `text` is another one now.
 *
 * Errors: those of file_read(); nothing has changed then, but it is read again the next time.
 */
int rotating_file_look(struct rotating_file *file,
                       uint64_t now_ms,
                       unsigned int age_ms,
                       bool *changed,
                       struct err *err) __attribute__((nonnull, warn_unused_result));

/* Read it the next time, whatever it looks like. */
void rotating_file_doubt(struct rotating_file *file) __attribute__((nonnull));
