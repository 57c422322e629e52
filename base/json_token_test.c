/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define TEXT_SIZE 96

static const char no_end[] = "the end of a string";
static const char no_escape[] = "an escape that JSON has";
static const char no_digits[] = "four hexadecimal digits behind \\u";
static const char no_pair[] = "both halves of a surrogate pair";
static const char no_control[] = "an escape: a string holds no control characters";
static const char no_utf8[] = "UTF-8";

typedef bool pass_fn(struct json_cursor *cursor);

/* What became of a cursor. */
struct result {
    bool passed;
    size_t at;
    const char *problem; /* unless it passed */
    bool is_escaped;
    bool has_nul;
};

/* Pass over @text, @align bytes behind what malloc() gives; sanitizers see who reads past it. */
static struct result pass_at(size_t align, pass_fn *pass, const char *text, size_t len)
{
    CLEANUP(free) char *bytes = malloc(align + len + (align + len == 0));
    struct json_cursor cursor = {.is_escaped = true, .has_nul = true};
    struct result result = {0};

    assert_non_null(bytes);
    memcpy(bytes + align, text, len);
    cursor.at = bytes + align;
    cursor.end = cursor.at + len;
    result.passed = pass(&cursor);
    result.at = (size_t)(cursor.at - (bytes + align));
    result.problem = cursor.problem;
    result.is_escaped = cursor.is_escaped;
    result.has_nul = cursor.has_nul;
    return result;
}

static struct result pass(pass_fn *pass_over, const char *text)
{
    return pass_at(0, pass_over, text, strlen(text));
}

static void expect_passed(const struct result *result, size_t at)
{
    if (!result->passed || result->at != at) {
        fail_msg("passed: %d, at %zu, problem: %s; expected to pass %zu bytes", result->passed,
                 result->at, result->problem != NULL ? result->problem : "none", at);
    }
}

static void expect_problem(const struct result *result, size_t at, const char *problem)
{
    if (result->passed || result->at != at || strcmp(result->problem, problem) != 0) {
        fail_msg("passed: %d, at %zu, problem: %s; expected at %zu: %s", result->passed, result->at,
                 result->problem != NULL ? result->problem : "none", at, problem);
    }
}

static void a_string_ends_at_its_quote(void **state)
{
    static const struct {
        const char *text;
        size_t at;
        bool is_escaped;
        bool has_nul;
    } rows[] = {
        {"\"\"", 2, false, false},
        {"\"a\" \"b\"", 3, false, false},
        {"\"\\\"\" x", 4, true, false},
        {"\"\\\\\"\"", 4, true, false},
        {"\"\\u0000\"", 8, true, true},
        {"\"\\u0000\\n\"", 10, true, true},
        {"\"\\u0000\\u0041\"", 14, true, true},
        {"\"\\u0001\"", 8, true, false},
        {"\"\x7f\"", 3, false, false},
        {"\"\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\"", 11, false, false},
        {"\"0123456789012345678901234567890123456789\"", 42, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result result = pass(json_token_pass_string, rows[i].text);
        print_message("# %s\n", rows[i].text);
        expect_passed(&result, rows[i].at);
        assert_int_equal(result.is_escaped, rows[i].is_escaped);
        assert_int_equal(result.has_nul, rows[i].has_nul);
    }
}

static void what_does_not_begin_with_a_quote_is_no_string(void **state)
{
    static const char *const rows[] = {"", "a", "'a'", "1", "\\\"a\"", " \"a\""};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result result = pass(json_token_pass_string, rows[i]);
        expect_problem(&result, 0, "a string");
    }
}

/* What is expected where @byte stands @at in a string, with letters and @n_behind of them behind.
 */
static void expect_byte(const struct result *result, unsigned char byte, size_t at, size_t n_behind)
{
    if (byte == '"') {
        expect_passed(result, at + 1);
    } else if (byte == '\\' && n_behind > 0) {
        expect_problem(result, at, no_escape);
    } else if (byte == '\\') {
        expect_problem(result, at + 2, no_end); /* it takes the quote along */
    } else if (byte < ' ') {
        expect_problem(result, at, no_control);
    } else if (byte >= 0x80) {
        expect_problem(result, at, no_utf8);
    } else {
        expect_passed(result, at + n_behind + 2);
    }
}

