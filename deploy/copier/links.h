/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hard links inside a tree
 *
 * Of the names of one file the first that is met is copied, and the others become links to it: at
 * once if it is there, else as soon as it is. Where the first cannot be copied the next takes its
 * place, until there is one that can. What was changed since the first was copied is another file.
 * Links at the destination that somebody put on the way to the first are not followed.
 *
 * Names outside the tree are none of the copy's: a file with one name in the tree and others
 * elsewhere is copied whole, and takes up all its room.
 *
 * A file is forgotten when all of its names were met, or when it has others outside the tree at the
 * end. Of more than LINKS_MAX at a time, or where their paths take more than LINKS_PATHS_SIZE or
 * that of the first is longer than PATH_MAX, each name becomes a file of its own, which is counted.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "deploy/copier/dir.h"

#define LINKS_MAX        65536
#define LINKS_PATHS_SIZE ((size_t)4 * 1024 * 1024)

struct links;

/* NULL without memory. */
struct links *links_new(void) __attribute__((warn_unused_result));

/* After the last task. Accepts NULL. */
void links_free(struct links *links);

enum links_claim {
    LINKS_COPY,  /* it is the first: copy it, and call links_settle() whatever comes of it */
    LINKS_ALONE, /* copy it as a file of its own */
    LINKS_DONE,  /* it is linked, or told why not; or it waits: nothing is left to do */
};

/* A name that waits for the first one. */
struct links_waiter {
    struct links_waiter *next;
    struct dir *dir; /* held */
    char name[];
};

/* The entry @name of @dir has other names: @stat. */
enum links_claim
links_claim(struct links *links, struct dir *dir, const char *name, const struct stat *stat)
    __attribute__((nonnull));

/* For who only counts: whether a name of the file @stat, which has others, is the one that would be
 * copied, and not a link to another. */
bool links_meet(struct links *links, const struct stat *stat) __attribute__((nonnull));

/* The file that was claimed is there now, as @stat, under the name that it was claimed with; or it
 * cannot be copied: also where another one took that name meanwhile. Then a name that waits is
 * returned, if there is one, which has claimed it now: copy it, and settle it again. */
struct links_waiter *links_settle(struct links *links, const struct stat *stat, bool is_there)
    __attribute__((nonnull, warn_unused_result));

void links_waiter_free(struct links_waiter *waiter) __attribute__((nonnull));

static inline void links_free_p(struct links **links)
{
    links_free(*links);
}
