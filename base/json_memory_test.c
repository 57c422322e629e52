/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a JSON text is foreseen to take, and what jansson takes for it
 */

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "tests/test.h"

static const struct json_limits no_limits = {.memory = SIZE_MAX, .string = SIZE_MAX};

#define TEXT_MAX    ((size_t)8 * 1024 * 1024)
#define N_DOCUMENTS 500
#define N_BROKEN    20 /* of each */

/* For small texts: a spare of 512 bytes, and a page for each of three large pieces. In larger ones
 * only escapes in keys make a difference: they are foreseen as they stand in the text. */
#define SLACK_BYTES ((size_t)16 * 1024)

/* What jansson holds, with malloc()'s own word for each piece. */
static struct {
    size_t held;
    size_t most;
} heap;

static void *count_malloc(size_t size)
{
    void *piece = malloc(size);

    assert_non_null(piece);
    heap.held += malloc_usable_size(piece) + sizeof(size_t);
    heap.most = heap.held > heap.most ? heap.held : heap.most;
    return piece;
}

static void count_free(void *piece)
{
    if (piece != NULL) {
        heap.held -= malloc_usable_size(piece) + sizeof(size_t);
    }
    free(piece);
}

/* Parse the text and return the most that jansson held meanwhile. */
static size_t measure(const char *text, size_t len, bool *is_json)
{
    struct err err = {0};
    json_t *value;

    heap.held = 0;
    heap.most = 0;
    json_set_alloc_funcs(count_malloc, count_free);
    value = json_parse(text, len, &err);
    *is_json = value != NULL;
    json_decref(value);
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(heap.held, 0);
    return heap.most;
}

/* Hold the bound of one text against what is taken. Returns whether it is JSON. */
static bool compare(const char *text, size_t len)
{
    struct json_scan scan;
    struct err err = {0};
    bool is_json = false;
    size_t taken;

    if (json_scan(text, len, &no_limits, &scan, &err) < 0) {
        return false; /* too deep, or a NUL: nothing is parsed */
    }
    taken = measure(text, len, &is_json);
    if (scan.memory < taken) {
        fail_msg("%zu bytes were held, %zu foreseen: %.200s", taken, scan.memory, text);
    }
    if (is_json) {
        assert_in_range(scan.memory, taken, 2 * taken + SLACK_BYTES);
    }
    return is_json;
}

/* The same for a text that is JSON. */
static void compare_and_clear(struct buf *text)
{
    assert_false(buf_failed(text));
    assert_true(compare(buf_text(text), text->len));
    buf_cut(text, 0);
}

/* Numbers around those at which tables grow, and some larger ones. */
static const size_t counts[] = {0,  1,  2,  6,  7,  8,   9,   10,  15,  16,   17,   18,   31,   32,
                                33, 63, 64, 65, 66, 127, 128, 129, 255, 1000, 1024, 1025, 10000};
#define N_COUNTS (sizeof(counts) / sizeof(counts[0]))

static const char *const values[] = {
    "{}",
    "[]",
    "{\"a\":1}",
    "[1]",
    "\"\"",
    "\"x\"",
    "\"\\u00e4\\n\\ud834\\udd1e\"",
    "\"12345678901234567890123456789012345678901234567890\"",
    "0",
    "-12",
    "1.5e3",
    "true",
    "null",
    "{\"a\":{\"b\":[[],{}]}}",
    " [ ] ",
    "1e-9",
};
#define N_VALUES (sizeof(values) / sizeof(values[0]))

static void lists_take_what_was_foreseen(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    for (size_t v = 0; v < N_VALUES; v++) {
        for (size_t c = 0; c < N_COUNTS; c++) {
            buf_add_char(&text, '[');
            for (size_t i = 0; i < counts[c]; i++) {
                buf_printf(&text, "%s%s", i > 0 ? "," : "", values[v]);
            }
            buf_add_char(&text, ']');
            compare_and_clear(&text);
        }
    }
}

static void objects_take_what_was_foreseen(void **state)
{
    static const int widths[] = {1, 6, 7, 8, 9, 14, 15, 16, 100};
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    for (size_t v = 0; v < N_VALUES; v++) {
        for (size_t c = 0; c < N_COUNTS; c++) {
            int width = widths[(v + c) % (sizeof(widths) / sizeof(widths[0]))];
            buf_add_char(&text, '{');
            for (size_t i = 0; i < counts[c]; i++) {
                buf_printf(&text, "%s\"%0*zx\":%s", i > 0 ? "," : "", width, i, values[v]);
            }
            buf_add_char(&text, '}');
            compare_and_clear(&text);
        }
    }
}

/* A text of @len times @part between quotes, in a list or as a key. */
static void write_string(struct buf *out, const char *part, size_t len, bool is_key)
{
    buf_add_text(out, is_key ? "{\"" : "[\"");
    for (size_t i = 0; i < len; i++) {
        buf_add_text(out, part);
    }
    buf_add_text(out, is_key ? "\":{}}" : "\"]");
}

static void strings_and_keys_take_what_was_foreseen(void **state)
{
    static const char *const parts[] = {"x", "\\n", "\\u003c", "\xc3\xa4"};
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
        for (size_t len = 0; len < 200; len++) {
            write_string(&text, parts[p], len, false);
            compare_and_clear(&text);
            write_string(&text, parts[p], len, true);
            compare_and_clear(&text);
        }
        for (size_t size = 256; size <= (size_t)512 * 1024; size *= 2) {
            for (size_t len = size - 4; len <= size + 4; len++) {
                write_string(&text, parts[p], len / strlen(parts[p]), len % 2 == 0);
                compare_and_clear(&text);
            }
        }
    }
}

