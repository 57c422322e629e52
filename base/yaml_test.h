/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of the YAML reader share: a text goes in, its documents come out as JSON. */

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_out.h"
#include "base/yaml.h"
#include "tests/test.h"

#define OUT_MAX ((size_t)64 * 1024)

/* Append all documents of @text as JSON, with " | " between them, or, where reading fails,
 * "refused: " and the message. */
static inline void
read_all(enum yaml_reading reading, const char *text, size_t len, struct buf *out)
{
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", text, len, reading, &err);

    assert_non_null(reader);
    for (;;) {
        json_auto_t *document = NULL;
        if (yaml_reader_next(reader, &document, &err) < 0) {
            buf_printf(out, "%srefused: %s", out->len > 0 ? " | " : "", err.msg);
            assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
            assert_null(document); /* at its end */
            return;
        }
        if (document == NULL) {
            assert_int_equal(err.code, ERR_NONE);
            return;
        }
        buf_add_text(out, out->len > 0 ? " | " : "");
        json_out_value(&(struct json_out){.buf = out}, document);
    }
}

static inline void
check_bytes(enum yaml_reading reading, const char *text, size_t len, const char *expected)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(OUT_MAX);

    read_all(reading, text, len, &out);
    if (strcmp(buf_text(&out), expected) != 0) {
        fail_msg("%s, read with %s\n  gives    %s\n  expected %s", text,
                 reading == YAML_STRICT ? "YAML_STRICT" : "YAML_KUBECTL", buf_text(&out), expected);
    }
}

static inline void check(enum yaml_reading reading, const char *text, const char *expected)
{
    check_bytes(reading, text, strlen(text), expected);
}
