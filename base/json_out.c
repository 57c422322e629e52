/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_out.h"

#include <string.h>

#include "base/json.h"

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
static void add_quoted(struct buf *buf, const char *text, size_t len)
{
    size_t plain = 0;

    buf_add_char(buf, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_add(buf, text + plain, i - plain);
        plain = i + 1;
        if (c == '\n') {
            buf_add(buf, "\\n", 2);
        } else if (c == '\t') {
            buf_add(buf, "\\t", 2);
        } else if (c < 0x20) {
            buf_printf(buf, "\\u%04x", c);
        } else {
            buf_printf(buf, "\\%c", c);
        }
    }
    buf_add(buf, text + plain, len - plain);
    buf_add_char(buf, '"');
}

void json_out_key(struct json_out *out, const char *key)
{
    separate(out);
    add_quoted(out->buf, key, strlen(key));
    buf_add_char(out->buf, ':');
    out->follows = false;
}

void json_out_string(struct json_out *out, const char *text)
{
    separate(out);
    add_quoted(out->buf, text, strlen(text));
}

void json_out_int(struct json_out *out, long long number)
{
    separate(out);
    buf_printf(out->buf, "%lld", number);
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
        add_quoted(out->buf, json_object_iter_key(at), json_object_iter_key_len(at));
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
        add_quoted(out->buf, json_string_value(value), json_string_length(value));
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

void json_out_pair(struct json_out *out, const char *key, const char *text)
{
    json_out_key(out, key);
    json_out_string(out, text);
}
