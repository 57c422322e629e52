/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Errors
 *
 * The one way a function reports failure. An error is a plain value: it owns no memory, is never
 * freed, and survives running out of memory. It is filled exactly when the function fails.
 *
 * Messages hold foreign text. They are always valid UTF-8 and one line: what is not, and control
 * characters, show as '.', and a message that is too long is cut between characters.
 */

#include <stddef.h>

enum err_code {
    ERR_NONE = 0,
    ERR_INVALID,   /* the input is wrong; retrying cannot help */
    ERR_TOO_BIG,   /* a documented limit was passed */
    ERR_NOT_FOUND, /* something that had to exist does not */
    ERR_CONFLICT,  /* somebody else changed it first; re-read and retry */
    ERR_IO,        /* file, network or cluster trouble; retrying may help */
    ERR_INTERNAL,  /* a bug, a library failure, or no memory */
};

#define ERR_MSG_SIZE     1024
#define ERR_EXCERPT_SIZE 256

struct err {
    enum err_code code;
    char msg[ERR_MSG_SIZE];         /* one line, no trailing newline, never empty on failure */
    char excerpt[ERR_EXCERPT_SIZE]; /* "offending line\n   ^" where the input is a text, or empty */
};

/* Fill @err and return -1, so that a caller can write `return err_set(...)`. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull(1, 3)));

/* Fill @err with "@fmt: what errno says", ERR_NOT_FOUND for ENOENT, else ERR_IO. Returns -1. */
int err_set_errno(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(1, 2)));

/* Put "context: " in front of the message already in @err, keep the rest, and return -1. */
int err_wrap(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(1, 2)));

/* What an allocation that failed raises: ERR_INTERNAL, "out of memory". Returns -1. */
int err_no_memory(struct err *err) __attribute__((nonnull));

/*
 * Show where in @text (of @len bytes) the error lies: the line that starts at or before byte
 * @offset, cut to what fits around it, and a caret under the offset. Control bytes show as '.'.
 */
void err_point_at(struct err *err, const char *text, size_t len, size_t offset)
    __attribute__((nonnull));
