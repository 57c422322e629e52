/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The arguments of `hawser-copy run`
 *
 *     --back /results:/data/results --when success --threads 16 -- make -j8
 *
 * --when counts for each --back before it that has none of its own.
 */

#include "base/buf.h"
#include "base/err.h"
#include "deploy/copier/copy.h"

/* When something is copied back. */
enum back_when { BACK_UNSAID, BACK_SUCCESS, BACK_ALWAYS };

struct back {
    struct copy_job *jobs; /* COPY_JOBS_MAX; the caller's */
    size_t n_jobs;
    enum back_when when[COPY_JOBS_MAX]; /* of each; UNSAID only while they are read */
    unsigned int n_threads;
    char **command; /* ends with NULL; in the arguments */
};

/* Read @argv, which ends with NULL and whose first element is the command's name, into @out, whose
 * `jobs` are zeroed. Paths are cut out of @argv in place. ERR_INVALID says which argument, and what
 * was expected. */
int back_parse(int argc, char **argv, struct back *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Append what --help says of them. */
void back_write_help(struct buf *out) __attribute__((nonnull));
