/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Equality of JSON values as JSON Schema has it: 1 and 1.0 are the same number, and the order of
 * keys does not matter.
 */

#include <jansson.h>
#include <stdbool.h>

/* Negative, zero or positive, as for strcmp(). Both are numbers. */
int schema_compare_numbers(const json_t *a, const json_t *b) __attribute__((nonnull));

/* NULL, for what is absent, is the same as NULL only. */
bool schema_same(const json_t *a, const json_t *b);

/* Whether @value is a number without a fraction. */
bool schema_is_integer(const json_t *value);
