/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static void a_place_counts_characters_and_lines_from_one(void **state)
{
    const char *text = "a\n\xc3\xa4 \xf0\x9f\x98\x80x\n\n";

    (void)state;
    assert_int_equal(yaml_text_place(text, 0).line, 1);
    assert_int_equal(yaml_text_place(text, 0).column, 1);
    assert_int_equal(yaml_text_place(text, 9).line, 2);
    assert_int_equal(yaml_text_place(text, 9).column, 4);
    assert_int_equal(yaml_text_place(text, 12).line, 4);
    assert_int_equal(yaml_text_place(text, 12).column, 1);
}

static void a_copy_ends_in_a_line_feed(void **state)
{
    static const char *const texts[][2] = {{"", ""}, {"\n", "\n"}, {"a", "a\n"}, {"a\n", "a\n"}};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t len = 0;
        CLEANUP(free)
        char *copy = yaml_text_copy(texts[i][0], strlen(texts[i][0]), YAML_STRICT, &len);
        assert_non_null(copy);
        assert_int_equal(len, strlen(texts[i][1]));
        assert_memory_equal(copy, texts[i][1], len);
    }
}

static void utf16_becomes_utf8_for_kubectl(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *copy;
    } rows[] = {
        {"\xff\xfe", 2, ""},
        {"\xff\xfe\n\0", 4, "\n"},
        {"\xfe\xff\0a\0\xe4\x20\xac\xd8\x3d\xde\x00", 12,
         "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n"},
        {"\xff\xfe"
         "a\0\xe4\0\xac\x20\x3d\xd8\x00\xde",
         12, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n"},
        {"\xff\xfe\x3d\xd8", 4, "\xed\xa0\xbd\n"}, /* half a pair is no UTF-8 */
        {"\xff\xfe\x3d\xd8"
         "a\0",
         6,
         "\xed\xa0\xbd"
         "a\n"}, /* and nor is this */
        {"\xff\xfe\x00\xde\x3d\xd8", 6, "\xed\xb8\x80\xed\xa0\xbd\n"},
        {"\xff\xfe"
         "a\0b",
         5, "a\xff\n"}, /* nor half a unit */
        {"\xff\xfe\xff\xff\xff\xff", 6, "\xef\xbf\xbf\xef\xbf\xbf\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = 0;
        CLEANUP(free) char *same = yaml_text_copy(rows[i].text, rows[i].len, YAML_STRICT, &len);
        CLEANUP(free) char *copy = yaml_text_copy(rows[i].text, rows[i].len, YAML_KUBECTL, &len);
        assert_non_null(copy);
        assert_non_null(same);
        assert_memory_equal(same, rows[i].text, rows[i].len);
        if (len != strlen(rows[i].copy) || memcmp(copy, rows[i].copy, len) != 0) {
            fail_msg("row %zu: %.*s", i, (int)len, copy);
        }
    }
}

static void the_first_character_that_may_not_stand_is_found(void **state)
{
    static const struct {
        const char *text;
        bool kubectl; /* whether only YAML_STRICT refuses it */
    } rows[] = {
        {"ab\x07", false},        {"ab\x1f", false},         {"ab\x7f", false},
        {"ab\xc2\x80", false},    {"ab\xc2\x9f", false},     {"ab\xff", false},
        {"ab\xc3", false},        {"ab\xed\xa0\x80", false}, {"ab\xef\xbf\xbe", false},
        {"ab\t", true},           {"ab\r\n", true},          {"ab\xc2\x85", true},
        {"ab\xe2\x80\xa8", true}, {"ab\xe2\x80\xa9", true},  {"ab\xef\xbb\xbf", true},
    };
    size_t offset = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].text);
        const char *wrong = yaml_text_check(rows[i].text, len, YAML_KUBECTL, &offset);
        if ((wrong == NULL) != rows[i].kubectl) {
            fail_msg("row %zu: %s", i, wrong != NULL ? wrong : "accepted");
        }
        offset = 0;
        assert_non_null(yaml_text_check(rows[i].text, len, YAML_STRICT, &offset));
        assert_int_equal(offset, 2);
    }
    assert_null(yaml_text_check("a \n\xc2\xa0\xf0\x9f\x98\x80~", 9, YAML_STRICT, &offset));
    assert_non_null(yaml_text_check("\0", 1, YAML_KUBECTL, &offset));
    assert_null(yaml_text_check("", 0, YAML_STRICT, &offset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_counts_characters_and_lines_from_one),
        cmocka_unit_test(a_copy_ends_in_a_line_feed),
        cmocka_unit_test(utf16_becomes_utf8_for_kubectl),
        cmocka_unit_test(the_first_character_that_may_not_stand_is_found),
    };

    return cmocka_run_group_tests_name("yaml_text", tests, NULL, NULL);
}
