/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The arguments of `hawser-copy copy`
 *
 * Options count for the copy that follows them, so that one command can make several:
 *
 *     --threads 16 --exclude '.*' /from/a /to/a --missing empty /from/b /to/b
 *
 * but for --threads, --shared, --install and those of the log, which count for all.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "deploy/copier/copy.h"

struct arguments {
    struct copy_job *jobs; /* COPY_JOBS_MAX; the caller's */
    size_t n_jobs;
    unsigned int n_threads;
    bool is_shared;          /* others use the destinations meanwhile */
    const char *install_dir; /* where to put this program first, or NULL */
    unsigned int log_format; /* as of setting_log.h */
};

/* Read @argv, whose first element is the command's name, into @out, whose `jobs` are zeroed. Texts
 * are those of @argv. ERR_INVALID says which argument, and what was expected. */
int arguments_parse(int argc, char **argv, struct arguments *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Append what --help says of them. */
void arguments_write_help(struct buf *out) __attribute__((nonnull));
