/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether two Kubernetes values mean the same
 *
 * What hawser wrote comes back rewritten: Go drops and adds empty members ("resources": {}), and
 * writes quantities in their canonical form (1024Mi as 1Gi). So null, false, 0, "", {} and [] count
 * as absent members, and strings that are quantities are compared as amounts. Numbers are the same
 * when they are written the same.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_reader.h"

/* Empty members that an object may have beyond those of ours: with more it is another one. */
#define SAME_EMPTY_MAX 64

/*
 * Compare @a, of an object, with @b, of a text of ours. How long it takes depends on ours
 * alone, however large the other is. Errors: those of the reader; ERR_INTERNAL when @arena is full.
 */
int same_value(const struct json_view *a,
               const struct json_view *b,
               struct arena *arena,
               bool *out,
               struct err *err) __attribute__((nonnull, warn_unused_result));

/* The same text, or none twice. */
bool same_text(const char *a, const char *b);

/* Two quantities, or else the same text. */
bool same_quantity(const char *a, const char *b) __attribute__((nonnull));
