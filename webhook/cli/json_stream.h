/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON values one behind the other
 *
 * As kubectl reads them from a file: with white space between them, or lines of "---" as in YAML.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Set name, text and len, the rest zero; @line is for reading. */
struct json_stream {
    const char *name; /* of the file, for messages */
    const char *text;
    size_t len;
    size_t at;   /* where the next value is looked for */
    size_t line; /* on which the value last read starts, from 1 */
    size_t seen; /* how far lines are counted */
};

/* Whether @text starts with a bracket, which is what kubectl takes for JSON. */
bool json_stream_looks_like(const char *text, size_t len) __attribute__((nonnull));

/*
 * Read the next value into *@out, which the caller releases; NULL at the end of the text.
 *
 * Errors: ERR_INVALID, as json_parse(), with the file and, behind the first line, where lines are
 * counted from; ERR_TOO_BIG past YAML_VALUES_MAX values in one, the bound of YAML documents.
 */
int json_stream_next(struct json_stream *stream, json_t **out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
