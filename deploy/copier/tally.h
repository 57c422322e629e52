/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a copy has done so far
 *
 * Counted by all threads. What could not be copied is told at once by a line of the log with the
 * path and the cause, and counted; the first of it is kept for the end.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct tally {
    atomic_uint_fast64_t files; /* and links, that are there now as they should be */
    atomic_uint_fast64_t bytes; /* of files: the holes too, as far as the copy has come; less again
                                where a file is copied once more, or cannot be */
    atomic_uint_fast64_t unchanged; /* files that were there already */
    atomic_uint_fast64_t skipped;   /* devices, sockets, FIFOs, and what vanished */
    atomic_uint_fast64_t unlinked;  /* hard links that became files of their own */
    atomic_uint_fast64_t failures;
    atomic_bool is_stopped; /* there is no sense in going on: the disk is full */
    atomic_flag has_first;
    struct err first; /* the first failure, once there is one and all threads have ended */
};

#define TALLY_INIT ((struct tally){.has_first = ATOMIC_FLAG_INIT})

/* @path cannot be copied, for the reason @errnum at the step @what ("cannot open it"). A full disk
 * stops everything. */
void tally_fail(struct tally *tally, const char *path, const char *what, int errnum)
    __attribute__((nonnull));

/* The same for a reason in words. */
void tally_fail_because(struct tally *tally, const char *path, const char *reason)
    __attribute__((nonnull));

/* @path is left out, which is no failure, because of @reason. */
void tally_skip(struct tally *tally, const char *path, const char *reason) __attribute__((nonnull));

static inline bool tally_is_stopped(struct tally *tally)
{
    return atomic_load_explicit(&tally->is_stopped, memory_order_relaxed);
}

static inline void tally_add(atomic_uint_fast64_t *counter, uint64_t n)
{
    (void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline void tally_take(atomic_uint_fast64_t *counter, uint64_t n)
{
    (void)atomic_fetch_sub_explicit(counter, n, memory_order_relaxed);
}

static inline uint64_t tally_read(atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}
