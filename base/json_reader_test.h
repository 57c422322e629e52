/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the tests of base/json_reader.h share: texts that are open, and ways to read them.
 */

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_reader.h"
#include "tests/test.h"

#define MIB         ((size_t)1024 * 1024)
#define ARENA_BYTES (64 * MIB)
#define TEXT_MAX    (16 * MIB)

/* A text that is open. */
struct text {
    struct arena *arena;
    char *bytes; /* with nothing behind them, so that sanitizers see who reads on */
    struct json_reader reader;
    struct json_view top;
};

static inline void text_clear(struct text *text)
{
    arena_free(text->arena);
    free(text->bytes);
}

static inline void text_clear_p(struct text *text)
{
    text_clear(text);
}

/* Open the @len bytes at @bytes with an arena of @arena_bytes. */
static inline int
text_open(struct text *text, const char *bytes, size_t len, size_t arena_bytes, struct err *err)
{
    *text = (struct text){.arena = arena_new(arena_bytes), .bytes = malloc(len + (len == 0))};
    assert_non_null(text->arena);
    assert_non_null(text->bytes);
    memcpy(text->bytes, bytes, len);
    return json_reader_open(&text->reader, text->arena, text->bytes, len, &text->top, err);
}

/* The same for what is known to begin with a value. */
static inline void text_of(struct text *text, const char *bytes)
{
    struct err err = {0};

    if (text_open(text, bytes, strlen(bytes), ARENA_BYTES, &err) < 0) {
        fail_msg("%s", err.msg);
    }
}

/* The next item of @walk, which is there. */
static inline void go_on(struct json_walk *walk)
{
    struct err err = {0};

    if (json_walk_next(walk, &err) != 1) {
        fail_msg("no item: %s", err.msg);
    }
}

/* Item number @nth of @container, which is there. */
static inline struct json_view item(const struct json_view *container, size_t nth)
{
    struct json_walk walk = json_walk_of(container);

    for (size_t i = 0; i <= nth; i++) {
        go_on(&walk);
    }
    return walk.value;
}

static inline void expect_text(const struct json_view *view, const char *expected)
{
    struct err err = {0};
    const char *bytes;
    size_t len;

    if (json_view_text(view, &bytes, &len, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    if (len != strlen(expected) || memcmp(bytes, expected, len) != 0) {
        fail_msg("expected '%s', found '%.*s'", expected, (int)len, bytes);
    }
}

/* Walk through all that is in @view. */
// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static inline int walk_all(const struct json_view *view, struct err *err)
{
    struct json_walk walk = json_walk_of(view);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        if (walk_all(&walk.value, err) < 0) {
            return -1;
        }
    }
    return status;
}

/* The two ways through a text: everything is walked through, or nothing. */
enum way { WALK, PASS_OVER, N_WAYS };

static inline int
read_text(const char *bytes, size_t len, size_t arena_bytes, enum way way, struct err *err)
{
    CLEANUP(text_clear) struct text text;

    if (text_open(&text, bytes, len, arena_bytes, err) < 0 ||
        (way == WALK && walk_all(&text.top, err) < 0)) {
        return -1;
    }
    return json_reader_close(&text.top, err);
}
