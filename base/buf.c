/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 256

void buf_clear(struct buf *buf)
{
    free(buf->bytes);
    *buf = BUF_INIT(buf->max);
}

/* Make room for @len bytes and the final NUL. */
static bool reserve(struct buf *buf, size_t len)
{
    size_t size = buf->size > 0 ? buf->size : FIRST_BYTES;
    char *bytes;

    if (buf->failed) {
        return false;
    }
    if (len > buf->max || buf->len > buf->max - len) {
        buf->failed = true;
        buf->too_big = true;
        return false;
    }
    while (size - 1 < buf->len + len) {
        size *= 2; /* below twice the limit, which is far from SIZE_MAX */
    }
    if (size == buf->size) {
        assert(buf->bytes != NULL); /* as soon as there is a size */
        return true;
    }
    bytes = realloc(buf->bytes, size);
    if (bytes == NULL) {
        buf->failed = true;
        return false;
    }
    buf->bytes = bytes;
    buf->size = size;
    return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (reserve(buf, len)) {
        memcpy(buf->bytes + buf->len, bytes, len);
        buf->len += len;
        buf->bytes[buf->len] = '\0';
    }
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        buf->failed = true;
        return;
    }
    if (reserve(buf, (size_t)len)) {
        va_start(args, fmt);
        (void)vsnprintf(buf->bytes + buf->len, (size_t)len + 1, fmt, args); /* reserved above */
        va_end(args);
        buf->len += (size_t)len;
    }
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

    if (buf->bytes == NULL) {
        buf_add(buf, "", 0);
    }
    if (buf->failed) {
        return NULL;
    }
    bytes = buf->bytes;
    *buf = BUF_INIT(buf->max);
    return bytes;
}
