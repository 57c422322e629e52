/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_reader.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_reader_test.h"

static void a_value_is_seen_as_what_it_is(void **state)
{
    static const struct {
        const char *text;
        enum json_view_type type;
        const char *name;
        const char *value; /* as it stands there */
    } rows[] = {
        {" {\"a\": [ ]} ", JSON_VIEW_OBJECT, "an object", "{\"a\": [ ]}"},
        {"[1, {}]\n", JSON_VIEW_LIST, "a list", "[1, {}]"},
        {"\t\"a\\n\"", JSON_VIEW_STRING, "a string", "\"a\\n\""},
        {"-1.50", JSON_VIEW_NUMBER, "a number", "-1.50"},
        {"0", JSON_VIEW_NUMBER, "a number", "0"},
        {"true", JSON_VIEW_BOOLEAN, "a boolean", "true"},
        {"false", JSON_VIEW_BOOLEAN, "a boolean", "false"},
        {"null", JSON_VIEW_NULL, "null", "null"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(text_clear) struct text text;
        struct err err = {0};
        print_message("# %s\n", rows[i].value);
        text_of(&text, rows[i].text);
        assert_int_equal(json_view_type(&text.top), rows[i].type);
        assert_string_equal(json_view_type_name(&text.top), rows[i].name);
        assert_int_equal(json_view_is_true(&text.top), strcmp(rows[i].value, "true") == 0);
        expect_text(&text.top, rows[i].value);
        assert_int_equal(json_reader_close(&text.top, &err), 0);
    }
}

static void nothing_is_a_value_too(void **state)
{
    const struct json_view nothing = {0};
    const struct json_string key = json_string_of("a");
    struct json_walk walk = json_walk_of(&nothing);
    struct json_view member;
    struct err err = {0};

    (void)state;
    assert_int_equal(json_view_type(&nothing), JSON_VIEW_NOTHING);
    assert_string_equal(json_view_type_name(&nothing), "nothing");
    assert_false(json_view_is_true(&nothing));
    expect_text(&nothing, "");
    assert_int_equal(json_walk_next(&walk, &err), 0);
    assert_int_equal(json_view_member(&nothing, &key, &member, &err), 0);
    assert_int_equal(json_view_type(&member), JSON_VIEW_NOTHING);
}

static void scalars_have_no_items(void **state)
{
    static const char *const rows[] = {"\"[1]\"", "1", "true", "null"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(text_clear) struct text text;
        struct json_walk walk;
        struct err err = {0};
        text_of(&text, rows[i]);
        walk = json_walk_of(&text.top);
        assert_int_equal(json_walk_next(&walk, &err), 0);
    }
}

static void a_walk_finds_the_items_in_their_order(void **state)
{
    static const char *const values[] = {"1", "[2, 3]", "{\"d\":4}", "\"\"", "null"};
    CLEANUP(text_clear) struct text list;
    CLEANUP(text_clear) struct text object;
    struct json_walk through_list;
    struct json_walk through_object;
    struct err err = {0};

    (void)state;
    text_of(&list, "[1 ,[2, 3],{\"d\":4} ,\n\"\", null ]");
    text_of(&object, "{\"a\":1,\"b\" :[2, 3], \"c\": {\"d\":4},\"d\":\"\",\"e\":null}");
    through_list = json_walk_of(&list.top);
    through_object = json_walk_of(&object.top);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char key[] = {(char)('a' + i), '\0'};
        const struct json_string expected = json_string_of(key);
        go_on(&through_list);
        go_on(&through_object);
        assert_int_equal(through_list.index, i);
        assert_int_equal(through_object.index, i);
        assert_true(json_string_same(&through_object.key, &expected));
        expect_text(&through_list.value, values[i]);
        expect_text(&through_object.value, values[i]);
    }
    for (size_t i = 0; i < 2; i++) { /* and stays at the end */
        assert_int_equal(json_walk_next(&through_list, &err), 0);
        assert_int_equal(json_walk_next(&through_object, &err), 0);
    }
}

