/* SPDX-License-Identifier: Apache-2.0 */
#include "base/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* A longer pointer is cut, which makes the place that of a value further up. */
#define POINTER_MAX    4096
#define PATH_BYTES_MAX 200

/* Undo RFC 6901's escapes in the segment of @len bytes at @from. */
static void unescape(const char *from, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        if (from[i] == '~' && i + 1 < len) {
            i++;
            *out++ = from[i] == '1' ? '/' : '~';
        } else {
            *out++ = from[i];
        }
    }
    *out = '\0';
}

static bool is_plain_key(const char *key)
{
    const char *plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    return key[0] != '\0' && key[strspn(key, plain)] == '\0';
}

/*
 * How people write @pointer: "spec.volumes[0].size", "metadata.labels['a/b']". Messages about a key
 * name it themselves; with @key the path is that of its object.
 */
static void write_path(const json_t *document, const char *pointer, bool key, struct buf *out)
{
    const json_t *at = document;
    char segment[POINTER_MAX];

    while (*pointer == '/' && !(key && strchr(pointer + 1, '/') == NULL)) {
        size_t len = strcspn(pointer + 1, "/");
        unescape(pointer + 1, len, segment);
        pointer += 1 + len;
        if (json_is_array(at)) {
            buf_printf(out, "[%s]", segment);
            at = json_array_get(at, strtoul(segment, NULL, 10));
            continue;
        }
        if (is_plain_key(segment)) {
            buf_printf(out, "%s%s", out->len > 0 ? "." : "", segment);
        } else {
            buf_printf(out, "['%s']", segment);
        }
        at = json_object_get(at, segment);
    }
}

/* The place of what is at @pointer, or of the nearest value around it, to which @pointer is cut. */
static bool find_place(const struct source *source, bool key, char *pointer, struct yaml_place *out)
{
    if (source->reader == NULL) {
        return false;
    }
    while (!yaml_reader_place(source->reader, pointer, key, out)) {
        char *end = strrchr(pointer, '/');
        if (end == NULL) {
            return false;
        }
        *end = '\0';
        key = false;
    }
    return true;
}

int source_locate(const struct source *source, bool key, struct err *err, const char *fmt, ...)
{
    CLEANUP(buf_clear) struct buf path = BUF_INIT(POINTER_MAX);
    char pointer[POINTER_MAX];
    struct yaml_place place = {0};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(pointer, sizeof(pointer), fmt, args); /* cut to size on purpose */
    va_end(args);

    write_path(source->document, pointer, key, &path);
    if (path.len > 0) {
        err_wrap(err, "%.*s", PATH_BYTES_MAX, buf_text(&path));
    }
    if (find_place(source, key, pointer, &place)) {
        err_wrap(err, "%s:%zu:%zu", source->name, place.line, place.column);
        err_point_at(err, source->text, source->len, place.offset);
    } else {
        err_wrap(err, "%s", source->name);
    }
    return -1;
}
