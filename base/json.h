/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON values
 *
 * jansson holds the values; this module closes what jansson leaves open: nesting and memory are
 * bounded before anything is parsed (base/json_scan.h), duplicate keys are refused, and numbers
 * that Go's encoder writes but jansson refuses (integers from 2^63 on) are read as reals; all
 * others of the same text stay what they are.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Argo's deepest example has 12 levels; a thread's stack of 2 MiB holds many times this. */
#define JSON_DEPTH_MAX 256

/* Go writes numbers of at most 25 bytes. jansson reads a longer one before it refuses it. */
#define JSON_WORD_MAX 1024

/* jansson finds members in a table; of a wider object that is too large for a processor's caches,
 * and each member costs a microsecond. Nobody has so many labels. */
#define JSON_MEMBERS_MAX 65536

/* What a person's own file may take while it is parsed: 64 MiB of text as one string take 256 MiB,
 * and the million values that YAML documents have at most, all of them objects, 300 MiB. */
#define JSON_MEMORY_MAX (512UL * 1024 * 1024)

/*
 * The one JSON value in the @len bytes at @bytes, white space around it allowed (RFC 8259).
 *
 * Errors: ERR_INVALID with line, column and what was found, for everything RFC 8259 refuses, for
 * duplicate keys, invalid UTF-8, more than JSON_DEPTH_MAX levels, a number of more than
 * JSON_WORD_MAX bytes, or a NUL in a key; ERR_TOO_BIG for more than JSON_MEMORY_MAX, or an object
 * of more than JSON_MEMBERS_MAX; ERR_INTERNAL without memory. The excerpt shows some of the text;
 * messages repeat one character of it at most.
 * Owner: the caller, json_decref().
 */
json_t *json_parse(const char *bytes, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* What a text of a stranger may take, in bytes. */
struct json_limits {
    size_t memory; /* that jansson holds at once, for the tree and beside it while it parses */
    size_t string; /* of one string as it stands in the text, quotes included */
};

/*
 * The same for texts of strangers, within @limits: ERR_TOO_BIG beyond. What the tree holds is taken
 * off the memory, malloc()'s overhead included, so that several texts can share one limit;
 * unchanged on failure.
 */
json_t *
json_parse_within(const char *bytes, size_t len, struct json_limits *limits, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Append @value as compact JSON with the keys of each object in byte order: equal values give equal
 * text. The buffer fails when there is no memory. */
void json_sorted(struct buf *out, const json_t *value) __attribute__((nonnull));

/* Append @key to the JSON Pointer in @pointer, escaped: "~" as "~0", "/" as "~1" (RFC 6901). */
void json_pointer_add(struct buf *pointer, const char *key) __attribute__((nonnull));

/* The string that the member @key of @object is, borrowed; "" where it is none, or there is no
 * object. */
const char *json_text_of(const json_t *object, const char *key) __attribute__((nonnull(2)));

/* "an object", "a list", "a string", ...: how messages call the type of @value; NULL is "nothing".
 */
const char *json_type_name(const json_t *value);

/*
 * The shortest text that reads back as the same double, written as Go's encoding/json writes it:
 * 0.1, 1e+21 and 18446744073709552000 rather than 1.8446744073709552e+19. @value is finite.
 */
#define JSON_REAL_SIZE 32
void json_real_text(double value, char out[static JSON_REAL_SIZE]);
