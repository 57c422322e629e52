/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Through a tree, by many threads
 *
 * Directories are read a portion at a time; each entry of it is a task, and then the directory goes
 * on. The same way is gone twice: once to see how much there is, once to copy it.
 */

#include <stdatomic.h>
#include <stdint.h>

#include "deploy/copier/dir.h"
#include "deploy/copier/work.h"

/* How much there is of a tree, of what is chosen. */
struct walk_size {
    atomic_uint_fast64_t bytes;  /* that files will take up, in whole blocks and without holes */
    atomic_uint_fast64_t length; /* of files, with their holes */
    atomic_uint_fast64_t files;  /* and links: names of them */
    atomic_uint_fast64_t inodes; /* files, of which one may have several names, and directories */
    atomic_uint_fast64_t present_bytes; /* of those, in files that are there in the same size */
    atomic_uint_fast64_t present_inodes;
};

/* Begin to measure @tree, which is_measured. What cannot be read is told when it is copied. -1 with
 * errno. Done when @work has no task any more; @size is filled then. */
int walk_measure(struct tree *tree, struct work *work, struct walk_size *size)
    __attribute__((nonnull, warn_unused_result));

/* Begin to copy @tree. */
int walk_copy(struct tree *tree, struct work *work) __attribute__((nonnull, warn_unused_result));
