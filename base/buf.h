/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Growing byte buffers
 *
 * A buffer has a limit and fails for good: after it passed the limit, or found no memory, it takes
 * nothing more and buf_failed() says so. A writer therefore appends without looking and checks
 * once at the end. The bytes are always terminated by a NUL that does not count.
 *
 * Texts are built of thousands of small pieces, so adding one that fits is inline.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"

struct buf {
    char *bytes; /* NULL while nothing was added */
    size_t len;
    size_t size; /* at most max and the NUL */
    size_t max;
    bool failed;
    bool too_big; /* failed at the limit, and not for want of memory */
};

/* An empty buffer of at most @max_bytes; release with buf_clear(). */
#define BUF_INIT(max_bytes) ((struct buf){.max = (max_bytes)})

void buf_clear(struct buf *buf) __attribute__((nonnull));

/* The body of buf_reserve(): grow. */
bool buf_grow(struct buf *buf, size_t len) __attribute__((nonnull, warn_unused_result));

/*
 * Make room for @len more bytes and the NUL. The buffer fails, and this returns false, where they
 * would not fit.
 *
 * It saves copies where it is known how much will come, and lets a writer put bytes in place:
 * behind a true, up to @len of them may be written at bytes + len, and then buf_advance() counts
 * them.
 */
static inline bool buf_reserve(struct buf *buf, size_t len)
{
    return (len < buf->size - buf->len && !buf->failed) || buf_grow(buf, len);
}

/* Count @len bytes that were put in place, at most as many as were reserved. */
static inline void buf_advance(struct buf *buf, size_t len)
{
    buf->len += len;
    buf->bytes[buf->len] = '\0';
}

static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (buf_reserve(buf, len)) {
        memcpy(buf->bytes + buf->len, bytes, len);
        buf_advance(buf, len);
    }
}

static inline void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

static inline void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(1, 2)));

/* Forget the bytes after the first @len; a failure stays. */
void buf_cut(struct buf *buf, size_t len) __attribute__((nonnull));

static inline bool buf_failed(const struct buf *buf)
{
    return buf->failed;
}

/* The terminated text so far, never NULL. */
static inline const char *buf_text(const struct buf *buf)
{
    return buf->bytes != NULL ? buf->bytes : "";
}

/* 0, or -1 with ERR_TOO_BIG naming @what and the limit, or ERR_INTERNAL without memory. */
int buf_check(const struct buf *buf, const char *what, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Hand the terminated bytes to the caller, who frees them, and start empty. NULL after a failure.
 */
char *buf_take(struct buf *buf) __attribute__((nonnull, warn_unused_result));

static inline void buf_clear_p(struct buf *buf)
{
    buf_clear(buf);
}
