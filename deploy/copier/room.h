/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether there is room for a tree
 *
 * Asked before anything is written: a disk that fills up in the middle costs the time of the whole
 * copy, and harms others.
 *
 * Counted are files, in whole blocks and without their holes, a file with several names once; and
 * inodes, those of the directories too. What of that is at the destination already under the same
 * name, of a copy that was interrupted or that is done again, takes no more room: an inode whatever
 * is there, and the bytes of a file where it has the same size, as it stays or makes room for the
 * one that replaces it. Not counted is what else is at the destination; and what file systems keep
 * for themselves, such as the blocks of directories.
 */

#include <stdint.h>

#include "base/err.h"

struct room {
    uint64_t bytes; /* of the tree; of which @present_bytes are there */
    uint64_t inodes;
    uint64_t present_bytes;
    uint64_t present_inodes;
    uint64_t reserved_bytes; /* of what is free, for other trees */
    uint64_t reserved_inodes;
    uint64_t max_bytes; /* of the tree, by the volume's limit; 0: none */
};

/* What it takes up beside what is there. */
uint64_t room_new_bytes(const struct room *room) __attribute__((nonnull));
uint64_t room_new_inodes(const struct room *room) __attribute__((nonnull));

/* Whether it fits into the file system of the directory @fd, which is called @to in messages.
 * ERR_TOO_BIG with what is missing; ERR_IO. */
int room_check(const struct room *room, int fd, const char *to, struct err *err)
    __attribute__((nonnull, warn_unused_result));
