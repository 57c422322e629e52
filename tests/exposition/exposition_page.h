/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A page of metrics that a test expects to be right
 *
 * The parser's functions for tests that have nothing to do about its errors: any fails the test.
 */

#include "tests/exposition/exposition_parser.h"
#include "tests/test.h"

/* Read the page of @len bytes at @text. All of @out lives in @arena. */
static inline void
exposition_page_read(const char *text, size_t len, struct arena *arena, struct exposition_page *out)
{
    struct err err = {0};

    if (exposition_parser_read(text, len, arena, out, &err) < 0) {
        fail_msg("%s", err.msg);
    }
}

/* The value of @series, which the page must have. */
static inline double exposition_page_value(const struct exposition_page *page, const char *series)
{
    double value = -1;

    if (!exposition_parser_find(page, series, &value)) {
        fail_msg("there is no series %s", series);
    }
    return value;
}