static void empty_lists_and_objects_have_no_items(void **state)
{
    static const char *const rows[] = {"[]", "{}", "[ \n]", "{\t}"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(text_clear) struct text text;
        struct json_walk walk;
        struct err err = {0};
        text_of(&text, rows[i]);
        walk = json_walk_of(&text.top);
        assert_int_equal(json_walk_next(&walk, &err), 0);
        assert_int_equal(json_walk_next(&walk, &err), 0);
        assert_int_equal(json_reader_close(&text.top, &err), 0);
    }
}

static void a_member_is_found_however_its_key_is_written(void **state)
{
    static const struct {
        const char *key;
        const char *value; /* "": not there */
    } rows[] = {
        {"a", "1"}, {"spec", "{\"a\":2}"}, {"caf\xc3\xa9", "3"}, {"b", ""}, {"specs", ""}, {"", ""},
    };
    CLEANUP(text_clear) struct text text;

    (void)state;
    text_of(&text, "{\"a\":1,\"s\\u0070ec\":{\"a\":2},\"caf\\u00e9\":3,\"a\":4}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json_string key = json_string_of(rows[i].key);
        struct json_view member;
        struct err err = {0};
        print_message("# %s\n", rows[i].key);
        assert_int_equal(json_view_member(&text.top, &key, &member, &err), 0);
        expect_text(&member, rows[i].value);
        assert_false(member.is_escaped); /* whatever the key is */
    }
}

static void a_key_that_stands_twice_is_shown_twice(void **state)
{
    CLEANUP(text_clear) struct text text;
    struct json_walk walk;
    struct json_string first;
    struct err err = {0};

    (void)state;
    text_of(&text, "{\"a\":1,\"\\u0061\":2}");
    walk = json_walk_of(&text.top);
    go_on(&walk);
    first = walk.key;
    expect_text(&walk.value, "1");
    go_on(&walk);
    assert_true(json_string_same(&walk.key, &first));
    expect_text(&walk.value, "2");
    assert_int_equal(json_reader_close(&text.top, &err), 0);
}

static void a_string_is_shown_without_its_quotes(void **state)
{
    CLEANUP(text_clear) struct text text;
    struct json_view view;
    struct json_string string;
    char out[8];

    (void)state;
    text_of(&text, "[\"plain\",\"a\\u0000b\",\"\"]");
    view = item(&text.top, 0);
    string = json_view_string(&view);
    assert_false(string.is_escaped);
    assert_int_equal(string.len, 5);
    assert_memory_equal(string.bytes, "plain", 5);
    view = item(&text.top, 1);
    string = json_view_string(&view);
    assert_true(string.is_escaped);
    assert_int_equal(json_string_decode(&string, out), 3);
    assert_memory_equal(out, "a\0b", 3);
    view = item(&text.top, 2);
    assert_int_equal(json_view_string(&view).len, 0);
}

static void values_can_be_asked_for_in_any_order(void **state)
{
    static const char *const values[] = {"{\"b\":[1,{}]}", "[[],[2]]", "3", "{}"};
    CLEANUP(text_clear) struct text text;
    struct json_view views[4];
    struct json_view inner;
    struct err err = {0};

    (void)state;
    text_of(&text, "[{\"b\":[1,{}]},[[],[2]],3,{}]");
    for (size_t i = 0; i < 4; i++) {
        views[i] = item(&text.top, i);
    }
    inner = item(&views[1], 1);
    expect_text(&inner, "[2]");
    inner = item(&inner, 0);
    expect_text(&inner, "2");
    for (size_t i = 4; i > 0; i--) {
        expect_text(&views[i - 1], values[i - 1]);
    }
    inner = item(&views[0], 0);
    inner = item(&inner, 1);
    expect_text(&inner, "{}");
    assert_int_equal(json_reader_close(&text.top, &err), 0);
}

