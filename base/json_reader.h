/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading JSON where it lies
 *
 * A pull reader over the bytes of a text. It makes no tree and copies nothing: a value is a view of
 * the text, a walk goes through the items of a list or the members of an object, and what the
 * caller does not enter is passed over. All that is passed over is checked as strictly as RFC 8259
 * (json_token.h), to JSON_DEPTH_MAX levels, and no list or object in it twice: where each ends is
 * noted the first time, so that whoever comes again steps over it at once. What lies behind the
 * last value that somebody asked for has not been looked at; json_reader_close() looks at the rest.
 *
 *     struct json_view top;
 *     if (json_reader_open(&reader, arena, bytes, len, &top, err) < 0) ...
 *     struct json_walk walk = json_walk_of(&top);
 *     while ((status = json_walk_next(&walk, err)) > 0) {
 *         ... walk.key, walk.value
 *     }
 *
 * A key that stands twice in an object is shown twice: who reads the object must refuse it.
 *
 * Errors of everything here: ERR_INVALID "line 1, column 7: expected ..." with an excerpt, for what
 * is no JSON and for a NUL in a key; ERR_TOO_BIG for more than JSON_READER_CONTAINERS_MAX lists and
 * objects; ERR_INTERNAL when the arena is full. After one the text is not to be read on.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_token.h"

/* What two objects as large as the cluster stores them can hold, were they nothing but lists. Notes
 * on so many take at most 16 MiB of the arena. */
#define JSON_READER_CONTAINERS_MAX 1000000

enum json_view_type {
    JSON_VIEW_NOTHING,
    JSON_VIEW_OBJECT,
    JSON_VIEW_LIST,
    JSON_VIEW_STRING,
    JSON_VIEW_NUMBER,
    JSON_VIEW_BOOLEAN,
    JSON_VIEW_NULL,
};

/* Where a list or object ends, and the number of the next one behind it. */
struct json_span {
    uint32_t end; /* behind its bracket; 0: not passed yet */
    uint32_t next;
};

/* A list or object that is open while it is passed over. */
struct json_level {
    uint32_t nth;
    char closer; /* its closing bracket */
};

/* A text that is being read; opened by json_reader_open(), and must not move. Private. */
struct json_reader {
    const char *bytes;
    size_t len;
    struct arena *arena;
    struct json_span *spans;   /* of lists and objects, in the order in which they start */
    size_t n_spans;            /* that there is room for */
    struct json_cursor cursor; /* of what is passed over; where and why, when that fails */
    struct json_level levels[JSON_DEPTH_MAX]; /* while something is passed over */
};

/* A value of the text, or nothing, {0}. Plain data; lives as long as the text and the reader. */
struct json_view {
    struct json_reader *reader; /* NULL: nothing */
    uint32_t start;
    uint32_t end; /* of a scalar; of others the start: see the span */
    uint32_t nth; /* of the lists and objects: the first that starts here or behind */
    uint16_t depth;
    bool is_escaped; /* a string with escapes */
};

/* Begin to read the @len bytes at @bytes; notes go to @arena. @out is the one value in it. */
int json_reader_open(struct json_reader *reader,
                     struct arena *arena,
                     const char *bytes,
                     size_t len,
                     struct json_view *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Check what nobody asked for: the rest of @top, and that nothing but white space is behind it. */
int json_reader_close(const struct json_view *top, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline enum json_view_type json_view_type(const struct json_view *view)
{
    if (view->reader == NULL) {
        return JSON_VIEW_NOTHING;
    }
    switch (view->reader->bytes[view->start]) {
    case '{':
        return JSON_VIEW_OBJECT;
    case '[':
        return JSON_VIEW_LIST;
    case '"':
        return JSON_VIEW_STRING;
    case 't':
    case 'f':
        return JSON_VIEW_BOOLEAN;
    case 'n':
        return JSON_VIEW_NULL;
    default:
        return JSON_VIEW_NUMBER;
    }
}

/* "an object", "a list", ...: how messages call it; "nothing". */
const char *json_view_type_name(const struct json_view *view) __attribute__((nonnull));

/* The string that @view is. */
struct json_string json_view_string(const struct json_view *view) __attribute__((nonnull));

/* Whether it is `true`. */
bool json_view_is_true(const struct json_view *view) __attribute__((nonnull));

/* The text of @view as it stands there, *@len bytes, in *@bytes; "", 0 of nothing. */
int json_view_text(const struct json_view *view, const char **bytes, size_t *len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* A walk through a list or an object. */
struct json_walk {
    struct json_view container;
    struct json_view value; /* the item that was found last */
    struct json_string key; /* and its key, in an object */
    size_t index;           /* and how many there were before it */
    bool has_begun;
    bool is_object; /* and not a list */
};

/* A walk through @container; where that is nothing, or a scalar, there are no items. */
static inline struct json_walk json_walk_of(const struct json_view *container)
{
    const enum json_view_type type = json_view_type(container);
    struct json_walk walk = {.is_object = type == JSON_VIEW_OBJECT};

    if (type == JSON_VIEW_OBJECT || type == JSON_VIEW_LIST) {
        walk.container = *container;
    }
    return walk;
}

/* Go on to the next item: 1 when there is one, 0 when there is none left, -1 with an error. */
int json_walk_next(struct json_walk *walk, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Walk to the member @key of @object: *@out is nothing when there is none. */
int json_view_member(const struct json_view *object,
                     const struct json_string *key,
                     struct json_view *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Raise ERR_INVALID "line, column: expected @what", pointing at @at in the text of @reader. */
int json_reader_error(const struct json_reader *reader,
                      const char *at,
                      const char *what,
                      struct err *err) __attribute__((nonnull));
