/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What base/json_reader.h refuses: what is no JSON, and what is beyond its limits.
 */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_reader_test.h"

static void closing_checks_the_rest(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"[1,[2,3],x]", "line 1, column 10: expected a value"},
        {"[1,[2,3],4", "line 1, column 11: expected ',' or ']'"},
        {"[1,[2,3]] ]", "line 1, column 11: expected the end"},
        {"[1]\n\n [2]", "line 3, column 2: expected the end"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(text_clear) struct text text;
        struct err err = {0};
        print_message("# %s\n", rows[i].expected);
        text_of(&text, rows[i].text);
        (void)item(&text.top, 0);
        assert_int_equal(json_reader_close(&text.top, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].expected);
    }
}

/* What is no JSON, and what is said of it. */
static const struct {
    const char *text;
    const char *expected;
} refused[] = {
    {"", "line 1, column 1: expected a value"},
    {" \n ", "line 2, column 2: expected a value"},
    {"\xef\xbb\xbf[]", "line 1, column 1: expected a value"},
    {"]", "line 1, column 1: expected a value"},
    {"[", "line 1, column 2: expected a value"},
    {"[1", "line 1, column 3: expected ',' or ']'"},
    {"[1,", "line 1, column 4: expected a value"},
    {"[1,]", "line 1, column 4: expected a value"},
    {"[,1]", "line 1, column 2: expected a value"},
    {"[1,,2]", "line 1, column 4: expected a value"},
    {"[1 2]", "line 1, column 4: expected ',' or ']'"},
    {"[1}", "line 1, column 3: expected ',' or ']'"},
    {"[1:2]", "line 1, column 3: expected ',' or ']'"},
    {"[01]", "line 1, column 3: expected ',' or ']'"},
    {"[1.]", "line 1, column 4: expected a digit"},
    {"[tru]", "line 1, column 2: expected a value"},
    {"[truey]", "line 1, column 6: expected ',' or ']'"},
    {"[// no\n1]", "line 1, column 2: expected a value"},
    {"[\f1]", "line 1, column 2: expected a value"},
    {"{", "line 1, column 2: expected a key, a string"},
    {"{1:2}", "line 1, column 2: expected a key, a string"},
    {"{a:1}", "line 1, column 2: expected a key, a string"},
    {"{,}", "line 1, column 2: expected a key, a string"},
    {"{\"a\"}", "line 1, column 5: expected ':'"},
    {"{\"a\" 1}", "line 1, column 6: expected ':'"},
    {"{\"a\":}", "line 1, column 6: expected a value"},
    {"{\"a\":1,}", "line 1, column 8: expected a key, a string"},
    {"{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}'"},
    {"{\"a\":1]", "line 1, column 7: expected ',' or '}'"},
    {"{\"a\":1,\n\n\"b\":[1,\n  {\"c\": x}]}", "line 4, column 9: expected a value"},
    {"[\"a\n\"]", "line 1, column 4: expected an escape: a string holds no control characters"},
    {"{\"a\n\":1}", "line 1, column 4: expected an escape: a string holds no control characters"},
    {"[\"\\x\"]", "line 1, column 3: expected an escape that JSON has"},
    {"[\"\\u12\"]", "line 1, column 3: expected four hexadecimal digits behind \\u"},
    {"[\"\\ud800\"]", "line 1, column 3: expected both halves of a surrogate pair"},
    {"{\"\\ud800\":1}", "line 1, column 3: expected both halves of a surrogate pair"},
    {"[\"\xc3\xa9\",\"\xff\"]", "line 1, column 8: expected UTF-8"},
    {"{\"\xed\xa0\x80\":1}", "line 1, column 3: expected UTF-8"},
    {"{\"a\":1,\"a\\u0000b\":2}", "line 1, column 8: expected a key without NUL characters"},
    {"[{\"\\u0000\":[]}]", "line 1, column 3: expected a key without NUL characters"},
    {"[\"a]", "line 1, column 5: expected the end of a string"},
    {"\"a\" \"b\"", "line 1, column 5: expected the end"},
    {"1 1", "line 1, column 3: expected the end"},
    {"01", "line 1, column 2: expected the end"},
    {"nullx", "line 1, column 5: expected the end"},
    {"{}\n}", "line 2, column 1: expected the end"},
};

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        for (enum way way = WALK; way < N_WAYS; way++) {
            const char *text = refused[i].text;
            struct err err = {0};
            print_message("# row %zu: %s\n", i, refused[i].expected);
            assert_int_equal(read_text(text, strlen(text), ARENA_BYTES, way, &err), -1);
            assert_int_equal(err.code, ERR_INVALID);
            assert_string_equal(err.msg, refused[i].expected);
        }
    }
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    static const char text[] = "[ 1 , { \"ab\" : \"cd\" } , true ] ";
    const size_t len = sizeof(text) - 1;

    (void)state;
    for (size_t at = 0; at < len; at++) {
        for (enum way way = WALK; way < N_WAYS; way++) {
            char changed[sizeof(text)];
            struct err err = {0};
            memcpy(changed, text, sizeof(text));
            changed[at] = '\0';
            assert_int_equal(read_text(changed, len, ARENA_BYTES, way, &err), -1);
            assert_int_equal(err.code, ERR_INVALID);
        }
    }
}

