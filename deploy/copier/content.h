/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is in a file, from one to the other
 *
 * In the kernel where both file systems can (copy_file_range(2): clones, and copies on the server's
 * side of one NFS mount), else by reads and writes of the thread's buffer. Holes stay holes: by
 * SEEK_DATA where the file system knows them, and where it does not (NFS before 4.2) but the file
 * takes up less than its size, blocks of zeros are not written.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "deploy/copier/dir.h"
#include "deploy/copier/work.h"

/* Below that a read and a write are faster than to ask. */
#define CONTENT_RANGE_LEAST ((off_t)64 * 1024)

struct content {
    struct tree *tree;
    int from;
    int to; /* empty, or as long as the source and all hole */
    dev_t from_device;
    dev_t to_device;
    bool is_sparse;
    struct work_thread *thread;
    atomic_uint_fast64_t *n_bytes; /* what the tally has of them for this file */
};

/* Whether the file has holes. */
bool content_is_sparse(const struct stat *stat) __attribute__((nonnull));

/* Where the next data begin at or after @at; @end where there are none before that. */
off_t content_next_data(int from, off_t at, off_t end);

/*
 * Copy the bytes from @at up to @end. 0; -1 with errno, and in @what at which step. A source that
 * ends before is no error: who compares what the file was with what it is sees that it changed.
 */
int content_copy(const struct content *content, off_t at, off_t end, const char **what)
    __attribute__((nonnull, warn_unused_result));
