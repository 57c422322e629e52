/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_out.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"

/* Eight bytes at a time: a constant with the byte @c in each place. */
#define EACH(c) (UINT64_C(0x0101010101010101) * (c))

static void separate(struct json_out *out)
{
    if (out->follows) {
        buf_add_char(out->buf, ',');
    }
    out->follows = true;
}

static void open_with(struct json_out *out, char bracket)
{
    separate(out);
    buf_add_char(out->buf, bracket);
    out->follows = false;
}

static void close_with(struct json_out *out, char bracket)
{
    buf_add_char(out->buf, bracket);
    out->follows = true;
}

void json_out_object(struct json_out *out)
{
    open_with(out, '{');
}

void json_out_object_end(struct json_out *out)
{
    close_with(out, '}');
}

void json_out_array(struct json_out *out)
{
    open_with(out, '[');
}

void json_out_array_end(struct json_out *out)
{
    close_with(out, ']');
}

/* RFC 8259 section 7: quotation mark, reverse solidus and U+0000 to U+001F must be escaped. */
static bool is_escaped(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/*
 * Whether one of eight bytes is. Taking one more than the largest that is sought from each byte
 * sets the high bit where there was less. So it does in bytes above 0x7f, which do not count, and
 * where the byte below had to borrow, which then was one itself.
 */
static bool any_is_escaped(uint64_t bytes)
{
    const uint64_t control = bytes - EACH(0x20);
    const uint64_t quote = (bytes ^ EACH('"')) - EACH(1);
    const uint64_t backslash = (bytes ^ EACH('\\')) - EACH(1);

    return ((control | quote | backslash) & ~bytes & EACH(0x80)) != 0;
}

/* Copy eight bytes, unless one of them is. */
static bool copy_eight(char *to, const char *from)
{
    uint64_t bytes;

    memcpy(&bytes, from, sizeof(bytes));
    if (any_is_escaped(bytes)) {
        return false;
    }
    memcpy(to, &bytes, sizeof(bytes));
    return true;
}

/* Add the start of @text up to what needs an escape; returns its length. That is @len too when the
 * buffer fails. */
static size_t add_plain(struct buf *buf, const char *text, size_t len)
{
    size_t n = 0;
    char *to;

    if (!buf_reserve(buf, len)) {
        return len;
    }
    to = buf->bytes + buf->len;
    while (len - n >= 8 && copy_eight(to + n, text + n)) {
        n += 8;
    }
    if (len - n < 8 && len >= 8 && copy_eight(to + len - 8, text + len - 8)) {
        n = len; /* some of the last eight for the second time */
    }
    for (; n < len && !is_escaped(text[n]); n++) {
        to[n] = text[n];
    }
    buf_advance(buf, n);
    return n;
}

static void add_escape(const struct json_out *out, char c)
{
    static const char escaped[] = "\"\\\n\t\b\f\r";
    static const char letters[] = "\"\\ntbfr";
    const char *digits = out->as_jansson ? "0123456789ABCDEF" : "0123456789abcdef";
    const size_t n_escaped = out->as_jansson ? sizeof(escaped) - 1 : 4; /* the last three its own */
    const char *at = memchr(escaped, c, n_escaped);

    if (at != NULL) {
        buf_add_char(out->buf, '\\');
        buf_add_char(out->buf, letters[at - escaped]);
    } else {
        buf_add_text(out->buf, "\\u00");
        buf_add_char(out->buf, digits[c >> 4 & 0x0f]);
        buf_add_char(out->buf, digits[c & 0x0f]);
    }
}

static void add_quoted(const struct json_out *out, const char *text, size_t len)
{
    size_t plain;

    buf_add_char(out->buf, '"');
    while ((plain = add_plain(out->buf, text, len)) < len) {
        add_escape(out, text[plain]);
        text += plain + 1;
        len -= plain + 1;
    }
    buf_add_char(out->buf, '"');
}

void json_out_key(struct json_out *out, const char *key)
{
    separate(out);
    add_quoted(out, key, strlen(key));
    buf_add_char(out->buf, ':');
    out->follows = false;
}

void json_out_string(struct json_out *out, const char *text)
{
    separate(out);
    add_quoted(out, text, strlen(text));
}

void json_out_int(struct json_out *out, long long number)
{
    char digits[20]; /* as many as the least has, with its sign */
    unsigned long long rest = (unsigned long long)number;
    size_t at = sizeof(digits);

    rest = number < 0 ? 0 - rest : rest;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    separate(out);
    buf_add(out->buf, digits + at, sizeof(digits) - at);
}

void json_out_bool(struct json_out *out, bool value)
{
    separate(out);
    buf_add_text(out->buf, value ? "true" : "false");
}

static void add_real(struct json_out *out, double number)
{
    char text[JSON_REAL_SIZE];

    separate(out);
    json_real_text(number, text);
    buf_add_text(out->buf, text);
}

/* Recursion: json_parse() and the YAML reader bound the depth of every value. */
/* NOLINTBEGIN(misc-no-recursion) */
static void add_object(struct json_out *out, const json_t *object)
{
    json_t *walked;

    memcpy(&walked, &object, sizeof(void *)); /* jansson's iterators take no const */
    json_out_object(out);
    for (void *at = json_object_iter(walked); at != NULL; at = json_object_iter_next(walked, at)) {
        separate(out);
        add_quoted(out, json_object_iter_key(at), json_object_iter_key_len(at));
        buf_add_char(out->buf, ':');
        out->follows = false;
        json_out_value(out, json_object_iter_value(at));
    }
    json_out_object_end(out);
}

static void add_array(struct json_out *out, const json_t *array)
{
    json_out_array(out);
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_out_value(out, json_array_get(array, i));
    }
    json_out_array_end(out);
}

void json_out_value(struct json_out *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add_object(out, value);
        break;
    case JSON_ARRAY:
        add_array(out, value);
        break;
    case JSON_STRING:
        separate(out);
        add_quoted(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        json_out_int(out, json_integer_value(value));
        break;
    case JSON_REAL:
        add_real(out, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        json_out_bool(out, json_is_true(value));
        break;
    case JSON_NULL:
        separate(out);
        buf_add_text(out->buf, "null");
        break;
    }
}
/* NOLINTEND(misc-no-recursion) */

void json_out_raw(struct json_out *out, const char *json)
{
    json_out_raw_text(out, json, strlen(json));
}

void json_out_raw_text(struct json_out *out, const char *json, size_t len)
{
    separate(out);
    buf_add(out->buf, json, len);
}

void json_out_raw_key(struct json_out *out, const char *key, size_t len)
{
    separate(out);
    buf_add_char(out->buf, '"');
    buf_add(out->buf, key, len);
    buf_add_text(out->buf, "\":");
    out->follows = false;
}

void json_out_base64(struct json_out *out, const void *bytes, size_t len)
{
    separate(out);
    buf_add_char(out->buf, '"');
    base64_encode(bytes, len, out->buf);
    buf_add_char(out->buf, '"');
}

void json_out_pair(struct json_out *out, const char *key, const char *text)
{
    json_out_key(out, key);
    json_out_string(out, text);
}
