/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON before it is parsed
 *
 * jansson recurses for each level of a text, holds up to 77 bytes of memory for one of text, and
 * must not run out of it: 2.14 aborts when the buffer of its tokens cannot grow. So one pass over
 * the text finds out, before anything is parsed, how deep it is and how much memory jansson will
 * hold at once for its tree and while it parses.
 *
 * That bound follows the sizes of jansson's structures and glibc's malloc() on 64 bits, and is
 * never below what they take; for real documents it is above it by a few percent. A text that is
 * not JSON is followed as far as jansson would get.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

/* What the pass found. */
struct json_scan {
    size_t memory;  /* at most so many bytes are held at once */
    size_t n_large; /* integers that json_int_t does not hold */
};

/* A text with such integers is copied, with so many bytes more for each: that counts as held. */
#define JSON_SCAN_LARGE_EXTRA 2

/*
 * Look through the @len bytes at @bytes.
 *
 * Errors: ERR_TOO_BIG beyond @limits, or for an object of more than JSON_MEMBERS_MAX; ERR_INVALID
 * for more than JSON_DEPTH_MAX levels, a number or word of more than JSON_WORD_MAX bytes, or a NUL
 * byte. All with line, column and excerpt.
 */
int json_scan(const char *bytes,
              size_t len,
              const struct json_limits *limits,
              struct json_scan *out,
              struct err *err) __attribute__((nonnull, warn_unused_result));

/* Whether json_int_t is too small for the integer of @len digits, and maybe a sign, at @text; false
 * for what is no integer. */
_Bool json_scan_is_large(const char *text, size_t len) __attribute__((nonnull));

/* The offset right behind the token that starts at @at: a string, a number or a word, white space,
 * or one byte of anything else. @len when it does not end. */
size_t json_scan_next(const char *bytes, size_t len, size_t at) __attribute__((nonnull));
