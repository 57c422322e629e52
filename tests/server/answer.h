/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP answers
 *
 * Reads one answer off the front of the bytes that a server sent, as strictly as the server is
 * asked to write: RFC 9112 without what a reader may tolerate, and without chunks, which hawser
 * never sends. What follows the answer is the next one's.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define ANSWER_HEAD_BYTES_MAX ((size_t)32 * 1024)
#define ANSWER_BODY_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* Release with answer_clear(). */
struct answer {
    unsigned int status;
    char *head; /* the header lines, terminated, each ending in CR LF */
    char *body; /* terminated, "" for none; may hold NUL */
    size_t body_len;
};

enum answer_found {
    ANSWER_WHOLE,
    ANSWER_PART, /* of an answer that is right so far */
};

/*
 * Read the answer at the front of @received. @closed says that no more will come:
 * then a body without Content-Length is whole.
 *
 * On ANSWER_WHOLE, @out is filled and @used_out is the number of bytes that the answer took; else
 * both are untouched. Errors: ERR_INVALID for what is no such answer; ERR_TOO_BIG.
 */
int answer_parse(const struct buf *received,
                 bool closed,
                 enum answer_found *found_out,
                 struct answer *out,
                 size_t *used_out,
                 struct err *err) __attribute__((nonnull, warn_unused_result));

void answer_clear(struct answer *answer) __attribute__((nonnull));

/* Copy the value of the first header @name, in any case, to @out, cut to its size. False when there
 * is none. */
#define ANSWER_VALUE_SIZE 256
bool answer_header(const struct answer *answer,
                   const char *name,
                   char out[static ANSWER_VALUE_SIZE]) __attribute__((nonnull));

/* Whether the header @name is there with the value @value, both in any case. */
bool answer_has(const struct answer *answer, const char *name, const char *value)
    __attribute__((nonnull));

static inline void answer_clear_p(struct answer *answer)
{
    answer_clear(answer);
}
