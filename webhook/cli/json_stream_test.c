/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/json_stream.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/yaml.h"
#include "tests/test.h"

static struct json_stream stream_of(const char *text)
{
    return (struct json_stream){.name = "a.json", .text = text, .len = strlen(text)};
}

static void values_come_one_by_one_with_their_lines(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        size_t line; /* of the last one */
    } rows[] = {
        {"", 0, 0},
        {" \n\t\r\n", 0, 0},
        {"{}", 1, 1},
        {"\n\n {}\n", 1, 3},
        {"{}{}[]", 3, 1},
        {"{\"a\": \"}\\\"{\"}\n[\"]\"]\n", 2, 2},
        {"{}\n---\n\n---\n{}\n", 2, 5},
        {"{}\n---\n", 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_stream stream = stream_of(rows[i].text);
        size_t n = 0;
        json_t *value = NULL;
        struct err err = {0};
        print_message("# row %zu\n", i);
        while (json_stream_next(&stream, &value, &err) == 0 && value != NULL) {
            json_decref(value);
            n++;
        }
        assert_int_equal(err.code, ERR_NONE);
        assert_int_equal(n, rows[i].n);
        assert_int_equal(stream.line, rows[i].line);
    }
}

static void what_is_no_value_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"{", "a.json: line 1, column 1: "},
        {"}", "a.json: line 1, column 1: "},
        {"{\n\"a\": ]", "a.json: line 2, column 6: "},
        {"{]}", "a.json: line 1, column 2: "},
        {"x", "a.json: line 1, column 1: "},
        {"{\"a\\", "a.json: line 1, column 4: "},
        {"\n{\"a\": 1, \"a\": 2}", "a.json: counted from line 2: line 1, column 12: "},
        {"---", "a.json: line 1, column 1: "},
        {"\n--- # b\n", "a.json: counted from line 2: line 1, column 1: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_stream stream = stream_of(rows[i].text);
        json_t *value = NULL;
        struct err err = {0};
        print_message("# row %zu\n", i);
        assert_int_equal(json_stream_next(&stream, &value, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.msg, rows[i].message, strlen(rows[i].message));
        assert_null(value);
    }
}

static void more_values_than_memory_are_refused(void **state)
{
    const size_t n = YAML_VALUES_MAX + 2;
    CLEANUP(free) char *text = malloc(2 * n);
    struct json_stream stream = {.name = "a.json", .text = text, .len = 2 * n};
    json_t *value = NULL;
    struct err err = {0};

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = i == 0 ? '[' : ',';
        text[2 * i + 1] = '1';
    }
    assert_int_equal(json_stream_next(&stream, &value, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "a.json: the document has more than 1000000 values");
}

static void a_bracket_looks_like_json(void **state)
{
    (void)state;
    assert_true(json_stream_looks_like(" \n{", 3));
    assert_true(json_stream_looks_like("[", 1));
    assert_false(json_stream_looks_like("", 0));
    assert_false(json_stream_looks_like("a: {}", 5));
    assert_false(json_stream_looks_like("\0{", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_one_by_one_with_their_lines),
        cmocka_unit_test(what_is_no_value_is_refused_with_its_place),
        cmocka_unit_test(more_values_than_memory_are_refused),
        cmocka_unit_test(a_bracket_looks_like_json),
    };

    return cmocka_run_group_tests_name("json_stream", tests, NULL, NULL);
}
