/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tokens of a JSON text
 *
 * Passing over one token at a time, as strictly as RFC 8259: escapes, UTF-8 (RFC 3629), numbers,
 * words. The bytes of strings are looked at 16 at a time. Nothing is copied or allocated.
 *
 * Two rules go beyond the RFC, as jansson has them: an escaped surrogate must be one half of a pair
 * (RFC 8259 section 8.2 leaves open what a lone one means), and it is said of a string whether it
 * holds a NUL, which C text cannot.
 */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where the reader stands in a text. */
struct json_cursor {
    const char *at;
    const char *end;     /* of the text */
    const char *problem; /* set on failure: what was expected at `at` */
    bool is_escaped;     /* the last string that was passed has escapes */
    bool has_nul;        /* and one of them is a NUL */
};

/* The byte at @at in a text that ends at @end; NUL, which no token begins with, at its end. */
static inline char json_token_byte(const char *at, const char *end)
{
    if (at >= end) {
        return '\0';
    }
    return *at;
}

/* The same for where the cursor stands. */
static inline char json_token_peek(const struct json_cursor *cursor)
{
    return json_token_byte(cursor->at, cursor->end);
}

/* Pass over white space from *@at on, if there is any; returns the byte behind it, likewise. */
static inline char json_token_reach(const char **at, const char *end)
{
    char c;

    while ((c = json_token_byte(*at, end)) <= ' ' &&
           (c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
        (*at)++;
    }
    return c;
}

/* So many bytes of a string are looked at at a time. */
#define JSON_TOKEN_BLOCK 16

typedef signed char json_token_block __attribute__((vector_size(JSON_TOKEN_BLOCK)));

/* The number of the first byte of @block that is not zero but 255; JSON_TOKEN_BLOCK when all are.
 */
static inline unsigned int json_token_find_set(json_token_block block)
{
#ifdef __SSE2__
    const unsigned int bits = (unsigned int)_mm_movemask_epi8((__m128i)block);

    return (unsigned int)__builtin_ctz(bits | 1U << JSON_TOKEN_BLOCK);
#else
    uint64_t halves[2];

    memcpy(halves, &block, sizeof(halves));
    if (halves[0] != 0) {
        return (unsigned int)__builtin_ctzll(le64toh(halves[0])) / 8;
    }
    return halves[1] != 0 ? 8 + (unsigned int)__builtin_ctzll(le64toh(halves[1])) / 8
                          : JSON_TOKEN_BLOCK;
#endif
}

/*
 * The number of the first of the JSON_TOKEN_BLOCK bytes at @at that does not stand for itself in a
 * string: a quote, a backslash, a control character, or one beyond ASCII, which is negative here.
 * JSON_TOKEN_BLOCK when all do.
 */
static inline unsigned int json_token_find_special(const char *at)
{
    json_token_block bytes;

    memcpy(&bytes, at, sizeof(bytes));
    return json_token_find_set((bytes < ' ') | (bytes == '"') | (bytes == '\\'));
}

/* Pass over a string; the cursor stands at its opening quote. False with the problem where it is no
 * string. */
bool json_token_pass_string(struct json_cursor *cursor) __attribute__((nonnull));

/* Pass over a string, a number, true, false or null. False likewise. */
bool json_token_pass_scalar(struct json_cursor *cursor) __attribute__((nonnull));

/* A string as it stands in the text, without its quotes; it has been passed over. */
struct json_string {
    const char *bytes;
    size_t len;
    bool is_escaped;
};

/* The string that @text, NUL-terminated and of characters that need no escape, would be. */
struct json_string json_string_of(const char *text) __attribute__((nonnull));

/* Whether both stand for the same. */
bool json_string_same(const struct json_string *a, const struct json_string *b)
    __attribute__((nonnull));

/* Write what it stands for to @out, which has room for its `len` bytes. Returns the length. */
size_t json_string_decode(const struct json_string *string, char *out) __attribute__((nonnull));