static void numbers_take_what_was_foreseen(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    for (size_t len = 1; len <= JSON_WORD_MAX - 2; len++) {
        buf_add_text(&text, "[0.");
        for (size_t i = 0; i < len; i++) {
            buf_add_char(&text, '1');
        }
        buf_add_char(&text, ']');
        compare_and_clear(&text);
    }
}

static void levels_take_what_was_foreseen(void **state)
{
    static const struct {
        const char *open;
        const char *close;
    } rows[] = {
        {"[", "]"},
        {"{\"a\":", "}"},
        {"{\"a key that is held as long as its value is not there yet\":", "}"},
        {"[0,\"x\",", ",{\"a\":1}]"},
    };
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        for (size_t depth = 1; depth <= JSON_DEPTH_MAX - 1; depth++) {
            for (size_t i = 0; i < depth; i++) {
                buf_add_text(&text, rows[r].open);
            }
            buf_add_text(&text, "\"x\"");
            for (size_t i = 0; i < depth; i++) {
                buf_add_text(&text, rows[r].close);
            }
            compare_and_clear(&text);
        }
    }
}

/* A number below @bound; the same ones in every run. */
static size_t draw(uint64_t *seed, size_t bound)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U; /* Knuth's MMIX */
    return (size_t)(*seed >> 33) % bound;
}

/* NOLINTNEXTLINE(misc-no-recursion): ends at @depth */
static void write_random(struct buf *out, uint64_t *seed, size_t depth)
{
    size_t n = draw(seed, 4) == 0 ? draw(seed, 40) : draw(seed, 4);
    size_t choice = draw(seed, depth > 0 ? 4 : 2);

    if (choice < 2) {
        buf_add_text(out, values[draw(seed, N_VALUES)]);
        return;
    }
    buf_add_char(out, choice == 2 ? '[' : '{');
    for (size_t i = 0; i < n; i++) {
        buf_add_text(out, i > 0 ? ", " : "");
        if (choice == 3) {
            buf_printf(out, "\"%0*zx\" :\n", (int)draw(seed, 30), i);
        }
        write_random(out, seed, depth - 1);
    }
    buf_add_char(out, choice == 2 ? ']' : '}');
}

static void random_documents_take_what_was_foreseen(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
    uint64_t seed = 2023;

    (void)state;
    for (size_t i = 0; i < N_DOCUMENTS; i++) {
        write_random(&text, &seed, 5);
        compare_and_clear(&text);
    }
}

/* Documents that break off, or have some of their bytes exchanged. */
static void what_is_no_json_takes_no_more_than_was_foreseen(void **state)
{
    static const char bytes[] = "{}[]:,\"\\ 1-.ex\x80\xc3\n";
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
    uint64_t seed = 7;

    (void)state;
    for (size_t i = 0; i < N_DOCUMENTS; i++) {
        write_random(&text, &seed, 4);
        for (size_t k = 0; k < N_BROKEN; k++) {
            CLEANUP(free) char *broken = strndup(buf_text(&text), draw(&seed, text.len + 1));
            size_t len = strlen(broken);
            for (size_t n = draw(&seed, 4); n > 0 && len > 0; n--) {
                broken[draw(&seed, len)] = bytes[draw(&seed, sizeof(bytes) - 1)];
            }
            (void)compare(broken, len);
        }
        buf_cut(&text, 0);
    }
}

static void a_workflow_takes_little_less_than_was_foreseen(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
    struct json_scan scan;
    struct err err = {0};
    bool is_json = false;

    (void)state;
    buf_add_text(&text,
                 "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\",\"metadata\":{"
                 "\"generateName\":\"etl-\"},\"spec\":{\"entrypoint\":\"main\",\"templates\":[");
    for (size_t i = 0; i < 300; i++) {
        buf_printf(
            &text,
            "%s{\"name\":\"step-%zu\",\"inputs\":{\"parameters\":[{\"name\":\"day\"}]},"
            "\"container\":{\"image\":\"registry.example.com/etl:1.2.3\",\"command\":[\"sh\","
            "\"-c\"],\"args\":[\"run --day {{inputs.parameters.day}} \\u003e /tmp/log\"],"
            "\"resources\":{\"requests\":{\"cpu\":2,\"memory\":\"4Gi\"}}},"
            "\"retryStrategy\":{\"limit\":3}}",
            i > 0 ? "," : "", i);
    }
    buf_add_text(&text, "]}}");
    assert_int_equal(json_scan(buf_text(&text), text.len, &no_limits, &scan, &err), 0);
    print_message("# %zu bytes of text, %zu of memory\n", text.len, scan.memory);
    assert_in_range(scan.memory / text.len, 8, 16);
    assert_in_range(scan.memory, 1, measure(buf_text(&text), text.len, &is_json) * 4 / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_take_what_was_foreseen),
        cmocka_unit_test(objects_take_what_was_foreseen),
        cmocka_unit_test(strings_and_keys_take_what_was_foreseen),
        cmocka_unit_test(numbers_take_what_was_foreseen),
        cmocka_unit_test(levels_take_what_was_foreseen),
        cmocka_unit_test(random_documents_take_what_was_foreseen),
        cmocka_unit_test(what_is_no_json_takes_no_more_than_was_foreseen),
        cmocka_unit_test(a_workflow_takes_little_less_than_was_foreseen),
    };

    return cmocka_run_group_tests_name("json_memory", tests, NULL, NULL);
}
