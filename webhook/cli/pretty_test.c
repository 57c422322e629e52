/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/pretty.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

static void assert_pretty(const char *json, const char *expected)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(64UL * 1024);
    struct err err = {0};
    json_auto_t *value = json_parse(json, strlen(json), &err);

    print_message("# %s\n", json);
    assert_non_null(value);
    pretty_write(&out, value);
    assert_string_equal(buf_text(&out), expected);
}

static void members_stand_one_a_line_in_their_own_order(void **state)
{
    (void)state;
    assert_pretty("{\"b\":{\"d\":[1,[2,null]]},\"a\":true}", "{\n"
                                                             "    \"b\": {\n"
                                                             "        \"d\": [\n"
                                                             "            1,\n"
                                                             "            [\n"
                                                             "                2,\n"
                                                             "                null\n"
                                                             "            ]\n"
                                                             "        ]\n"
                                                             "    },\n"
                                                             "    \"a\": true\n"
                                                             "}\n");
}

static void what_is_empty_takes_one_line(void **state)
{
    (void)state;
    assert_pretty("[]", "[]\n");
    assert_pretty("{}", "{}\n");
    assert_pretty("{\"a\":{},\"b\":[]}", "{\n    \"a\": {},\n    \"b\": []\n}\n");
}

static void numbers_are_written_as_go_writes_them(void **state)
{
    (void)state;
    assert_pretty("[0.1,1e21,1.5e-7,18446744073709551616,-3]",
                  "[\n    0.1,\n    1e+21,\n    1.5e-7,\n    18446744073709552000,\n    -3\n]\n");
}

static void hostile_strings_stay_strings(void **state)
{
    (void)state;
    assert_pretty("\"a\\u0000b\\u001b[2J\\n\\\"\"", "\"a\\u0000b\\u001b[2J\\n\\\"\"\n");
    assert_pretty("{\"\\n\\\"\":1}", "{\n    \"\\n\\\"\": 1\n}\n");
}

static void the_deepest_text_that_is_read_can_be_written(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(1024UL * 1024);
    char text[2 * JSON_DEPTH_MAX];
    struct err err = {0};
    json_auto_t *value = NULL;

    (void)state;
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    value = json_parse(text, sizeof(text), &err);
    assert_non_null(value);
    pretty_write(&out, value);
    assert_false(buf_failed(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_stand_one_a_line_in_their_own_order),
        cmocka_unit_test(what_is_empty_takes_one_line),
        cmocka_unit_test(numbers_are_written_as_go_writes_them),
        cmocka_unit_test(hostile_strings_stay_strings),
        cmocka_unit_test(the_deepest_text_that_is_read_can_be_written),
    };

    return cmocka_run_group_tests_name("pretty", tests, NULL, NULL);
}
