/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Logging
 *
 * One event is one line on standard error: a JSON object, or plain text where standard error is a
 * terminal. Only programs log; modules return errors. Texts are escaped and cut to
 * LOG_TEXT_MAX bytes, so that nothing from outside can forge or flood a line. Objects, patches,
 * keys and tokens are never logged.
 *
 * A reader of standard error that stopped reading must not stop the server: a line that is not
 * taken in time is dropped, and the next one that is taken says in "dropped" how many were.
 */

#include <stdbool.h>

#define LOG_TEXT_MAX 256

enum log_level {
    LOG_ERROR, /* a person must act */
    LOG_WARN,  /* tolerated; the text says what happens instead */
    LOG_INFO,  /* state changed */
    LOG_DEBUG, /* off by default */
};

/* A field of a line: text, or a number when @text is NULL. The last field has no name. */
struct log_field {
    const char *name;
    const char *text;
    long long number;
};

/* What is written from now on, and how. The default is LOG_INFO, JSON unless on a terminal. */
void log_set(enum log_level most, bool json);

/* Write "ts", "level", "msg" and @fields, which may be NULL. errno is kept. Thread-safe. Fields
 * that do not fit into a line of 4 KiB are left out, and "cut" says so. */
void log_line(enum log_level level, const char *message, const struct log_field *fields)
    __attribute__((nonnull(2)));
