/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES 256

void buf_clear(struct buf *buf)
{
    free(buf->bytes);
    *buf = BUF_INIT(buf->max);
}

/* Twice as much as often as it takes for @len bytes and the NUL, but no more than the limit needs.
 */
static size_t next_size(const struct buf *buf, size_t len)
{
    size_t size = buf->size > 0 ? buf->size : FIRST_BYTES;

    while (size - 1 < len) {
        size *= 2; /* below twice the limit, which is far from SIZE_MAX */
    }
    return size - 1 > buf->max ? buf->max + 1 : size;
}

bool buf_grow(struct buf *buf, size_t len)
{
    size_t size;
    char *bytes;

    if (buf->failed) {
        return false;
    }
    if (len > buf->max || buf->len > buf->max - len) {
        buf->failed = true;
        buf->too_big = true;
        return false;
    }
    size = next_size(buf, buf->len + len);
    bytes = realloc(buf->bytes, size);
    if (bytes == NULL) {
        buf->failed = true;
        return false;
    }
    bytes[buf->len] = '\0';
    buf->bytes = bytes;
    buf->size = size;
    return true;
}

/* Write behind the text, as far as there is room; returns how many bytes it takes, or -1. */
__attribute__((format(printf, 2, 0))) static int
print(const struct buf *buf, const char *fmt, va_list args)
{
    const size_t room = buf->size - buf->len;

    return vsnprintf(room > 0 ? buf->bytes + buf->len : NULL, room, fmt, args);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_list again;
    int len;

    if (buf->failed) {
        return;
    }
    va_start(args, fmt);
    va_copy(again, args);
    len = print(buf, fmt, args);
    if (len < 0) {
        buf->failed = true;
    } else if ((size_t)len < buf->size - buf->len) {
        buf->len += (size_t)len;
    } else {
        if (buf->bytes != NULL) {
            buf->bytes[buf->len] = '\0'; /* what fitted was a part */
        }
        if (buf_grow(buf, (size_t)len)) {
            buf->len += (size_t)print(buf, fmt, again);
        }
    }
    va_end(again);
    va_end(args);
}

void buf_cut(struct buf *buf, size_t len)
{
    if (len < buf->len) {
        buf->len = len;
        buf->bytes[len] = '\0';
    }
}

int buf_check(const struct buf *buf, const char *what, struct err *err)
{
    if (!buf->failed) {
        return 0;
    }
    if (!buf->too_big) {
        return err_no_memory(err);
    }
    return err_set(err, ERR_TOO_BIG, "%s is larger than %zu bytes", what, buf->max);
}

char *buf_take(struct buf *buf)
{
    char *bytes;

    if (buf->size == 0) {
        buf_add(buf, "", 0);
    }
    if (buf->failed) {
        return NULL;
    }
    bytes = buf->bytes;
    *buf = BUF_INIT(buf->max);
    return bytes;
}
