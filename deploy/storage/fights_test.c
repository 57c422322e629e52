/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/fights.h"

#include <stdio.h>

#include "tests/test.h"

#define START_MS 1000000ULL

static void what_is_undone_again_and_again_waits_and_no_other(void **state)
{
    struct fights fights = {.peace = 2};

    (void)state;
    fights_note(&fights, "b", START_MS, 0);
    fights_note(&fights, "a", START_MS, 0);
    assert_int_equal(fights_wait_ms(&fights, "a", START_MS), 0);
    fights_note(&fights, "a", START_MS, 0);
    assert_int_equal(fights_wait_ms(&fights, "a", START_MS), BACKOFF_FIRST_MS / 2);
    assert_int_equal(fights_wait_ms(&fights, "b", START_MS), 0);
    assert_int_equal(fights_wait_ms(&fights, "c", START_MS), 0);
    fights_begin(&fights, START_MS + FIGHT_MS);
    fights_note(&fights, "a", START_MS + FIGHT_MS, 0);
    assert_int_equal(fights_wait_ms(&fights, "a", START_MS + FIGHT_MS), BACKOFF_FIRST_MS);
    fights_clear(&fights);
}

static void what_was_left_in_peace_is_forgotten(void **state)
{
    struct fights fights = {.peace = 2};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fights_note(&fights, "a", START_MS, 0);
        fights_note(&fights, "b", START_MS + 1, 0);
    }
    fights_begin(&fights, START_MS + FIGHT_MS + 1);
    assert_int_equal(fights.n, 1);
    fights_note(&fights, "a", START_MS + FIGHT_MS + 1, 0);
    assert_int_equal(fights_wait_ms(&fights, "a", START_MS + FIGHT_MS + 1), 0);
    fights_begin(&fights, START_MS + 3ULL * FIGHT_MS);
    assert_int_equal(fights.n, 0);
    assert_null(fights.items);
    assert_int_equal(fights.peace, 2);
}

static void of_too_many_the_first_is_forgotten(void **state)
{
    struct fights fights = {.peace = 1};
    const uint64_t now_ms = START_MS + 1;

    (void)state;
    for (unsigned int i = 0; i <= FIGHTS_MAX; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "%u", i);
        fights_note(&fights, key, i == 7 ? START_MS : now_ms, 0);
    }
    assert_int_equal(fights.n, FIGHTS_MAX);
    assert_int_equal(fights_wait_ms(&fights, "7", now_ms), 0);
    assert_int_not_equal(fights_wait_ms(&fights, "6", now_ms), 0);
    assert_int_not_equal(fights_wait_ms(&fights, "512", now_ms), 0);
    fights_clear(&fights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_undone_again_and_again_waits_and_no_other),
        cmocka_unit_test(what_was_left_in_peace_is_forgotten),
        cmocka_unit_test(of_too_many_the_first_is_forgotten),
    };

    return cmocka_run_group_tests_name("fights", tests, NULL, NULL);
}
