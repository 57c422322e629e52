/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_anchors.h"

#include <stdio.h>

#include "tests/test.h"

static void a_name_that_comes_again_stands_for_the_later_node(void **state)
{
    struct yaml_anchors anchors = {.n = 0};

    (void)state;
    assert_null(yaml_anchors_find(&anchors, "a"));
    for (size_t i = 0; i < 100; i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "a%zu", i % 60);
        assert_true(yaml_anchors_add(&anchors, name));
        assert_null(anchors.items[i].value);
        anchors.items[i].value = json_integer((json_int_t)i);
    }
    assert_int_equal(json_integer_value(yaml_anchors_find(&anchors, "a0")->value), 60);
    assert_int_equal(json_integer_value(yaml_anchors_find(&anchors, "a39")->value), 99);
    assert_int_equal(json_integer_value(yaml_anchors_find(&anchors, "a40")->value), 40);
    assert_null(yaml_anchors_find(&anchors, "a60"));
    yaml_anchors_clear(&anchors);
    assert_null(yaml_anchors_find(&anchors, "a0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_comes_again_stands_for_the_later_node),
    };

    return cmocka_run_group_tests_name("yaml_anchors", tests, NULL, NULL);
}
