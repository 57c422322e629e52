/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a file is beside its content
 *
 * Owner and group, where we may give them; then mode and extended attributes, which a change of the
 * owner takes away or is not allowed after; times last, which all the others move.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "deploy/copier/dir.h"

/*
 * Give what is open as @to what the file open as @from has, which is @stat. What a file that was
 * just made, as @made, has already is not set again: over a network that is a round trip for each.
 * NULL: it was not just made. -1 with errno when mode or times cannot be set; what else cannot be
 * is left.
 */
int meta_copy(struct tree *tree, int from, int to, const struct stat *stat, const struct stat *made)
    __attribute__((nonnull(1, 4), warn_unused_result));

/* The mode to make a copy of the file @stat with: all but its owner's part of it waits for the
 * owner that it is to have. */
mode_t meta_first_mode(const struct stat *stat) __attribute__((nonnull));

/* As meta_copy() for the symbolic link @name in the directory @to, of which the target is not
 * touched. */
int meta_copy_link(int to, const char *name, const struct stat *stat)
    __attribute__((nonnull, warn_unused_result));

/* Whether both are regular files with the same content as far as size and the time of the last
 * change tell: a copy has the times of its source to the nanosecond. */
bool meta_has_same_content(const struct stat *from, const struct stat *to) __attribute__((nonnull));

/*
 * Give the file @name of the directory @at, which is @there and has the content that it should
 * have, what else the file open as @from has, which is @stat. Nothing is done where it has that
 * already. False: it cannot be given to this file, but perhaps to a new one. That a file belongs to
 * somebody else is none of that.
 */
bool meta_update(struct tree *tree,
                 int from,
                 const struct stat *stat,
                 int at,
                 const char *name,
                 const struct stat *there) __attribute__((nonnull, warn_unused_result));

/*
 * Whether the file open as @fd is as it was, @before, by its size and times. @is_certain: its
 * server is asked, which is a round trip; else what this machine knows of it, which for NFS is what
 * was told in the last seconds (acregmin).
 */
bool meta_is_unchanged(int fd, const struct stat *before, bool is_certain) __attribute__((nonnull));
