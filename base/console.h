/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Standard output and standard error
 *
 * Results go to standard output, whole and checked: a full disk or a closed pipe is an error, never
 * a shortened result with exit code 0. What is said about them goes to standard error, where
 * control characters from manifests are shown as '?', so that no file can steer a terminal.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The first call of a program, called @program in its messages, which is a constant.
 *
 * Give descriptors 0 to 2 a meaning where the caller closed them, so that no file that is opened
 * later takes their place; reading and writing them then fails. Ignore SIGPIPE: writes report it.
 */
void console_init(const char *program) __attribute__((nonnull));

/* Write all of @text to standard output. Errors: ERR_IO; or those of @text itself. */
int console_write(const struct buf *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Close standard output: a network file system may report only now that it is full. ERR_IO. */
int console_close(struct err *err) __attribute__((nonnull, warn_unused_result));

/* "PROGRAM: MESSAGE" on standard error, with the excerpt below it where there is one. */
void console_error(const struct err *err) __attribute__((nonnull));

/* The same for a sentence that is no error of ours. */
void console_say(const char *fmt, ...) __attribute__((format(printf, 1, 2), nonnull));

/* "Warning: TEXT" as kubectl prints an admission warning, "Warning: OBJECT: TEXT" with @object. */
void console_warn(const char *object, const char *text) __attribute__((nonnull(2)));

/* Replace by '?' what a terminal would obey in the @len bytes at @bytes; unless @lines, newlines
 * too. */
void console_clean(char *bytes, size_t len, bool lines) __attribute__((nonnull));

/* Append @text, cleaned, to what is going to a terminal; newlines too. */
void console_add_clean(struct buf *out, const char *text) __attribute__((nonnull));

/* Whether standard output is a terminal on which colour is welcome (https://no-color.org). */
bool console_wants_color(void);
