/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_events.h"

#include <string.h>

#include "tests/test.h"

/* The next scalar of @events. The caller clears it. */
static void next_scalar(struct yaml_events *events, struct yaml_events_item *item)
{
    struct err err = {0};

    assert_int_equal(yaml_events_next(events, item, &err), 0);
    while (item->event.type != YAML_SCALAR_EVENT) {
        yaml_events_item_clear(item);
        assert_int_equal(yaml_events_next(events, item, &err), 0);
    }
}

static void events_stand_at_bytes_of_the_text(void **state)
{
    const char *text = "\xc3\xa4\n\xc3\xa4\xc3\xb6: [\xf0\x9f\x98\x80, \"\xe2\x82\xac\"]\n";
    static const char *const scalars[] = {"\xc3\xa4\xc3\xb6", "\xf0\x9f\x98\x80",
                                          "\"\xe2\x82\xac\""};
    struct yaml_events events;
    struct err err = {0};

    (void)state;
    assert_int_equal(yaml_events_open(&events, text, 3, strlen(text), &err), 0);
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        struct yaml_events_item item;
        next_scalar(&events, &item);
        assert_int_equal(item.end - item.start, strlen(scalars[i]));
        assert_memory_equal(text + item.start, scalars[i], strlen(scalars[i]));
        yaml_events_item_clear(&item);
    }
    yaml_events_close(&events);
    yaml_events_close(&events);
}

static void an_error_has_a_place_and_a_context(void **state)
{
    const char *text = "- a: [\xc3\xa4,\n  b]]\n";
    struct yaml_events events;
    struct yaml_events_item item;
    struct err err = {0};

    (void)state;
    assert_int_equal(yaml_events_open(&events, text, 0, strlen(text), &err), 0);
    while (yaml_events_next(&events, &item, &err) == 0) {
        yaml_events_item_clear(&item);
    }
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(item.start, strlen("- a: [\xc3\xa4,\n  b]"));
    assert_string_equal(
        err.msg, "did not find expected key while parsing a block mapping that starts on line 1");
    yaml_events_close(&events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_stand_at_bytes_of_the_text),
        cmocka_unit_test(an_error_has_a_place_and_a_context),
    };

    return cmocka_run_group_tests_name("yaml_events", tests, NULL, NULL);
}
