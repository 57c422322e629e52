/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include <limits.h>
#include <string.h>

#include "tests/test.h"

static void whole_numbers_with_units_are_read(void **state)
{
    static const struct {
        const char *text;
        unsigned int ms;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"0h0m0s0ms", 0},
        {"1ms", 1},
        {"1500ms", 1500},
        {"10s", 10000},
        {"2m", 120000},
        {"90m", 5400000},
        {"1h30m", 5400000},
        {"1h1ms", 3600001},
        {"1h2m3s4ms", 3723004},
        {"00010s", 10000},
        {"596h", 2145600000},
        {"596h31m23s647ms", INT_MAX},
        {"2147483647ms", INT_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned int ms = 7;
        struct err err = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(duration_parse(rows[i].text, &ms, &err), 0);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void everything_else_is_refused_and_the_message_shows_what_is_accepted(void **state)
{
    static const char shape[] = "is not a duration: expected whole numbers with units, the larger "
                                "first, such as 10s, 500ms or 1h30m";
    static const char length[] = "is too long: expected at most 596h31m23s647ms";
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"", shape},
        {" ", shape},
        {"10", shape},
        {"00", shape},
        {"s", shape},
        {"10 s", shape},
        {" 10s", shape},
        {"10s ", shape},
        {"10s\n", shape},
        {"+10s", shape},
        {"-10s", shape},
        {"1.5s", shape},
        {".5s", shape},
        {"1e3s", shape},
        {"10S", shape},
        {"10sec", shape},
        {"10us", shape},
        {"10\xc2\xb5s", shape},
        {"1d", shape},
        {"1m1h", shape},
        {"1s1s", shape},
        {"1ms1s", shape},
        {"1h30", shape},
        {"1hm", shape},
        {"0x10s", shape},
        {"99999999999999999999x", shape},
        {"597h", length},
        {"2147483648ms", length},
        {"596h31m23s648ms", length},
        {"18446744073709551616s", length},
        {"99999999999999999999999999999999999999999h", length},
        {"18446744073709551615h18446744073709551615m18446744073709551615s1ms", length},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned int ms = 7;
        struct err err = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(duration_parse(rows[i].text, &ms, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, rows[i].expected));
        assert_int_equal(ms, 7);
    }
}

static void a_message_shows_the_start_of_a_long_text(void **state)
{
    unsigned int ms = 0;
    struct err err = {0};
    char text[5000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(duration_parse(text, &ms, &err), -1);
    assert_true(strlen(err.msg) < 200);
    assert_non_null(strstr(err.msg, "such as 10s"));
}

static void a_text_has_no_unit_too_many_and_reads_as_what_it_was(void **state)
{
    static const struct {
        unsigned int ms;
        const char *text;
    } rows[] = {
        {0, "0s"},          {1, "1ms"},
        {250, "250ms"},     {1500, "1s500ms"},
        {10000, "10s"},     {90000, "1m30s"},
        {120000, "2m"},     {3600000, "1h"},
        {3600001, "1h1ms"}, {INT_MAX, "596h31m23s647ms"},
    };
    char longest[DURATION_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[DURATION_TEXT_SIZE];
        unsigned int ms = 7;
        struct err err = {0};
        duration_text(rows[i].ms, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(duration_parse(text, &ms, &err), 0);
        assert_int_equal(ms, rows[i].ms);
    }
    duration_text(UINT_MAX, longest);
    assert_string_equal(longest, "1193h2m47s295ms");
}

static void whole_seconds_last_for_years(void **state)
{
    static const struct {
        const char *text;
        unsigned int s;
    } rows[] = {
        {"0", 0},
        {"1s", 1},
        {"1000ms", 1},
        {"2160h", 7776000},
        {"87600h", 315360000},
        {"1193046h28m15s", UINT_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned int s = 7;
        struct err err = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(duration_parse_s(rows[i].text, &s, &err), 0);
        assert_int_equal(s, rows[i].s);
    }
}

static void seconds_are_whole_and_not_too_many(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"500ms", "duration '500ms' is not one of whole seconds"},
        {"1193046h28m16s",
         "duration '1193046h28m16s' is too long: expected at most 1193046h28m15s"},
        {"18446744073709551616h",
         "duration '18446744073709551616h' is too long: expected at most 1193046h28m15s"},
        {"90d",
         "'90d' is not a duration: expected whole numbers with units, the larger first, such "
         "as 10s, 5m or 1h30m"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned int s = 7;
        struct err err = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(duration_parse_s(rows[i].text, &s, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].expected);
        assert_int_equal(s, 7);
    }
}

static void seconds_are_written_as_they_are_read(void **state)
{
    static const unsigned int rows[] = {0, 1, 59, 60, 7776000, 315360000, UINT_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[DURATION_TEXT_SIZE];
        struct err err = {0};
        unsigned int s;
        duration_text_s(rows[i], text);
        assert_int_equal(duration_parse_s(text, &s, &err), 0);
        assert_int_equal(s, rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_with_units_are_read),
        cmocka_unit_test(everything_else_is_refused_and_the_message_shows_what_is_accepted),
        cmocka_unit_test(a_message_shows_the_start_of_a_long_text),
        cmocka_unit_test(a_text_has_no_unit_too_many_and_reads_as_what_it_was),
        cmocka_unit_test(whole_seconds_last_for_years),
        cmocka_unit_test(seconds_are_whole_and_not_too_many),
        cmocka_unit_test(seconds_are_written_as_they_are_read),
    };

    return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
