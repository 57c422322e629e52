/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files that the kernel knows
 *
 * A file is called by the number of its inode, the node; the root by another of its own. It is kept
 * as a handle (open_by_handle_at(2)), as by an NFS server, so that a million known files are not a
 * million open ones. The kernel counts how often it was told of a node, and says so when it forgets
 * it.
 */

#include <stdint.h>
#include <sys/stat.h>

struct nodes;

/* Of the file system of @root_fd, which is the node @root. NULL without memory. */
struct nodes *nodes_new(int root_fd, uint64_t root) __attribute__((warn_unused_result));

/* Open @node as with O_PATH; -1 with errno. */
int nodes_open(struct nodes *nodes, uint64_t node) __attribute__((nonnull));

/* The kernel is told of the file that is open as @fd, and is @stat: the node. 0 with errno. One
 * that took the number of another differs from it in @generation. */
uint64_t nodes_tell(struct nodes *nodes, int fd, const struct stat *stat, uint64_t *generation)
    __attribute__((nonnull));

/* It was told @n times less. */
void nodes_forget(struct nodes *nodes, uint64_t node, uint64_t n) __attribute__((nonnull));

/* Accepts NULL. */
void nodes_free(struct nodes *nodes);
