/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What strings stand for (base/json_token.h)
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_token.h"
#include "base/utf8.h"
#include "tests/test.h"

#define TEXT_SIZE    64
#define N_SURROGATES 0x400

/* The string of the text @text, which has quotes. */
static struct json_string string_in(const char *text)
{
    struct json_cursor cursor = {.at = text, .end = text + strlen(text)};

    assert_true(json_token_pass_string(&cursor));
    return (struct json_string){
        .bytes = text + 1,
        .len = strlen(text) - 2,
        .is_escaped = cursor.is_escaped,
    };
}

/* The one character that the string @text stands for. */
static uint32_t decode_one(const char *text)
{
    const struct json_string string = string_in(text);
    CLEANUP(free) char *out = malloc(string.len); /* there is always enough room */
    uint32_t code = 0;
    size_t len;

    assert_non_null(out);
    len = json_string_decode(&string, out);
    assert_int_equal(utf8_decode(out, len, &code), len);
    return code;
}

static void a_string_is_decoded(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
        size_t len;
    } rows[] = {
        {"\"\"", "", 0},
        {"\"plain\"", "plain", 5},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
        {"\"a\\nb\\nc\"", "a\nb\nc", 5},
        {"\"\\u0041\"", "A", 1},
        {"\"\\u00e9\\u20AC\\ud834\\udd1e\"", "\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e", 9},
        {"\"\xc3\xa9\\n\xc3\xa9\"", "\xc3\xa9\n\xc3\xa9", 5},
        {"\"a\\u0000b\"", "a\0b", 3},
        {"\"\\\\u0041\"", "\\u0041", 6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json_string string = string_in(rows[i].text);
        CLEANUP(free) char *out = malloc(string.len + 1);
        print_message("# %s\n", rows[i].text);
        assert_non_null(out);
        assert_int_equal(json_string_decode(&string, out), rows[i].len);
        assert_memory_equal(out, rows[i].expected, rows[i].len);
    }
}

static void every_code_stands_for_its_character(void **state)
{
    (void)state;
    for (unsigned int code = 0; code < 0x10000; code++) {
        char text[TEXT_SIZE];
        if (code >= 0xd800 && code < 0xe000) {
            continue; /* half a pair */
        }
        (void)snprintf(text, sizeof(text), code % 2 == 0 ? "\"\\u%04x\"" : "\"\\u%04X\"", code);
        assert_int_equal(decode_one(text), code);
    }
}

static void every_surrogate_pair_stands_for_its_character(void **state)
{
    (void)state;
    for (uint32_t high = 0; high < N_SURROGATES; high++) {
        for (uint32_t low = 0; low < N_SURROGATES; low += high % 0xff == 0 ? 1 : 0xff) {
            char text[TEXT_SIZE];
            (void)snprintf(text, sizeof(text), "\"\\u%04x\\u%04x\"", 0xd800 + high, 0xdc00 + low);
            assert_int_equal(decode_one(text), 0x10000 + (high << 10) + low);
        }
    }
}

static void strings_are_the_same_that_stand_for_the_same(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } rows[] = {
        {"\"\"", "\"\"", true},
        {"\"name\"", "\"name\"", true},
        {"\"name\"", "\"n\\u0061me\"", true},
        {"\"\\u006e\\u0061\\u006D\\u0065\"", "\"name\"", true},
        {"\"\\n\"", "\"\\u000a\"", true},
        {"\"/\"", "\"\\/\"", true},
        {"\"\xf0\x9d\x84\x9e\"", "\"\\ud834\\udd1e\"", true},
        {"\"\xc3\xa9\xe2\x82\xac\"", "\"\\u00e9\\u20ac\"", true},
        {"\"a\\u0000b\"", "\"a\\u0000b\"", true},
        {"\"name\"", "\"Name\"", false},
        {"\"name\"", "\"nam\"", false},
        {"\"nam\"", "\"name\"", false},
        {"\"n\\u0061m\"", "\"name\"", false},
        {"\"name\"", "\"n\\u0061m\"", false},
        {"\"a\\u0000b\"", "\"a\"", false},
        {"\"a\\u0000b\"", "\"a\\u0000c\"", false},
        {"\"\"", "\"\\u0000\"", false},
        {"\"n\"", "\"\\n\"", false},
        {"\"\\\\n\"", "\"\\n\"", false},
        {"\"\\u00e9\"", "\"e\"", false},
        {"\"\\ud834\\udd1e\"", "\"\\ud834\\udd1f\"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json_string a = string_in(rows[i].a);
        const struct json_string b = string_in(rows[i].b);
        print_message("# %s %s\n", rows[i].a, rows[i].b);
        assert_int_equal(json_string_same(&a, &b), rows[i].same);
        assert_int_equal(json_string_same(&b, &a), rows[i].same);
        assert_true(json_string_same(&a, &a));
    }
}

static void a_text_of_ours_can_be_looked_for(void **state)
{
    const struct json_string ours = json_string_of("spec");
    const struct json_string plain = string_in("\"spec\"");
    const struct json_string escaped = string_in("\"\\u0073pec\"");
    const struct json_string other = string_in("\"specs\"");

    (void)state;
    assert_true(json_string_same(&ours, &plain));
    assert_true(json_string_same(&ours, &escaped));
    assert_false(json_string_same(&ours, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_is_decoded),
        cmocka_unit_test(every_code_stands_for_its_character),
        cmocka_unit_test(every_surrogate_pair_stands_for_its_character),
        cmocka_unit_test(strings_are_the_same_that_stand_for_the_same),
        cmocka_unit_test(a_text_of_ours_can_be_looked_for),
    };

    return cmocka_run_group_tests_name("json_string", tests, NULL, NULL);
}
