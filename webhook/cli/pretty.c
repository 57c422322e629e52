/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/pretty.h"

#include "base/json.h"
#include "base/json_out.h"

#define INDENT 4

static void write_value(struct buf *out, json_t *value, int depth);

static void start_line(struct buf *out, int depth)
{
    buf_printf(out, "\n%*s", depth * INDENT, "");
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static void write_object(struct buf *out, json_t *object, int depth)
{
    const char *key;
    json_t *value;
    bool follows = false;

    buf_add_char(out, '{');
    json_object_foreach (object, key, value) {
        if (follows) {
            buf_add_char(out, ',');
        }
        start_line(out, depth + 1);
        json_out_key(&(struct json_out){.buf = out}, key);
        buf_add_char(out, ' ');
        write_value(out, value, depth + 1);
        follows = true;
    }
    start_line(out, depth);
    buf_add_char(out, '}');
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static void write_array(struct buf *out, json_t *array, int depth)
{
    json_t *item;
    size_t i;

    buf_add_char(out, '[');
    json_array_foreach (array, i, item) {
        if (i > 0) {
            buf_add_char(out, ',');
        }
        start_line(out, depth + 1);
        write_value(out, item, depth + 1);
    }
    start_line(out, depth);
    buf_add_char(out, ']');
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static void write_value(struct buf *out, json_t *value, int depth)
{
    if (json_object_size(value) > 0) {
        write_object(out, value, depth);
    } else if (json_array_size(value) > 0) {
        write_array(out, value, depth);
    } else if (json_is_real(value)) {
        char text[JSON_REAL_SIZE];
        json_real_text(json_real_value(value), text);
        buf_add_text(out, text);
    } else {
        json_out_value(&(struct json_out){.buf = out}, value);
    }
}

void pretty_write(struct buf *out, json_t *value)
{
    write_value(out, value, 0);
    buf_add_char(out, '\n');
}
