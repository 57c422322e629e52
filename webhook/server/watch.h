/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Being told of changes to files
 *
 * inotify on the folders that hold the files, because both Kubernetes and editors replace files
 * rather than write into them. It is a hint and no more: some file systems never tell, queues
 * overflow, a system may be out of watches. Whoever relies on it looks on his own account as well,
 * now and then.
 */

#include <stdbool.h>
#include <stddef.h>

struct watch {
    int fd; /* becomes readable; -1: there is no inotify here */
};

/* Release with watch_clear(). */
struct watch watch_open(void);
void watch_clear(struct watch *watch) __attribute__((nonnull));

/* Watch the files and folders at @paths; again and again, for folders that were replaced. NULL ones
 * are left out. False when not all can be watched at the moment. */
bool watch_add(const struct watch *watch, const char *const *paths, size_t n)
    __attribute__((nonnull));

/* Forget what there is to be told so far. */
void watch_drain(const struct watch *watch) __attribute__((nonnull));
