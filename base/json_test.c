/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define N_DOUBLES 100000

static void what_rfc_8259_allows_is_read(void **state)
{
    static const struct {
        const char *text;
        const char *type;
    } rows[] = {
        {"{}", "an object"},
        {" \t\r\n[1, 2.5, -0, 1e3] \n", "a list"},
        {"\"\\u0000\\ud834\\udd1e\"", "a string"},
        {"9223372036854775807", "a number"},
        {"1.5", "a number"},
        {"true", "a boolean"},
        {"false", "a boolean"},
        {"null", "null"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        json_auto_t *value = json_parse(rows[i].text, strlen(rows[i].text), &err);
        print_message("# %s\n", rows[i].text);
        assert_non_null(value);
        assert_string_equal(json_type_name(value), rows[i].type);
    }
    assert_string_equal(json_type_name(NULL), "nothing");
}

static void what_it_does_not_allow_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"", "line 1, column 0: "},
        {"[1,2,,3]", "line 1, column 6: unexpected token"},
        {"{\n\"a\": [1,\n 2 3]}", "line 3, column 4: ']' expected"},
        {"{\"a\":1,\"a\":2}", "line 1, column 10: duplicate object key"},
        {"{\"a\":{\"b\":1,\"c\":2,\"b\":1}}", "duplicate object key"},
        {"{\"a\\u0000b\":1}", "NUL byte in object key"},
        {"\"a\xff\"", "unable to decode byte 0xff"},
        {"\"\\ud834\"", "invalid Unicode"},
        {"\"a\nb\"", "unexpected newline"},
        {"[1] x", "end of file expected"},
        {"[1,]", "unexpected token"},
        {"[01]", "invalid token"},
        {"[NaN]", "invalid token"},
        {"\xef\xbb\xbf[]", "invalid token"},
        {"[1e400]", "real number overflow"},
        {"[18446744073709551616, 1e400]", "real number overflow"},
        {"[18446744073709551616, }", "unexpected token"},
        {"[00000000000000000000]", "invalid token"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        json_auto_t *value = json_parse(rows[i].text, strlen(rows[i].text), &err);
        print_message("# %s: %s\n", rows[i].text, err.msg);
        assert_null(value);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, rows[i].expected));
        assert_non_null(strchr(err.excerpt, '^'));
    }
}

static void an_excerpt_points_at_what_was_not_expected(void **state)
{
    static const char text[] = "{\"a\": 1,\n \"b\": [1,2,,3]}";
    struct err err = {0};

    (void)state;
    assert_null(json_parse(text, strlen(text), &err));
    assert_string_equal(err.excerpt, " \"b\": [1,2,,3]}\n           ^");
}

static void messages_do_not_repeat_the_text(void **state)
{
    static const char *const texts[] = {
        "{\"password\": hunter2}",
        "{\"password\": \"hunter2\" 7}",
        "{hunter2: 1}",
        "[1] hunter2",
        "{\"hunter2\": 1, \"hunter2\": 2}",
        "[\"hunter2\", \" near 'hunter2\" x]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err = {0};
        assert_null(json_parse(texts[i], strlen(texts[i]), &err));
        print_message("# %s\n", err.msg);
        assert_null(strstr(err.msg, "hunter2"));
        assert_non_null(strstr(err.excerpt, "hunter2"));
    }
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"\0", 1},       {"1\0", 2},      {"[1\0]", 4},       {"[1]\0[2]", 7},
        {"[true\0]", 7}, {"\"a\0b\"", 5}, {"{\"a\"\0:1}", 8}, {"[\n1,\0]", 6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        print_message("# row %zu\n", i);
        assert_null(json_parse(rows[i].text, rows[i].len, &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "unexpected NUL byte"));
    }
    struct err err = {0};
    assert_null(json_parse("[\n1,\0]", 6, &err));
    assert_string_equal(err.msg, "line 2, column 3: unexpected NUL byte");
}

