/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

#define TEXT_MAX ((size_t)8 * 1024 * 1024)

static const struct json_limits no_limits = {.memory = SIZE_MAX, .string = SIZE_MAX};

static void the_limit_is_met_to_the_byte_and_shown_where_it_was_passed(void **state)
{
    static const char text[] = "[1,\n {\"a\": []}]";
    struct json_limits limits = no_limits;
    struct json_scan scan;
    struct err err = {0};
    char expected[200];

    (void)state;
    assert_int_equal(json_scan(text, strlen(text), &limits, &scan, &err), 0);
    limits.memory = scan.memory;
    assert_int_equal(json_scan(text, strlen(text), &limits, &scan, &err), 0);
    limits.memory--;
    assert_int_equal(json_scan(text, strlen(text), &limits, &scan, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    (void)snprintf(expected, sizeof(expected),
                   "line 2, column 9: needs more than %zu bytes of working memory",
                   scan.memory - 1);
    assert_string_equal(err.msg, expected);
    assert_string_equal(err.excerpt, " {\"a\": []}]\n        ^");
}

static void several_texts_share_one_limit(void **state)
{
    static const char text[] = "[1,2]";
    struct json_scan scan;
    struct err err = {0};
    struct json_limits left = no_limits;

    (void)state;
    assert_int_equal(json_scan(text, strlen(text), &left, &scan, &err), 0);
    left.memory = 2 * scan.memory;
    for (size_t i = 0; i < 2; i++) {
        json_auto_t *value = json_parse_within(text, strlen(text), &left, &err);
        assert_non_null(value);
        assert_int_equal(left.memory, (1 - i) * scan.memory);
    }
    assert_null(json_parse_within(text, strlen(text), &left, &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    left.memory = scan.memory;
    assert_null(json_parse_within("[1,2", 4, &left, &err));
    assert_int_equal(left.memory, scan.memory);
}

static void a_string_of_a_stranger_has_a_limit(void **state)
{
    struct json_limits limits = {.memory = SIZE_MAX, .string = 5};
    struct err err = {0};
    json_auto_t *value = NULL;

    (void)state;
    value = json_parse_within("{\"abc\":\"abc\"}", 13, &limits, &err);
    assert_non_null(value);
    assert_null(json_parse_within("[1,\"abcd\"]", 10, &limits, &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "line 1, column 4: a string of more than 5 bytes");
    assert_null(json_parse_within("{\"abcd\":1}", 10, &limits, &err));
}

static void a_number_or_word_has_a_limit(void **state)
{
    static const char starts[] = "1-ax\x80";
    char text[JSON_WORD_MAX + 4] = "[";
    struct json_scan scan;
    struct err err = {0};

    (void)state;
    for (const char *start = starts; *start != '\0'; start++) {
        memset(text + 1, '1', JSON_WORD_MAX + 1);
        text[1] = *start;
        text[JSON_WORD_MAX + 1] = ']';
        assert_int_equal(json_scan(text, JSON_WORD_MAX + 2, &no_limits, &scan, &err), 0);
        text[JSON_WORD_MAX + 1] = '1';
        text[JSON_WORD_MAX + 2] = ']';
        assert_int_equal(json_scan(text, JSON_WORD_MAX + 3, &no_limits, &scan, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, "line 1, column 2: a number or word of more than 1024 bytes");
    }
}

static void an_object_has_so_many_members_and_no_more(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
    struct err err = {0};

    (void)state;
    buf_add_text(&text, "[[0,{\"a\":1}],{\"first\":0");
    for (size_t i = 1; i < JSON_MEMBERS_MAX; i++) {
        buf_printf(&text, ",\"%zx\":0", i);
    }
    buf_add_text(&text, "}]");
    json_auto_t *value = json_parse(buf_text(&text), text.len, &err);
    assert_int_equal(json_object_size(json_array_get(value, 1)), JSON_MEMBERS_MAX);
    buf_cut(&text, text.len - 2);
    buf_add_text(&text, ",\"last\":0}]");
    assert_null(json_parse(buf_text(&text), text.len, &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_non_null(strstr(err.msg, "an object of more than 65536 members"));
}

static void large_integers_are_known_and_counted(void **state)
{
    static const struct {
        const char *text;
        bool is_large;
    } rows[] = {
        {"9223372036854775807", false},
        {"9223372036854775808", true},
        {"-9223372036854775808", false},
        {"-9223372036854775809", true},
        {"00000000000000000000", true},
        {"18446744073709552000", true},
        {"18446744073709552000.5", false},
        {"1844674407370955200e1", false},
        {"-", false},
        {"0", false},
        {"--9223372036854775809", false},
        {"true", false},
        {"\"18446744073709552000\"", false},
    };
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
    struct json_scan scan;
    struct err err = {0};
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s\n", rows[i].text);
        assert_int_equal(json_scan_is_large(rows[i].text, strlen(rows[i].text)), rows[i].is_large);
        buf_printf(&text, "%s,", rows[i].text);
        n += rows[i].is_large;
    }
    assert_int_equal(json_scan(buf_text(&text), text.len, &no_limits, &scan, &err), 0);
    assert_int_equal(scan.n_large, n);
    assert_true(scan.memory > text.len + n * JSON_SCAN_LARGE_EXTRA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_met_to_the_byte_and_shown_where_it_was_passed),
        cmocka_unit_test(several_texts_share_one_limit),
        cmocka_unit_test(a_string_of_a_stranger_has_a_limit),
        cmocka_unit_test(a_number_or_word_has_a_limit),
        cmocka_unit_test(an_object_has_so_many_members_and_no_more),
        cmocka_unit_test(large_integers_are_known_and_counted),
    };

    return cmocka_run_group_tests_name("json_scan", tests, NULL, NULL);
}
