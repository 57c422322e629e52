/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_out.h"

#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

static void commas_stand_between_values_and_nowhere_else(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
    struct json_out out = {.buf = &buf};

    (void)state;
    json_out_object(&out);
    json_out_key(&out, "list");
    json_out_array(&out);
    json_out_array(&out);
    json_out_array_end(&out);
    json_out_object(&out);
    json_out_object_end(&out);
    json_out_int(&out, -9223372036854775807 - 1);
    json_out_bool(&out, true);
    json_out_array_end(&out);
    json_out_pair(&out, "name", "workdir");
    json_out_key(&out, "off");
    json_out_bool(&out, false);
    json_out_object_end(&out);
    assert_string_equal(
        buf_text(&buf),
        "{\"list\":[[],{},-9223372036854775808,true],\"name\":\"workdir\",\"off\":false}");
}

static void a_string_is_escaped_where_rfc_8259_demands_it(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
    struct json_out out = {.buf = &buf};

    (void)state;
    json_out_string(&out, "a\"b\\c/d\n\t\r\b\x1f\x7f\xc3\xa4\xf0\x9f\x98\x80");
    assert_string_equal(buf_text(&buf),
                        "\"a\\\"b\\\\c/d\\n\\t\\u000d\\u0008\\u001f\x7f\xc3\xa4\xf0\x9f\x98\x80\"");
}

static void control_characters_are_escaped_as_jansson_does_on_demand(void **state)
{
    char text[] = "x";

    (void)state;
    for (int c = 1; c < 0x80; c++) {
        CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
        CLEANUP(buf_clear) struct buf expected = BUF_INIT(1000);
        struct json_out out = {.buf = &buf, .as_jansson = true};
        json_auto_t *value = NULL;
        text[0] = (char)c;
        value = json_string(text);
        json_sorted(&expected, value);
        json_out_string(&out, text);
        assert_string_equal(buf_text(&buf), buf_text(&expected));
    }
}

/* Write @text, of @len bytes that stand for themselves but for @c at @at, and check what came. */
static void check_escape(const char *text, size_t len, size_t at, unsigned char c)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
    struct json_out out = {.buf = &buf};

    json_out_string(&out, text);
    if (c >= 0x20 && c != '"' && c != '\\') {
        assert_int_equal(buf.len, len + 2);
        assert_memory_equal(buf.bytes + 1, text, len);
        return;
    }
    assert_memory_equal(buf.bytes + 1, text, at);
    assert_int_equal(buf.bytes[1 + at], '\\');
    assert_true(buf.len > len + 2);
    assert_memory_equal(buf.bytes + buf.len - (len - at), text + at + 1, len - at - 1);
}

/* One byte of each value at each place of texts longer than the words that they are read in. */
static void an_escape_is_found_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t len = 1; len < 20; len++) {
        for (size_t i = 0; i < len * 0xff; i++) {
            const unsigned char c = (unsigned char)(i % 0xff + 1);
            const size_t at = i / 0xff;
            char text[20] = "";
            memset(text, c == 'a' ? 'b' : 'a', len);
            text[at] = (char)c;
            check_escape(text, len, at, c);
        }
    }
}

static void every_string_reads_back_as_itself(void **state)
{
    char text[0x80];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(text); i++) {
        text[i] = (char)(i + 1);
    }
    text[sizeof(text) - 1] = '\0';
    for (size_t start = 0; start < sizeof(text); start++) {
        CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
        struct json_out out = {.buf = &buf};
        struct err err = {0};
        json_out_string(&out, text + start);
        json_auto_t *value = json_parse(buf.bytes, buf.len, &err);
        assert_non_null(value);
        assert_string_equal(json_string_value(value), text + start);
    }
}

static void a_number_is_written_in_full(void **state)
{
    static const struct {
        long long number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {-1, "-1"},
        {10, "10"},
        {-1024, "-1024"},
        {LLONG_MAX, "9223372036854775807"},
        {LLONG_MIN, "-9223372036854775808"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
        struct json_out out = {.buf = &buf};
        json_out_int(&out, rows[i].number);
        assert_string_equal(buf_text(&buf), rows[i].text);
    }
}

static void a_literal_key_is_written_as_any_other(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
    struct json_out out = {.buf = &buf};

    (void)state;
    json_out_object(&out);
    JSON_OUT_KEY(&out, "a");
    json_out_array(&out);
    json_out_array_end(&out);
    JSON_OUT_KEY(&out, "b.c/d");
    json_out_object(&out);
    JSON_OUT_PAIR(&out, "e", "\n");
    JSON_OUT_PAIR(&out, "f", "");
    json_out_object_end(&out);
    json_out_object_end(&out);
    assert_string_equal(buf_text(&buf), "{\"a\":[],\"b.c/d\":{\"e\":\"\\n\",\"f\":\"\"}}");
}

static void bytes_are_a_string_of_base64(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
    struct json_out out = {.buf = &buf};

    (void)state;
    json_out_array(&out);
    json_out_base64(&out, "\0\xff\xfe\n", 4);
    json_out_base64(&out, "", 0);
    json_out_array_end(&out);
    assert_string_equal(buf_text(&buf), "[\"AP/+Cg==\",\"\"]");
}

static void a_value_is_written_as_it_was_read(void **state)
{
    static const char *const rows[] = {
        "null",
        "true",
        "-7",
        "\"a\\u0000b\"",
        "[]",
        "{}",
        "[[],[{}],{\"a\":[]}]",
        "{\"z\":1,\"a\":{\"y\":[1,2.5,\"x\"],\"b\":null},\"m\\\"\":false}", /* in its own order */
        "[0.1,1e+21,18446744073709552000,1e-7,-0.5]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
        struct json_out out = {.buf = &buf};
        struct err err = {0};
        json_auto_t *value = json_parse(rows[i], strlen(rows[i]), &err);
        print_message("# %s\n", rows[i]);
        json_out_value(&out, value);
        assert_string_equal(buf_text(&buf), rows[i]);
    }
}

static void a_value_takes_its_place_among_others(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);
    struct json_out out = {.buf = &buf};
    json_auto_t *value = json_pack("{s:[i,i]}", "a", 1, 2);

    (void)state;
    json_out_array(&out);
    json_out_value(&out, value);
    json_out_raw(&out, "{\"b\":1}");
    json_out_value(&out, value);
    json_out_int(&out, 3);
    json_out_array_end(&out);
    assert_string_equal(buf_text(&buf), "[{\"a\":[1,2]},{\"b\":1},{\"a\":[1,2]},3]");
}

static void a_buffer_that_is_full_says_so(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(10);
    struct json_out out = {.buf = &buf};
    struct err err = {0};

    (void)state;
    json_out_string(&out, "0123456789");
    assert_int_equal(buf_check(&buf, "the answer", &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values_and_nowhere_else),
        cmocka_unit_test(a_string_is_escaped_where_rfc_8259_demands_it),
        cmocka_unit_test(control_characters_are_escaped_as_jansson_does_on_demand),
        cmocka_unit_test(an_escape_is_found_wherever_it_stands),
        cmocka_unit_test(every_string_reads_back_as_itself),
        cmocka_unit_test(a_number_is_written_in_full),
        cmocka_unit_test(a_literal_key_is_written_as_any_other),
        cmocka_unit_test(bytes_are_a_string_of_base64),
        cmocka_unit_test(a_value_is_written_as_it_was_read),
        cmocka_unit_test(a_value_takes_its_place_among_others),
        cmocka_unit_test(a_buffer_that_is_full_says_so),
    };

    return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
