/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the tests of the log share: standard error as a file, and lines as JSON
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/test.h"

/* Standard error as a file: what was there before, to be put back. */
struct capture {
    FILE *file;
    int saved;
};

static inline struct capture begin_capture(void)
{
    struct capture capture = {.file = tmpfile(), .saved = dup(STDERR_FILENO)};

    assert_non_null(capture.file);
    assert_true(dup2(fileno(capture.file), STDERR_FILENO) >= 0);
    return capture;
}

/* Put standard error back and return what was written, to be freed. */
static inline char *end_capture(struct capture *capture)
{
    CLEANUP(free) char *text = NULL;
    off_t size = lseek(fileno(capture->file), 0, SEEK_END);

    assert_true(dup2(capture->saved, STDERR_FILENO) >= 0);
    (void)close(capture->saved);
    assert_true(size >= 0);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(pread(fileno(capture->file), text, (size_t)size, 0), size);
    (void)fclose(capture->file);
    return TAKE(text);
}

static inline char *log_and_capture(const char *message, const struct log_field *fields)
{
    struct capture capture = begin_capture();

    log_line(LOG_WARN, message, fields);
    return end_capture(&capture);
}

/* The object that the one line in @text is. */
static inline json_t *parse_line(const char *text)
{
    struct err err = {0};
    json_t *line;

    assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
    line = json_parse(text, strlen(text), &err);
    if (line == NULL) {
        fail_msg("%s in %s", err.msg, text);
    }
    return line;
}

static inline const char *get_text(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}