static void every_byte_is_seen_in_every_place(void **state)
{
    const size_t len =
        3UL * JSON_TOKEN_BLOCK + 1; /* between the quotes: whole blocks, and a rest */
    char text[TEXT_SIZE];

    (void)state;
    for (size_t align = 0; align < JSON_TOKEN_BLOCK; align++) {
        for (size_t at = 1; at <= len; at++) {
            for (unsigned int byte = 0; byte < 256; byte++) {
                struct result result;
                memset(text, 'a', sizeof(text));
                text[0] = '"';
                text[len + 1] = '"';
                text[at] = (char)byte;
                result = pass_at(align, json_token_pass_string, text, len + 2);
                expect_byte(&result, (unsigned char)byte, at, len - at);
            }
        }
    }
}

/* A byte that looks like a special one when its neighbour is one must not hide or make one. */
static void two_bytes_side_by_side_are_both_seen(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x01, 0x1f, ' ', '!', '"',
                                          '#',  '[',  '\\', ']', 0x7f};
    const size_t n = sizeof(bytes) / sizeof(bytes[0]);

    (void)state;
    for (size_t i = 0; i < n * n * JSON_TOKEN_BLOCK; i++) {
        const unsigned char first = bytes[i % n];
        const unsigned char second = bytes[i / n % n];
        const size_t at = 1 + i / n / n;
        char text[2UL * JSON_TOKEN_BLOCK + 3] = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"";
        struct result result;
        text[at] = (char)first;
        text[at + 1] = (char)second;
        result = pass_at(0, json_token_pass_string, text, sizeof(text) - 1);
        if (first == '\\' && (second == '"' || second == '\\')) {
            expect_passed(&result, sizeof(text) - 1);
        } else if (first >= ' ' && first != '"' && first != '\\') {
            expect_byte(&result, second, at + 1, 2UL * JSON_TOKEN_BLOCK - at - 1);
        } else {
            expect_byte(&result, first, at, 2UL * JSON_TOKEN_BLOCK - at);
        }
    }
}

static void a_string_that_is_cut_anywhere_has_no_end(void **state)
{
    static const char text[] =
        "\"abcdefgh\\n\\u0041\\ud834\\udd1e\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\\\\\"";

    (void)state;
    for (size_t align = 0; align < JSON_TOKEN_BLOCK; align++) {
        for (size_t len = 0; len < strlen(text); len++) {
            const struct result result = pass_at(align, json_token_pass_string, text, len);
            assert_false(result.passed);
            assert_true(result.at <= len);
            assert_non_null(result.problem);
        }
        const struct result whole = pass_at(align, json_token_pass_string, text, strlen(text));
        expect_passed(&whole, strlen(text));
    }
}

static void only_escapes_of_the_rfc_are_known(void **state)
{
    (void)state;
    for (unsigned int byte = 0; byte < 256; byte++) {
        const char text[] = {'"', '\\', (char)byte, '"', '"'};
        const struct result result = pass_at(0, json_token_pass_string, text, sizeof(text));
        if (byte != '\0' && strchr("\"\\/bfnrt", (int)byte) != NULL) {
            expect_passed(&result, 4);
        } else {
            expect_problem(&result, 1, byte == 'u' ? no_digits : no_escape);
        }
    }
}

static void a_code_has_four_hexadecimal_digits(void **state)
{
    (void)state;
    for (size_t at = 3; at < 7; at++) {
        for (unsigned int byte = 0; byte < 256; byte++) {
            char text[] = "\"\\u1111\"";
            struct result result;
            text[at] = (char)byte;
            result = pass_at(0, json_token_pass_string, text, strlen("\"\\u1111\""));
            if (byte != '\0' && strchr("0123456789abcdefABCDEF", (int)byte) != NULL) {
                expect_passed(&result, 8);
            } else {
                expect_problem(&result, 1, no_digits);
            }
        }
    }
}

static void a_surrogate_alone_is_refused(void **state)
{
    (void)state;
    for (unsigned int code = 0xd800; code < 0xe000; code++) {
        char text[TEXT_SIZE];
        struct result result;
        (void)snprintf(text, sizeof(text), "\"\\u%04x\"", code);
        result = pass(json_token_pass_string, text);
        expect_problem(&result, 1, no_pair);
    }
}