static void an_excerpt_points_at_what_was_not_expected(void **state)
{
    static const char text[] = "{\"a\": 1,\n \"b\": [1,2,,3]}";
    struct err err = {0};

    (void)state;
    assert_int_equal(read_text(text, strlen(text), ARENA_BYTES, PASS_OVER, &err), -1);
    assert_string_equal(err.msg, "line 2, column 12: expected a value");
    assert_string_equal(err.excerpt, " \"b\": [1,2,,3]}\n           ^");
}

static void an_error_of_the_caller_has_a_place_too(void **state)
{
    CLEANUP(text_clear) struct text text;
    struct err err = {0};

    (void)state;
    text_of(&text, "[1,\n  2]");
    assert_int_equal(json_reader_error(&text.reader, text.bytes + 6, "a string", &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg, "line 2, column 3: expected a string");
    assert_string_equal(err.excerpt, "  2]\n  ^");
}

static void a_text_that_is_cut_anywhere_is_refused(void **state)
{
    static const char text[] =
        " {\"a\": [1.5e3, true, {\"\\u0062\": null}],\n\"c\xc3\xa9\": \"\\ud834\\udd1e\xe2\x82\xac\"}";

    (void)state;
    for (size_t len = 0; len < strlen(text); len++) {
        struct err walked = {0};
        struct err passed = {0};
        assert_int_equal(read_text(text, len, ARENA_BYTES, WALK, &walked), -1);
        assert_int_equal(read_text(text, len, ARENA_BYTES, PASS_OVER, &passed), -1);
        assert_int_equal(walked.code, ERR_INVALID);
        assert_string_equal(walked.msg, passed.msg);
    }
    for (enum way way = WALK; way < N_WAYS; way++) {
        struct err err = {0};
        assert_int_equal(read_text(text, strlen(text), ARENA_BYTES, way, &err), 0);
    }
}

/* @depth levels around @inside. */
static void nest(struct buf *text, size_t depth, bool is_object, const char *inside)
{
    for (size_t i = 0; i < depth; i++) {
        buf_add_text(text, is_object ? "{\"a\":" : "[");
    }
    buf_add_text(text, inside);
    for (size_t i = 0; i < depth; i++) {
        buf_add_text(text, is_object ? "}" : "]");
    }
}

static void there_are_at_most_256_levels(void **state)
{
    static const char *const insides[] = {"1", "[]", "{}", "[[1]]"}; /* of 0, 1, 1 and 2 levels */
    static const size_t levels[] = {0, 1, 1, 2};

    (void)state;
    for (size_t i = 0; i < (size_t)4 * N_WAYS * 2; i++) {
        const char *inside = insides[i % 4];
        const size_t most = JSON_DEPTH_MAX - levels[i % 4];
        const bool is_object = i / 4 % 2 == 1;
        const enum way way = i / 8 == 0 ? WALK : PASS_OVER;
        CLEANUP(buf_clear) struct buf deep = BUF_INIT(TEXT_MAX);
        CLEANUP(buf_clear) struct buf too_deep = BUF_INIT(TEXT_MAX);
        struct err err = {0};
        char expected[100];
        nest(&deep, most, is_object, inside);
        nest(&too_deep, most + 1, is_object, inside);
        (void)snprintf(
            expected, sizeof(expected), "line 1, column %zu: expected at most 256 levels",
            (most + 1 - (levels[i % 4] == 0)) * (is_object ? 5 : 1) + (levels[i % 4] == 2 ? 2 : 1));
        assert_int_equal(read_text(buf_text(&deep), deep.len, ARENA_BYTES, way, &err), 0);
        assert_int_equal(read_text(buf_text(&too_deep), too_deep.len, ARENA_BYTES, way, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, expected);
    }
}

static void levels_are_counted_from_the_outermost_wherever_one_begins_to_pass_over(void **state)
{
    (void)state;
    for (size_t entered = 0; entered < JSON_DEPTH_MAX; entered += 51) {
        CLEANUP(buf_clear) struct buf bytes = BUF_INIT(TEXT_MAX);
        CLEANUP(text_clear) struct text text;
        struct json_view view;
        struct err err = {0};
        const char *at;
        size_t len;
        nest(&bytes, JSON_DEPTH_MAX + 1, false, "");
        text_of(&text, buf_text(&bytes));
        view = text.top;
        for (size_t i = 0; i < entered; i++) {
            view = item(&view, 0);
        }
        assert_int_equal(json_view_text(&view, &at, &len, &err), -1);
        assert_string_equal(err.msg, "line 1, column 257: expected at most 256 levels");
    }
}

/* A list with @n lists and objects in it, of 3 bytes each. */
static void fill(struct buf *text, size_t n)
{
    buf_add_char(text, '[');
    for (size_t i = 0; i < n; i++) {
        buf_add(text, i % 2 == 0 ? "[]," : "{},", 3);
    }
    buf_cut(text, text->len - 1);
    buf_add_char(text, ']');
    assert_false(buf_failed(text));
}

static void there_are_at_most_a_million_lists_and_objects(void **state)
{
    CLEANUP(buf_clear) struct buf most = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_clear) struct buf too_many = BUF_INIT(TEXT_MAX);

    (void)state;
    fill(&most, JSON_READER_CONTAINERS_MAX - 1);
    fill(&too_many, JSON_READER_CONTAINERS_MAX);
    for (enum way way = WALK; way < N_WAYS; way++) {
        struct err err = {0};
        assert_int_equal(read_text(buf_text(&most), most.len, ARENA_BYTES, way, &err), 0);
        assert_int_equal(read_text(buf_text(&too_many), too_many.len, ARENA_BYTES, way, &err), -1);
        assert_int_equal(err.code, ERR_TOO_BIG);
        assert_string_equal(err.msg, "the text has more than 1000000 lists and objects");
    }
}

static void a_text_of_4_gib_is_not_looked_at(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct json_reader reader;
    struct json_view top;
    struct err err = {0};

    (void)state;
    assert_int_equal(json_reader_open(&reader, arena, "", UINT32_MAX, &top, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

static void an_arena_that_is_full_is_told(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    fill(&text, 1000);
    for (enum way way = WALK; way < N_WAYS; way++) {
        struct err err = {0};
        size_t n_failed = 0;
        while (read_text(buf_text(&text), text.len, n_failed * 16, way, &err) < 0) {
            assert_int_equal(err.code, ERR_INTERNAL);
            n_failed++;
        }
        /* 3 bytes each where room is made for one in 24: it grows three times. */
        assert_true(n_failed * 16 >= 1000 * sizeof(struct json_span));
    }
}

static void notes_take_at_most_16_mib_however_long_the_text_is(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    fill(&text, JSON_READER_CONTAINERS_MAX - 1);
    while (text.len < 12 * MIB) {
        struct err err = {0};
        print_message("# %zu bytes\n", text.len);
        assert_int_equal(read_text(buf_text(&text), text.len, 16 * MIB, PASS_OVER, &err), 0);
        buf_printf(&text, "%*s", (int)(3 * MIB / 2), "");
    }
}

static void scalars_need_no_memory(void **state)
{
    static const char *const rows[] = {"1", "\"a\\n\"", "true", "null"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        assert_int_equal(read_text(rows[i], strlen(rows[i]), 0, WALK, &err), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_checks_the_rest),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
        cmocka_unit_test(an_excerpt_points_at_what_was_not_expected),
        cmocka_unit_test(an_error_of_the_caller_has_a_place_too),
        cmocka_unit_test(a_text_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(there_are_at_most_256_levels),
        cmocka_unit_test(levels_are_counted_from_the_outermost_wherever_one_begins_to_pass_over),
        cmocka_unit_test(there_are_at_most_a_million_lists_and_objects),
        cmocka_unit_test(a_text_of_4_gib_is_not_looked_at),
        cmocka_unit_test(an_arena_that_is_full_is_told),
        cmocka_unit_test(notes_take_at_most_16_mib_however_long_the_text_is),
        cmocka_unit_test(scalars_need_no_memory),
    };

    return cmocka_run_group_tests_name("json_reader refusals", tests, NULL, NULL);
}
