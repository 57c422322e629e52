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
 *
 * Nor may a flood of equal lines fill a disk or drown the others. Lines are of one kind when level
 * and message are the same; their fields may differ. From the first of a kind on, at most
 * LOG_BURST_MAX are written in a second and the others counted. When the second is over, one line
 * of that level and message with the only field "suppressed" says how many: the next log_line() of
 * any kind writes it, or log_flush(). Programs pass constants as messages, so kinds are few; the
 * second of a kind ends early when LOG_KINDS_MAX younger ones have come.
 */

#include <stdbool.h>

#define LOG_TEXT_MAX 256

/* Enough to see what goes on; at 4 KiB a line, less than a megabyte a second of each kind. */
#define LOG_BURST_MAX       200
#define LOG_BURST_WINDOW_MS 1000
#define LOG_KINDS_MAX       32

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

/* How long a kind's lines are counted together, also for those counted now. For tests: the default
 * is LOG_BURST_WINDOW_MS. With 0 no line is suppressed. */
void log_set_window(unsigned int window_ms);

/* Write "ts", "level", "msg" and @fields, which may be NULL. errno is kept. Thread-safe. Fields
 * that do not fit into a line of 4 KiB are left out, and "cut" says so. */
void log_line(enum log_level level, const char *message, const struct log_field *fields)
    __attribute__((nonnull(2)));

/* Write @text, lines for a person, as it is. One longer than 4 KiB, or that is not taken in time,
 * is dropped. errno is kept. Thread-safe. */
void log_text(const char *text) __attribute__((nonnull));

/* Say what was suppressed where the second is over. A program that may fall silent after a flood
 * calls this about once a second. errno is kept. Thread-safe. */
void log_flush(void);

/* Say all that was suppressed, whether the second is over or not: the last call before the end. */
void log_flush_all(void);
