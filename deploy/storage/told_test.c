/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/told.h"

#include "tests/test.h"

static void trouble_is_told_when_it_begins_or_changes(void **state)
{
    struct told told = {.now = NULL};

    (void)state;
    assert_true(told_note(&told, "a", "bad"));
    assert_true(told_note(&told, "b", "bad"));
    assert_int_equal(told_end(&told), 2);
    assert_false(told_note(&told, "a", "bad"));
    assert_true(told_note(&told, "b", "worse"));
    assert_int_equal(told_end(&told), 2);
    assert_false(told_note(&told, "b", "worse"));
    told_clear(&told);
}

static void what_comes_back_is_told_anew(void **state)
{
    struct told told = {.now = NULL};

    (void)state;
    assert_true(told_note(&told, "a", "bad"));
    assert_int_equal(told_end(&told), 1);
    assert_int_equal(told_end(&told), 0);
    assert_true(told_note(&told, "a", "bad"));
    told_clear(&told);
}

static void what_was_not_looked_at_is_neither_forgotten_nor_told(void **state)
{
    struct told told = {.now = NULL};

    (void)state;
    assert_true(told_note(&told, "a", "bad"));
    assert_int_equal(told_end(&told), 1);
    told_keep(&told, "a");
    told_keep(&told, "b");
    assert_int_equal(told_end(&told), 1);
    assert_false(told_note(&told, "a", "bad"));
    assert_true(told_note(&told, "b", "bad"));
    told_clear(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trouble_is_told_when_it_begins_or_changes),
        cmocka_unit_test(what_comes_back_is_told_anew),
        cmocka_unit_test(what_was_not_looked_at_is_neither_forgotten_nor_told),
    };

    return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
