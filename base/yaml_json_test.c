/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_json.h"

#include <string.h>

#include "tests/test.h"

static void objects_are_taken_one_by_one(void **state)
{
    const char *text = "x{\"a\":\"}\\\"{\"}{\"b\":[{}]} rest";
    struct err err = {0};
    size_t at = 1;
    json_auto_t *first = yaml_json_next(text, strlen(text), &at, &err);
    json_auto_t *second = NULL;

    (void)state;
    assert_string_equal(json_string_value(json_object_get(first, "a")), "}\"{");
    assert_int_equal(at, 13);
    second = yaml_json_next(text, strlen(text), &at, &err);
    assert_int_equal(json_array_size(json_object_get(second, "b")), 1);
    assert_string_equal(text + at, " rest");
}

static void what_is_no_object_leaves_the_place(void **state)
{
    static const char *const texts[] = {"{",   "{\"a\"}", "{a: b}",    "{\"a\":1]",
                                        "{\"", "{\"\\",   "{\"a\":1,}"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err = {0};
        size_t at = 0;
        if (yaml_json_next(texts[i], strlen(texts[i]), &at, &err) != NULL) {
            fail_msg("%s", texts[i]);
        }
        assert_int_equal(at, 0);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void numbers_have_the_types_that_go_gives_them(void **state)
{
    const char *text = "{\"a\":[1.0,1e18,1e19,0.5,9007199254740993,{\"b\":-0.0}]}";
    struct err err = {0};
    size_t at = 0;
    json_auto_t *value = yaml_json_next(text, strlen(text), &at, &err);
    const json_t *list = json_object_get(value, "a");

    (void)state;
    assert_int_equal(json_integer_value(json_array_get(list, 0)), 1);
    assert_int_equal(json_integer_value(json_array_get(list, 1)), 1000000000000000000);
    assert_true(json_is_real(json_array_get(list, 2)));
    assert_true(json_is_real(json_array_get(list, 3)));
    assert_int_equal(json_integer_value(json_array_get(list, 4)), 9007199254740993);
    assert_true(json_is_integer(json_object_get(json_array_get(list, 5), "b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_taken_one_by_one),
        cmocka_unit_test(what_is_no_object_leaves_the_place),
        cmocka_unit_test(numbers_have_the_types_that_go_gives_them),
    };

    return cmocka_run_group_tests_name("yaml_json", tests, NULL, NULL);
}
