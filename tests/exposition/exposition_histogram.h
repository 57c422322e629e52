/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether the samples of a histogram, one after another, make sense
 */

#include "base/arena.h"
#include "base/err.h"
#include "tests/exposition/exposition_sample.h"

/* Where in a histogram the reader is. All zero before its first sample. */
struct exposition_histogram_state {
    enum { EXPOSITION_START, EXPOSITION_BUCKETS, EXPOSITION_SUM, EXPOSITION_COUNT } expected;
    const char *group; /* its labels but for "le" */
    double bound;
    double count;
};

/* Take the next sample of the family @family. Errors: ERR_INVALID; ERR_INTERNAL when @arena is
 * full. */
int exposition_histogram_add(struct exposition_histogram_state *state,
                             const char *family,
                             const struct exposition_sample *sample,
                             struct arena *arena,
                             struct err *err) __attribute__((nonnull, warn_unused_result));

/* The family ends. Errors: ERR_INVALID when there should be more. */
int exposition_histogram_end(const struct exposition_histogram_state *state,
                             const char *family,
                             struct err *err) __attribute__((nonnull, warn_unused_result));