static void half_a_surrogate_pair_is_refused(void **state)
{
    static const char *const rows[] = {
        "\"\\ud800\"",        "\"\\udbff\"",        "\"\\udc00\"",        "\"\\udfff\"",
        "\"\\ud834x\"",       "\"\\ud834\\n\"",     "\"\\ud834\\u0041\"", "\"\\ud834\\ud834\"",
        "\"\\ud834\\ue000\"", "\"\\ud834\\uddg0\"", "\"\\ud834\\udd1\"",  "\"\\ud834udd1e\"",
        "\"\\ud834\\Udd1e\"", "\"\\udd1e\\ud834\"", "\"\\ud834",          "\"\\ud834\\udd1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result result = pass(json_token_pass_string, rows[i]);
        print_message("# %s\n", rows[i]);
        expect_problem(&result, 1, no_pair);
    }
}

static const char *const no_characters[] = {
    "\x80",             /* a continuation byte alone */
    "\xc0\x80",         /* NUL in two bytes */
    "\xc1\xbf",         /* DEL in two bytes */
    "\xc3",             /* the first of two bytes */
    "\xe0\x9f\xbf",     /* two bytes' worth in three */
    "\xe2\x82",         /* the first of three */
    "\xed\xa0\x80",     /* the first surrogate */
    "\xed\xbf\xbf",     /* the last one */
    "\xf0\x8f\xbf\xbf", /* three bytes' worth in four */
    "\xf0\x9d\x84",     /* the first of four */
    "\xf4\x90\x80\x80", /* U+110000 */
    "\xf5\x80\x80\x80",
    "\xf8\x88\x80\x80\x80", /* five bytes */
    "\xfe",
    "\xff",
};

static void what_is_no_utf8_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(no_characters) / sizeof(no_characters[0]); i++) {
        for (size_t before = 0; before < 2UL * JSON_TOKEN_BLOCK; before++) {
            char text[TEXT_SIZE];
            const size_t len = (size_t)snprintf(text, sizeof(text), "\"%.*s%s%s\"", (int)before,
                                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                                no_characters[i], "aaaaaaaaaaaa");
            struct result result =
                pass_at(before % JSON_TOKEN_BLOCK, json_token_pass_string, text, len);
            expect_problem(&result, before + 1, no_utf8);
            result =
                pass_at(0, json_token_pass_string, text, 1 + before + strlen(no_characters[i]));
            expect_problem(&result, before + 1, no_utf8); /* at the end of the text, too */
        }
    }
}

static void characters_of_utf8_pass_wherever_they_stand(void **state)
{
    static const char *const rows[] = {
        "\xc2\x80",         "\xdf\xbf",
        "\xe0\xa0\x80",     "\xed\x9f\xbf",
        "\xee\x80\x80",     "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
        "\xc3\xa9\xc3\xa9", "\xe2\x82\xac\xc3\xa9",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t before = 0; before < 2UL * JSON_TOKEN_BLOCK; before++) {
            char text[TEXT_SIZE];
            const size_t len =
                (size_t)snprintf(text, sizeof(text), "\"%.*s%s%s\"", (int)before,
                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", rows[i], "aaaaaaaaa");
            const struct result result =
                pass_at(before % JSON_TOKEN_BLOCK, json_token_pass_string, text, len);
            expect_passed(&result, len);
            assert_false(result.is_escaped);
        }
    }
}

static void a_number_is_passed_as_far_as_the_rfc_goes(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } rows[] = {
        {"0", 1},       {"-0", 2},
        {"7", 1},       {"-12", 3},
        {"10", 2},      {"0.5", 3},
        {"-0.50", 5},   {"1e5", 3},
        {"1E5", 3},     {"1e+5", 4},
        {"1e-05", 5},   {"0e0", 3},
        {"1.25E-3", 7}, {"01", 1},
        {"-00", 2},     {"12x", 2},
        {"1,2", 1},     {"1.5.5", 3},
        {"1e5e5", 3},   {"1e5.5", 3},
        {"1e400", 5},   {"0x10", 1},
        {"1 2", 1},     {"1]", 1},
        {"1-1", 1},     {"1+1", 1},
        {"1_000", 1},   {"123456789012345678901234567890123456789012345678901234567890", 60},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result result = pass(json_token_pass_scalar, rows[i].text);
        print_message("# %s\n", rows[i].text);
        expect_passed(&result, rows[i].at);
    }
}

