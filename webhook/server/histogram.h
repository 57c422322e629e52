/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Histograms with fixed buckets
 *
 * Observing takes no lock and is exact. A page that is written meanwhile may have a sum that is
 * some observations ahead of the buckets or behind them; the count is always that of the buckets.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "webhook/server/counter.h"

#define HISTOGRAM_BOUNDS_MAX 16

/* Opaque, and here only so that it can lie in another struct. */
struct histogram {
    const int64_t *bounds;
    size_t n_bounds;
    struct counter counts[HISTOGRAM_BOUNDS_MAX + 1]; /* the last is above all bounds */
    struct counter sum;
};

/* Empty, with the upper bounds of its buckets, each within its bucket: at most
 * HISTOGRAM_BOUNDS_MAX, ascending, borrowed for as long as the histogram is in use. */
void histogram_init(struct histogram *histogram, const int64_t *bounds, size_t n_bounds)
    __attribute__((nonnull));

/* From any thread. */
void histogram_observe(struct histogram *histogram, int64_t value) __attribute__((nonnull));

/* Append the samples of the family @name. @decimals as in exposition.h. */
void histogram_write(const struct histogram *histogram,
                     const char *name,
                     unsigned int decimals,
                     struct buf *out) __attribute__((nonnull));
