/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/later.h"

#include "tests/test.h"

static void what_was_noted_waits_until_a_round_after_its_time(void **state)
{
    struct later later = {.until_ms = NULL};

    (void)state;
    later_begin(&later, 1000);
    assert_false(later_must_wait(&later, "a"));
    later_note(&later, "a", 2000);
    assert_true(later_must_wait(&later, "a"));
    assert_false(later_must_wait(&later, "b"));
    later_begin(&later, 1999);
    assert_true(later_must_wait(&later, "a"));
    later_begin(&later, 2000);
    assert_false(later_must_wait(&later, "a"));
    later_clear(&later);
}

static void what_is_noted_again_waits_for_the_new_time(void **state)
{
    struct later later = {.until_ms = NULL};

    (void)state;
    later_note(&later, "a", 2000);
    later_note(&later, "a", 3000);
    later_begin(&later, 2500);
    assert_true(later_must_wait(&later, "a"));
    later_note(&later, "a", 2600);
    assert_int_equal(later_first_ms(&later), 2600);
    later_clear(&later);
}

static void what_nobody_asks_for_is_forgotten_when_it_is_due(void **state)
{
    struct later later = {.until_ms = NULL};

    (void)state;
    later_note(&later, "a", 2000);
    later_note(&later, "b", 3000);
    later_begin(&later, 2000);
    assert_int_equal(json_object_size(later.until_ms), 1);
    later_begin(&later, 3000);
    assert_null(later.until_ms);
    later_clear(&later);
}

static void the_first_that_is_due_is_known(void **state)
{
    struct later later = {.until_ms = NULL};

    (void)state;
    assert_true(later_first_ms(&later) == UINT64_MAX);
    later_note(&later, "a", 3000);
    later_note(&later, "b", 2000);
    assert_int_equal(later_first_ms(&later), 2000);
    later_begin(&later, 2500);
    assert_int_equal(later_first_ms(&later), 3000);
    later_clear(&later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_noted_waits_until_a_round_after_its_time),
        cmocka_unit_test(what_is_noted_again_waits_for_the_new_time),
        cmocka_unit_test(what_nobody_asks_for_is_forgotten_when_it_is_due),
        cmocka_unit_test(the_first_that_is_due_is_known),
    };

    return cmocka_run_group_tests_name("later", tests, NULL, NULL);
}
