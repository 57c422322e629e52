/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Globs
 *
 * Two kinds, both anchored at both ends, byte-exact, and matched in time proportional to pattern
 * times text, whatever the pattern: no input can make matching slow.
 *
 * Names (namespaces, template names): '*' is any run of characters, '?' is one.
 * Paths (files below a copied folder): '*' and '?' stop at '/', "**" as a whole segment is any
 * number of segments, none included.
 */

#include <stdbool.h>

#include "base/err.h"

#define GLOB_MAX 256 /* bytes of one pattern */

/* Whether @pattern is a glob that we match: 1 to GLOB_MAX bytes, no control characters, no '[',
 * ']',
 * '{', '}' or '\\', which other tools give a meaning that these globs do not have. ERR_INVALID. */
int glob_check(const char *pattern, struct err *err) __attribute__((nonnull, warn_unused_result));

bool glob_match_name(const char *pattern, const char *name) __attribute__((nonnull));
bool glob_match_path(const char *pattern, const char *path) __attribute__((nonnull));