static void walks_do_not_disturb_each_other(void **state)
{
    CLEANUP(text_clear) struct text text;
    struct json_walk left;
    struct json_walk one;
    struct json_walk other;
    struct json_walk inside;
    struct err err = {0};

    (void)state;
    text_of(&text, "[[1,[2]],[3],[[4],5]]");
    left = json_walk_of(&text.top);
    go_on(&left); /* and is not taken up again */
    one = json_walk_of(&text.top);
    other = json_walk_of(&text.top);
    go_on(&one);
    go_on(&other);
    go_on(&other);
    expect_text(&one.value, "[1,[2]]");
    expect_text(&other.value, "[3]");
    inside = json_walk_of(&one.value);
    go_on(&inside);
    go_on(&other);
    go_on(&inside);
    expect_text(&inside.value, "[2]");
    expect_text(&other.value, "[[4],5]");
    go_on(&one);
    expect_text(&one.value, "[3]");
    assert_int_equal(json_walk_next(&inside, &err), 0);
    assert_int_equal(json_reader_close(&text.top, &err), 0);
}

static void a_value_ends_in_the_same_place_whoever_passed_over_it(void **state)
{
    static const char *const rows[] = {
        "[]",
        "{}",
        "[[],[[]],{}]",
        "{\"a\":{\"b\":[]},\"c\":[{},{}]}",
        "[ [ ] , { } ]",
        "[\"]\",\"}\",{\"]\":\"[\"}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (enum way way = WALK; way < N_WAYS; way++) {
            CLEANUP(buf_clear) struct buf bytes = BUF_INIT(TEXT_MAX);
            CLEANUP(text_clear) struct text text;
            struct json_view view;
            struct err err = {0};
            buf_printf(&bytes, "[%s,[7]]", rows[i]);
            text_of(&text, buf_text(&bytes));
            view = item(&text.top, 0);
            assert_int_equal(way == WALK ? walk_all(&view, &err) : 0, 0);
            expect_text(&view, rows[i]);
            view = item(&text.top, 1); /* and the next one is counted right */
            view = item(&view, 0);
            expect_text(&view, "7");
            expect_text(&text.top, buf_text(&bytes));
        }
    }
}

static void nothing_is_looked_at_twice(void **state)
{
    (void)state;
    for (enum way way = WALK; way < N_WAYS; way++) {
        CLEANUP(buf_clear) struct buf bytes = BUF_INIT(TEXT_MAX);
        CLEANUP(text_clear) struct text text;
        struct json_view view;
        struct err err = {0};
        buf_add_text(&bytes, "[[1]");
        for (size_t i = 0; i < 1000; i++) {
            buf_add_text(&bytes, ",[]");
        }
        buf_add_text(&bytes, "]");
        text_of(&text, buf_text(&bytes));
        view = item(&text.top, 0);
        if (way == WALK) {
            assert_int_equal(walk_all(&view, &err), 0);
        } else {
            expect_text(&view, "[1]");
        }
        text.bytes[2] = 'x';
        assert_int_equal(json_reader_close(&text.top, &err), 0);
        expect_text(&view, "[x]");
    }
}

static void what_nobody_asked_for_has_not_been_looked_at(void **state)
{
    CLEANUP(text_clear) struct text text;
    struct json_walk walk;
    struct err err = {0};

    (void)state;
    text_of(&text, "[1,[2,3],x");
    walk = json_walk_of(&text.top);
    go_on(&walk);
    go_on(&walk);
    expect_text(&walk.value, "[2,3]");
    assert_int_equal(json_walk_next(&walk, &err), -1);
    assert_string_equal(err.msg, "line 1, column 10: expected a value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_seen_as_what_it_is),
        cmocka_unit_test(nothing_is_a_value_too),
        cmocka_unit_test(scalars_have_no_items),
        cmocka_unit_test(a_walk_finds_the_items_in_their_order),
        cmocka_unit_test(empty_lists_and_objects_have_no_items),
        cmocka_unit_test(a_member_is_found_however_its_key_is_written),
        cmocka_unit_test(a_key_that_stands_twice_is_shown_twice),
        cmocka_unit_test(a_string_is_shown_without_its_quotes),
        cmocka_unit_test(values_can_be_asked_for_in_any_order),
        cmocka_unit_test(walks_do_not_disturb_each_other),
        cmocka_unit_test(a_value_ends_in_the_same_place_whoever_passed_over_it),
        cmocka_unit_test(nothing_is_looked_at_twice),
        cmocka_unit_test(what_nobody_asked_for_has_not_been_looked_at),
    };

    return cmocka_run_group_tests_name("json_reader", tests, NULL, NULL);
}