/* @depth opening brackets or objects, then the closing ones. */
static char *nest(size_t depth, bool objects)
{
    struct buf text = BUF_INIT(1000000);

    for (size_t i = 0; i < depth; i++) {
        buf_add_text(&text, objects ? "{\"a\":" : "[");
    }
    buf_add_text(&text, "\"[[[[{{{{\\\"[[[[\""); /* brackets in a string do not count */
    for (size_t i = 0; i < depth; i++) {
        buf_add_text(&text, objects ? "}" : "]");
    }
    return buf_take(&text);
}

static void nesting_has_a_bound(void **state)
{
    (void)state;
    for (size_t objects = 0; objects < 2; objects++) {
        CLEANUP(free) char *deep = nest(JSON_DEPTH_MAX, objects);
        CLEANUP(free) char *deeper = nest(JSON_DEPTH_MAX + 1, objects);
        CLEANUP(free) char *bomb = nest(100000, objects);
        struct err err = {0};
        json_auto_t *value = json_parse(deep, strlen(deep), &err);
        assert_non_null(value);
        assert_null(json_parse(deeper, strlen(deeper), &err));
        assert_non_null(strstr(err.msg, "nested deeper than 256 levels"));
        assert_null(json_parse(bomb, strlen(bomb), &err));
        assert_null(json_parse(bomb, strlen(bomb) / 2, &err));
    }
}

static void any_number_of_siblings_may_stand_on_one_level(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(10000);
    struct err err = {0};

    (void)state;
    buf_add_text(&text, "[0");
    for (size_t i = 0; i < (size_t)2 * JSON_DEPTH_MAX; i++) {
        buf_add_text(&text, ",[],{}");
    }
    buf_add_text(&text, "]");
    json_auto_t *value = json_parse(text.bytes, text.len, &err);
    assert_int_equal(json_array_size(value), 4 * JSON_DEPTH_MAX + 1);
}

static void brackets_that_close_nothing_do_not_hide_those_that_open(void **state)
{
    CLEANUP(free) char *bomb = nest(100000, false);
    struct err err = {0};

    (void)state;
    memset(bomb, ']', 300);
    assert_null(json_parse(bomb, strlen(bomb), &err));
    assert_non_null(strstr(err.msg, "nested deeper"));
}

static void integers_that_go_writes_and_jansson_refuses_are_read_as_reals(void **state)
{
    static const char text[] =
        "{\"a\": [18446744073709552000, -9223372036854775809, \"18446744073709552"
        "000\"], \"b\": 7, \"c\": -9223372036854775808, \"d\": 1.5,"
        " \"e\": 9223372036854775808, \"f\": 12345678901234567890e2}";
    struct err err = {0};
    json_auto_t *value = json_parse(text, strlen(text), &err);
    const json_t *list = json_object_get(value, "a");

    (void)state;
    assert_non_null(value);
    assert_true(json_real_value(json_array_get(list, 0)) == 18446744073709551616.0);
    assert_true(json_real_value(json_array_get(list, 1)) == -9223372036854775808.0);
    assert_string_equal(json_string_value(json_array_get(list, 2)), "18446744073709552000");
    assert_true(json_is_integer(json_object_get(value, "b")));
    assert_int_equal(json_integer_value(json_object_get(value, "b")), 7);
    assert_true(json_is_integer(json_object_get(value, "c")));
    assert_true(json_real_value(json_object_get(value, "d")) == 1.5);
    assert_true(json_real_value(json_object_get(value, "e")) == 9223372036854775808.0);
    assert_true(json_real_value(json_object_get(value, "f")) == 12345678901234567890e2);
}

static void a_pointer_escapes_what_rfc_6901_reserves(void **state)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(1000);

    (void)state;
    json_pointer_add(&pointer, "metadata");
    json_pointer_add(&pointer, "hawser.dev/status~1");
    json_pointer_add(&pointer, "");
    assert_string_equal(buf_text(&pointer), "/metadata/hawser.dev~1status~01/");
}