static void a_number_lacks_no_digit(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } rows[] = {
        {"-", 1},   {"-x", 1},   {"--1", 1}, {"-.5", 1},  {"1.", 2},  {"1.e5", 2},
        {"1.x", 2}, {"1e", 2},   {"1e+", 3}, {"1e-", 3},  {"1ex", 2}, {"1e+-5", 3},
        {"0.", 2},  {"0.-1", 2}, {"-0e", 3}, {"1e 5", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result result = pass(json_token_pass_scalar, rows[i].text);
        print_message("# %s\n", rows[i].text);
        expect_problem(&result, rows[i].at, "a digit");
    }
}

static void words_are_true_false_and_null(void **state)
{
    static const struct {
        const char *text;
        size_t at; /* 0: refused */
    } rows[] = {
        {"true", 4},     {"false", 5},    {"null", 4},      {"truex", 4},
        {"nullnull", 4}, {"True", 0},     {"tru", 0},       {"t", 0},
        {"fals", 0},     {"falsE", 0},    {"nul", 0},       {"nil", 0},
        {"NaN", 0},      {"Infinity", 0}, {"-Infinity", 0}, {"", 0},
        {"+1", 0},       {".5", 0},       {"]", 0},         {",", 0},
        {"'a'", 0},      {"[", 0},        {"{", 0},         {"\xef\xbb\xbf[]", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result result = pass(json_token_pass_scalar, rows[i].text);
        print_message("# %s\n", rows[i].text);
        if (rows[i].at > 0) {
            expect_passed(&result, rows[i].at);
        } else if (rows[i].text[0] == '-') {
            expect_problem(&result, 1, "a digit");
        } else {
            expect_problem(&result, 0, "a value");
        }
    }
}

static void a_scalar_that_is_cut_is_read_to_the_end_and_not_further(void **state)
{
    static const char *const rows[] = {"true", "false", "null", "-1.5e+10", "\"a\\u0041\""};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t len = 0; len <= strlen(rows[i]); len++) {
            const struct result result = pass_at(0, json_token_pass_scalar, rows[i], len);
            assert_true(result.at <= len);
            assert_true(result.passed || len < strlen(rows[i]));
        }
    }
}

/* Passing over space cannot fail. */
static bool pass_space(struct json_cursor *cursor)
{
    (void)json_token_reach(&cursor->at, cursor->end);
    return true;
}

static void space_is_what_the_rfc_says(void **state)
{
    (void)state;
    for (unsigned int byte = 0; byte < 256; byte++) {
        const char text[] = {' ', '\t', (char)byte, '\n', '\r', 'x'};
        const struct result result = pass_at(0, pass_space, text, sizeof(text));
        const bool is_space = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
        expect_passed(&result, is_space ? 5 : 2);
    }
    const struct result end = pass(pass_space, " \n ");
    expect_passed(&end, 3);
}

static void at_the_end_there_is_nothing_to_see(void **state)
{
    const char text[] = {'x', 'y'};
    const struct json_cursor inside = {.at = text, .end = text + 1};
    const struct json_cursor end = {.at = text + 1, .end = text + 1};

    (void)state;
    assert_int_equal(json_token_peek(&inside), 'x');
    assert_int_equal(json_token_peek(&end), '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_ends_at_its_quote),
        cmocka_unit_test(what_does_not_begin_with_a_quote_is_no_string),
        cmocka_unit_test(every_byte_is_seen_in_every_place),
        cmocka_unit_test(two_bytes_side_by_side_are_both_seen),
        cmocka_unit_test(a_string_that_is_cut_anywhere_has_no_end),
        cmocka_unit_test(only_escapes_of_the_rfc_are_known),
        cmocka_unit_test(a_code_has_four_hexadecimal_digits),
        cmocka_unit_test(a_surrogate_alone_is_refused),
        cmocka_unit_test(half_a_surrogate_pair_is_refused),
        cmocka_unit_test(what_is_no_utf8_is_refused_wherever_it_stands),
        cmocka_unit_test(characters_of_utf8_pass_wherever_they_stand),
        cmocka_unit_test(a_number_is_passed_as_far_as_the_rfc_goes),
        cmocka_unit_test(a_number_lacks_no_digit),
        cmocka_unit_test(words_are_true_false_and_null),
        cmocka_unit_test(a_scalar_that_is_cut_is_read_to_the_end_and_not_further),
        cmocka_unit_test(space_is_what_the_rfc_says),
        cmocka_unit_test(at_the_end_there_is_nothing_to_see),
    };

    return cmocka_run_group_tests_name("json_token", tests, NULL, NULL);
}
