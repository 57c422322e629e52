/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Patterns
 *
 * JSON Schema's patterns are ECMAScript's, Kubernetes' are Go's; here POSIX extended expressions do
 * the work. What all three read alike is accepted, with \d, \s and \w translated outside of
 * brackets. Everything that POSIX would read as something else is refused: other escapes of letters
 * and digits, "(?", lazy and possessive repeats, and in brackets a backslash, a class such as
 * [:alpha:], and an empty list.
 *
 * Bytes stand for characters: "." and counts count a character outside of ASCII by its bytes.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * Whether @pattern is found in @string, a JSON string; one that holds a NUL is never matched.
 *
 * A pattern is compiled once and kept until the process ends. Errors: ERR_INTERNAL for a pattern
 * that is not known here.
 */
int schema_pattern_matches(const char *pattern, const json_t *string, bool *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
