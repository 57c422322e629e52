/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Threads that work off tasks
 *
 * What a task pushes is for its own thread, the newest first: a tree is copied depth first, so that
 * only the directories on the way down are open at a time, whatever its size. A task that would
 * push more than a few pushes itself first and goes on when those are done. So what waits is
 * bounded by depth and not by size.
 *
 * A thread that has nothing takes from another what is oldest there, most likely the largest piece.
 * So threads are in different directories where there are several: a file system lets one at a time
 * make names in a directory, which over a network is a round trip for each.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define WORK_THREADS_MAX 256

/* Each thread has a buffer of 1 MiB, what NFS moves in one call, or a share of 16 MiB where they
 * are many. Nothing of it is used up before it is written to. */
#define WORK_BUFFER_MAX   ((size_t)1024 * 1024)
#define WORK_BUFFERS_SIZE ((size_t)16 * 1024 * 1024)

struct work;

struct work_thread {
    struct work *work;
    char *buffer; /* aligned to pages */
    size_t buffer_size;
};

/* Part of a larger struct of its owner. The task is @run's from then on, to free or push again. */
struct work_task {
    struct work_task *above; /* while it waits: the next newer one, and the next older one */
    struct work_task *below;
    void (*run)(struct work_task *task, struct work_thread *thread);
};

/* Start @n_threads threads, 1 to WORK_THREADS_MAX; with fewer, where no more can be had. NULL with
 * ERR_INTERNAL: there is not one, or no memory for all buffers. */
struct work *work_new(unsigned int n_threads, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Any thread may push; one that is none of @work's, for whoever comes first. */
void work_push(struct work *work, struct work_task *task) __attribute__((nonnull));

/* Wait until there is no task any more, at most @timeout_ms; whether that is so. */
bool work_wait(struct work *work, unsigned int timeout_ms) __attribute__((nonnull));

/* After the last task. Accepts NULL. */
void work_free(struct work *work);

static inline void work_free_p(struct work **work)
{
    work_free(*work);
}
