/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line of samples: `name{label="value"} 1.5`
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define EXPOSITION_LABELS_MAX 16

/* As it stands on the page: what must be escaped has one form only. */
struct exposition_sample_label {
    const char *name;
    const char *value;
};

struct exposition_sample {
    const char *name;
    struct exposition_sample_label labels[EXPOSITION_LABELS_MAX]; /* in byte order */
    size_t n_labels;
    double value;
};

/* Read the name of a metric at *@text, and move on behind it; NULL when there is none. */
const char *exposition_sample_name(const char **text, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));

/* Read the name and labels that @text begins with, and hand on where they end in @end. Errors:
 * ERR_INVALID; ERR_INTERNAL when @arena is full. */
int exposition_sample_read_series(const char *text,
                                  struct arena *arena,
                                  struct exposition_sample *out,
                                  const char **end,
                                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Read the line @text. Errors as above. */
int exposition_sample_read(const char *text,
                           struct arena *arena,
                           struct exposition_sample *out,
                           struct err *err) __attribute__((nonnull, warn_unused_result));

/* A decimal number, "+Inf", "-Inf" or "NaN", and nothing after it. */
bool exposition_sample_number(const char *text, double *out)
    __attribute__((nonnull, warn_unused_result));

/* The value of a label as it stands on the page; NULL when there is none. */
const char *exposition_sample_label(const struct exposition_sample *sample, const char *name)
    __attribute__((nonnull));

/* The name and the labels, but for the one called @without (NULL: all), as a page has them. NULL
 * when @arena is full. */
const char *exposition_sample_key(const char *name,
                                  const struct exposition_sample *sample,
                                  const char *without,
                                  struct arena *arena)
    __attribute__((nonnull(1, 2, 4), warn_unused_result));
