/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Prometheus' text format, for the tests
 *
 * Judges the pages that hawser serves. It is stricter than the format, version 0.0.4, so that a
 * page cannot be right by luck: each family is HELP, then TYPE, then all of its samples; names
 * stand once; there are no other comments, no blank lines, no blanks that could be left out and no
 * timestamps. Types are counter, gauge and histogram.
 *
 * No series stands twice, whatever the order of its labels. Counters are neither negative nor NaN.
 * The samples of a histogram are, for each set of its other labels: buckets with ascending bounds
 * and counts that never fall, the last of them +Inf, then the sum, then a count equal to that of
 * +Inf.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct exposition_series {
    const char *key; /* as it stands on the page, but with its labels in byte order */
    double value;
    size_t line;
};

/* In byte order of their keys. */
struct exposition_page {
    LIST_OF(struct exposition_series) series;
};

/*
 * Read the page of @len bytes at @text. All of @out lives in @arena.
 *
 * Errors: ERR_INVALID "line 3: what was expected"; ERR_INTERNAL when @arena is full.
 */
int exposition_parser_read(const char *text,
                           size_t len,
                           struct arena *arena,
                           struct exposition_page *out,
                           struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Find the series that @series names as a page would, its labels in any order:
 * "hawser_policies", "hawser_shed_requests_total{reason=\"memory\"}". False when the page has none,
 * or @series is not well-formed.
 */
bool exposition_parser_find(const struct exposition_page *page, const char *series, double *out)
    __attribute__((nonnull, warn_unused_result));
