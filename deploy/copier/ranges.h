/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between which file systems the kernel copies
 *
 * copy_file_range(2) fails for every file between some, which need not be asked again: remembered
 * for each pair, as a tree may lie on several. That it fails for one file, which is sealed, swapped
 * to or forbidden, says nothing of others.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Pairs that are remembered. Between more it is tried for each file. */
#define RANGES_PAIRS_MAX 16

struct ranges {
    pthread_mutex_t lock;
    size_t n_refused;
    struct {
        dev_t from;
        dev_t to;
    } refused[RANGES_PAIRS_MAX];
};

#define RANGES_INIT ((struct ranges){.lock = PTHREAD_MUTEX_INITIALIZER})

/* Whether it is worth a try. */
bool ranges_may_work(struct ranges *ranges, dev_t from, dev_t to) __attribute__((nonnull));

/* It failed with @errnum. Whether the file can be copied otherwise: true unless reading or writing
 * would fail in the same way. */
bool ranges_note(struct ranges *ranges, dev_t from, dev_t to, int errnum) __attribute__((nonnull));
