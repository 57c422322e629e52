/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Bytes of the offending line that an excerpt shows, before and after the caret. */
#define EXCERPT_BEFORE 60
#define EXCERPT_AFTER  40

/*
 * Append to @out, of @size bytes, as many characters of the @len bytes at @text as fit, with '.'
 * for control characters and for what is not UTF-8. Returns the bytes written, without the NUL.
 */
static size_t show(char *out, size_t size, const char *text, size_t len)
{
    size_t used = 0;
    size_t at = 0;

    while (at < len) {
        uint32_t code = 0;
        size_t n = utf8_decode(text + at, len - at, &code);
        bool plain = n > 0 && !utf8_is_control(code);
        size_t shown = plain ? n : 1;
        if (used + shown >= size) {
            break;
        }
        if (plain) {
            memcpy(out + used, text + at, n);
        } else {
            out[used] = '.';
        }
        used += shown;
        at += n > 0 ? n : 1;
    }
    out[used] = '\0';
    return used;
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    char text[ERR_MSG_SIZE + 4]; /* so that a character at the cut is whole here, or not taken */
    va_list args;

    assert(code != ERR_NONE);
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* cut to size on purpose */
    va_end(args);
    err->code = code;
    err->excerpt[0] = '\0';
    (void)show(err->msg, sizeof(err->msg), text, strlen(text));
    return -1;
}

int err_set_errno(struct err *err, const char *fmt, ...)
{
    const enum err_code code = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    char reason[128];
    char what[ERR_MSG_SIZE];
    va_list args;

    /* glibc's and musl's "%m" is strerror(), safe with threads; ISO C does not know it. */
    (void)__extension__ snprintf(reason, sizeof(reason), "%m");
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    err_set(err, code, "%s", reason);
    return err_wrap(err, "%s", what);
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    char context[ERR_MSG_SIZE / 2];
    char message[ERR_MSG_SIZE];
    size_t used;
    va_list args;

    assert(err->code != ERR_NONE);
    va_start(args, fmt);
    (void)vsnprintf(context, sizeof(context), fmt, args); /* leaves half of the room */
    va_end(args);
    memcpy(message, err->msg, sizeof(message));
    used = show(err->msg, sizeof(err->msg), context, strlen(context));
    used += show(err->msg + used, sizeof(err->msg) - used, ": ", 2);
    (void)show(err->msg + used, sizeof(err->msg) - used, message, strlen(message));
    return -1;
}

int err_no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "out of memory");
}

/* Where the line that holds @offset starts, and where it ends. */
static size_t line_start(const char *text, size_t offset)
{
    size_t start = offset;

    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    return start;
}

static size_t line_end(const char *text, size_t len, size_t offset)
{
    size_t end = offset;

    while (end < len && text[end] != '\n' && text[end] != '\r') {
        end++;
    }
    return end;
}

/* A byte that continues a UTF-8 sequence takes no column of its own. */
static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void err_point_at(struct err *err, const char *text, size_t len, size_t offset)
{
    size_t at = offset < len ? offset : len;
    size_t start = line_start(text, at);
    size_t end = line_end(text, len, at);
    size_t before;
    size_t used;

    if (at - start > EXCERPT_BEFORE) {
        start = at - EXCERPT_BEFORE;
        while (start < at && is_continuation(text[start])) {
            start++;
        }
    }
    if (end > at + EXCERPT_AFTER) {
        end = at + EXCERPT_AFTER;
        while (end > at && is_continuation(text[end])) {
            end--;
        }
    }
    before = show(err->excerpt, sizeof(err->excerpt), text + start, at - start);
    used = before + show(err->excerpt + before, sizeof(err->excerpt) - before, text + at, end - at);
    err->excerpt[used++] = '\n';
    for (size_t i = 0; i < before; i++) {
        if (!is_continuation(err->excerpt[i])) {
            err->excerpt[used++] = ' ';
        }
    }
    err->excerpt[used++] = '^';
    err->excerpt[used] = '\0';
    assert(used < sizeof(err->excerpt));
}
