/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Prometheus' text format, version 0.0.4
 *
 * A page is one family after another: exposition_family(), then all of its samples. The caller
 * keeps that order, and gives names that the format allows and texts in UTF-8; label values and
 * help are escaped here.
 *
 * Numbers are whole: a count of the base unit's decimal parts. 1500 with 6 decimals is 0.0015. What
 * a server counts is whole (microseconds, bytes), so no digit is lost, and no locale puts a comma
 * where Prometheus wants a point.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Seconds in microseconds; no finer part is needed. */
#define EXPOSITION_DECIMALS_MAX 6

enum exposition_type { EXPOSITION_COUNTER, EXPOSITION_GAUGE, EXPOSITION_HISTOGRAM };

/* The last of a list of labels has no name. */
struct exposition_label {
    const char *name;
    const char *value;
};

/* Begin the family @name: HELP and TYPE. */
void exposition_family(struct buf *out,
                       const char *name,
                       enum exposition_type type,
                       const char *help) __attribute__((nonnull));

/* Append a sample of a counter or gauge. @labels may be NULL for none. */
void exposition_sample(struct buf *out,
                       const char *name,
                       const struct exposition_label *labels,
                       int64_t value) __attribute__((nonnull(1, 2)));

/* The same for @value parts of 10^-@decimals, at most EXPOSITION_DECIMALS_MAX. */
void exposition_decimal(struct buf *out,
                        const char *name,
                        const struct exposition_label *labels,
                        int64_t value,
                        unsigned int decimals) __attribute__((nonnull(1, 2)));

/* What was observed, as of one moment. */
struct exposition_histogram {
    const int64_t *bounds; /* upper ones, each within its bucket, ascending */
    size_t n_bounds;
    const int64_t *counts; /* of each bucket alone, and of what lies above all bounds */
    int64_t sum;           /* of all that was observed */
    unsigned int decimals; /* of bounds and sum */
};

/* Append all samples of a histogram without labels of its own: its cumulative buckets to +Inf, the
 * sum, and the count, which is that of the buckets. */
void exposition_histogram(struct buf *out,
                          const char *name,
                          const struct exposition_histogram *histogram) __attribute__((nonnull));
