/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_places.h"

#include "base/cleanup.h"
#include "tests/test.h"

/* {"a": [_, {"": _}], "~/": _} with the numbers of its values as their offsets. */
static struct yaml_places *make_places(void)
{
    static const struct yaml_places_value values[] = {
        {.parent = YAML_PLACES_NONE, .offset = 0}, {.parent = 0, .key = "a", .offset = 1},
        {.parent = 1, .index = 0, .offset = 2},    {.parent = 1, .index = 1, .offset = 3},
        {.parent = 3, .key = "", .offset = 4},     {.parent = 0, .key = "~/", .offset = 5},
    };
    struct yaml_places *places = yaml_places_new();
    size_t number;

    assert_non_null(places);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_true(yaml_places_add(places, &values[i], &number));
        assert_int_equal(number, i);
    }
    return places;
}

static void a_pointer_leads_to_its_value(void **state)
{
    static const struct {
        const char *pointer;
        int offset; /* -1: to nothing */
    } rows[] = {
        {"", 0},      {"/a", 1},   {"/a/0", 2},  {"/a/1", 3},   {"/a/1/", 4},  {"/~0~1", 5},
        {"/", -1},    {"/b", -1},  {"/a/2", -1}, {"/a/01", -1}, {"/a/0/", -1}, {"/~/", -1},
        {"/~0/", -1}, {"/~0", -1}, {"a", -1},    {"/a/-", -1},  {"//", -1},    {"/A", -1},
    };
    CLEANUP(yaml_places_free) struct yaml_places *places = make_places();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct yaml_places_value *value = yaml_places_find(places, rows[i].pointer);
        if ((value != NULL ? (int)value->offset : -1) != rows[i].offset) {
            fail_msg("'%s' leads to %d", rows[i].pointer, value != NULL ? (int)value->offset : -1);
        }
    }
}

static void nothing_is_found_before_something_was_added(void **state)
{
    CLEANUP(yaml_places_free) struct yaml_places *places = yaml_places_new();

    (void)state;
    assert_null(yaml_places_find(places, ""));
    assert_null(yaml_places_find(places, "/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pointer_leads_to_its_value),
        cmocka_unit_test(nothing_is_found_before_something_was_added),
    };

    return cmocka_run_group_tests_name("yaml_places", tests, NULL, NULL);
}
