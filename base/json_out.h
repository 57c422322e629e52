/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing JSON text
 *
 * A writer appends compact JSON to a buffer and places the commas. It never fails by itself: the
 * buffer does, and is checked once at the end. Strings must be valid UTF-8, as jansson's are.
 *
 *     struct json_out out = {.buf = &buf};
 *     json_out_object(&out);
 *     json_out_key(&out, "name");
 *     json_out_string(&out, name);
 *     json_out_object_end(&out);
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

struct json_out {
    struct buf *buf;
    bool follows;    /* something stands before the next value on its level */
    bool as_jansson; /* escape as json_sorted() does, \b, \f, \r and \u001F, and not \u001f */
};

void json_out_object(struct json_out *out) __attribute__((nonnull));
void json_out_object_end(struct json_out *out) __attribute__((nonnull));
void json_out_array(struct json_out *out) __attribute__((nonnull));
void json_out_array_end(struct json_out *out) __attribute__((nonnull));

void json_out_key(struct json_out *out, const char *key) __attribute__((nonnull));
void json_out_string(struct json_out *out, const char *text) __attribute__((nonnull));
void json_out_int(struct json_out *out, long long number) __attribute__((nonnull));
void json_out_bool(struct json_out *out, bool value) __attribute__((nonnull));

/* @value as it is, keys in its own order, reals as json_real_text() writes them. */
void json_out_value(struct json_out *out, const json_t *value) __attribute__((nonnull));

/* One value whose JSON text is at hand. */
void json_out_raw(struct json_out *out, const char *json) __attribute__((nonnull));

/* The same for one that is @len bytes of a larger text. */
void json_out_raw_text(struct json_out *out, const char *json, size_t len) __attribute__((nonnull));

/* A key as it stands between its quotes in another JSON text. */
void json_out_raw_key(struct json_out *out, const char *key, size_t len) __attribute__((nonnull));

/* A key with a string, the most common pair. */
void json_out_pair(struct json_out *out, const char *key, const char *text)
    __attribute__((nonnull));

/* The @len bytes at @bytes as a string of base64, as Go reads and writes a []byte. */
void json_out_base64(struct json_out *out, const void *bytes, size_t len)
    __attribute__((nonnull(1)));

/*
 * json_out_key() and json_out_pair() for a key that is a literal. It needs no escape, which is for
 * its author to see to, and is copied together with its quotes and its colon.
 */
#define JSON_OUT_KEY(out, key) \
    json_out_literal_key((out), "\"" key "\":", sizeof("\"" key "\":") - 1)
#define JSON_OUT_PAIR(out, key, text) (JSON_OUT_KEY(out, key), json_out_string((out), (text)))

/* The body of JSON_OUT_KEY(): @key has its quotes and its colon. */
static inline void json_out_literal_key(struct json_out *out, const char *key, size_t len)
{
    if (out->follows) {
        buf_add_char(out->buf, ',');
    }
    buf_add(out->buf, key, len);
    out->follows = false;
}