/* The expected texts are those of Go 1.26's json.Marshal(float64). */
static void reals_are_written_as_go_writes_them(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {100, "100"},
        {1e20, "100000000000000000000"},
        {123456789012345678.0, "123456789012345680"},
        {18446744073709551616.0, "18446744073709552000"},
        {999999999999999868928.0, "999999999999999900000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {-1e300, "-1e+300"},
        {0.000001, "0.000001"},
        {0.0000012345, "0.0000012345"},
        {0.0000009, "9e-7"},
        {1e-7, "1e-7"},
        {1.25e-9, "1.25e-9"},
        {1e-10, "1e-10"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {0.30000000000000004, "0.30000000000000004"},
        {9007199254740993.0, "9007199254740992"},
        {5.684341886080801486968994140625e-14, "5.684341886080802e-14"}, /* 2^-44: not nearest */
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {-0.00000112345678901234567, "-0.0000011234567890123457"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[JSON_REAL_SIZE];
        json_real_text(rows[i].value, text);
        print_message("# %s\n", text);
        assert_string_equal(text, rows[i].text);
    }
}

static void check_round_trip(double value)
{
    char text[JSON_REAL_SIZE];
    struct err err = {0};

    json_real_text(value, text);
    json_auto_t *read = json_parse(text, strlen(text), &err);
    if (read == NULL || json_number_value(read) != value) {
        fail_msg("%.17g was written as %s", value, text);
    }
}

static void every_real_reads_back_as_itself(void **state)
{
    uint64_t seed = 2023;
    size_t n = 0;

    (void)state;
    for (int exponent = -1074; exponent < 1024; exponent++) {
        check_round_trip(ldexp(1, exponent));
        check_round_trip(-nextafter(ldexp(1, exponent), 0));
        check_round_trip(nextafter(ldexp(1, exponent), INFINITY));
    }
    while (n < N_DOUBLES) {
        double value;
        seed = seed * 6364136223846793005U + 1442695040888963407U; /* Knuth's MMIX */
        uint64_t bits = seed ^ seed >> 32;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value)) {
            check_round_trip(value);
            n++;
        }
    }
}

static void equal_values_have_equal_sorted_text(void **state)
{
    static const char json[] = "{\"b\":[{\"d\":1,\"c\":null}],\"a\":\"x\"}";
    CLEANUP(buf_clear) struct buf text = BUF_INIT(256);
    struct err err = {0};
    json_auto_t *value = json_parse(json, sizeof(json) - 1, &err);

    (void)state;
    assert_non_null(value);
    json_sorted(&text, value);
    assert_string_equal(buf_text(&text), "{\"a\":\"x\",\"b\":[{\"c\":null,\"d\":1}]}");
}

static void a_member_that_is_no_string_is_an_empty_text(void **state)
{
    json_auto_t *object = json_pack("{s:s, s:i, s:n}", "a", "text", "b", 1, "c");

    (void)state;
    assert_string_equal(json_text_of(object, "a"), "text");
    assert_string_equal(json_text_of(object, "b"), "");
    assert_string_equal(json_text_of(object, "c"), "");
    assert_string_equal(json_text_of(object, "d"), "");
    assert_string_equal(json_text_of(NULL, "a"), "");
    assert_string_equal(json_text_of(json_object_get(object, "a"), "a"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rfc_8259_allows_is_read),
        cmocka_unit_test(what_it_does_not_allow_is_refused_with_its_place),
        cmocka_unit_test(an_excerpt_points_at_what_was_not_expected),
        cmocka_unit_test(messages_do_not_repeat_the_text),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
        cmocka_unit_test(nesting_has_a_bound),
        cmocka_unit_test(any_number_of_siblings_may_stand_on_one_level),
        cmocka_unit_test(brackets_that_close_nothing_do_not_hide_those_that_open),
        cmocka_unit_test(integers_that_go_writes_and_jansson_refuses_are_read_as_reals),
        cmocka_unit_test(a_pointer_escapes_what_rfc_6901_reserves),
        cmocka_unit_test(reals_are_written_as_go_writes_them),
        cmocka_unit_test(every_real_reads_back_as_itself),
        cmocka_unit_test(equal_values_have_equal_sorted_text),
        cmocka_unit_test(a_member_that_is_no_string_is_an_empty_text),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
