/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/fight.h"

#include "tests/test.h"

static void what_is_undone_now_and_then_is_written_at_once(void **state)
{
    struct fight fight = {.written_ms = 0};
    uint64_t now_ms = 5000;

    (void)state;
    assert_int_equal(fight_wait_ms(&fight, now_ms), 0);
    for (int i = 0; i < 20; i++) {
        fight_note(&fight, now_ms, 7);
        now_ms += FIGHT_MS + 1;
        assert_int_equal(fight_wait_ms(&fight, now_ms), 0);
    }
}

static void who_fights_on_is_let_win_for_longer_each_time(void **state)
{
    struct fight fight = {.written_ms = 0};
    uint64_t now_ms = 5000;
    uint64_t last_ms = 0;

    (void)state;
    for (int i = 1; i < FIGHT_PEACE; i++) {
        fight_note(&fight, now_ms, UINT32_MAX);
        assert_int_equal(fight_wait_ms(&fight, now_ms), 0);
    }
    for (int i = 0; i < 4; i++) {
        uint64_t wait_ms;
        fight_note(&fight, now_ms, UINT32_MAX);
        wait_ms = fight_wait_ms(&fight, now_ms);
        assert_true(wait_ms > last_ms);
        assert_int_equal(fight_wait_ms(&fight, now_ms + wait_ms), 0);
        assert_int_equal(fight_wait_ms(&fight, now_ms + 1), wait_ms - 1);
        last_ms = wait_ms;
        now_ms += wait_ms;
    }
}

static void how_often_is_too_often_can_be_told(void **state)
{
    struct fight fight = {.peace = 10};

    (void)state;
    for (int i = 1; i < 10; i++) {
        fight_note(&fight, 5000, UINT32_MAX);
        assert_int_equal(fight_wait_ms(&fight, 5000), 0);
    }
    fight_note(&fight, 5000, UINT32_MAX);
    assert_in_range(fight_wait_ms(&fight, 5000), BACKOFF_FIRST_MS / 2, BACKOFF_FIRST_MS);
    fight_note(&fight, 5001 + FIGHT_MS, UINT32_MAX);
    assert_int_equal(fight_wait_ms(&fight, 5001 + FIGHT_MS), 0);
}

static void in_a_minute_of_it_there_are_few_writes(void **state)
{
    struct fight fight = {.written_ms = 0};
    unsigned int n = 0;

    (void)state;
    for (uint64_t now_ms = 1000; now_ms < 61000; now_ms += 10) {
        if (fight_wait_ms(&fight, now_ms) == 0) {
            fight_note(&fight, now_ms, 0);
            n++;
        }
    }
    assert_in_range(n, FIGHT_PEACE, 12);
}

static void after_a_quiet_minute_all_is_forgotten(void **state)
{
    struct fight fight = {.written_ms = 0};

    (void)state;
    for (int i = 0; i < 10; i++) {
        fight_note(&fight, 5000, UINT32_MAX);
    }
    assert_true(fight_wait_ms(&fight, 5000) > 0);
    fight_note(&fight, 5001 + FIGHT_MS, UINT32_MAX);
    assert_int_equal(fight_wait_ms(&fight, 5002 + FIGHT_MS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_undone_now_and_then_is_written_at_once),
        cmocka_unit_test(who_fights_on_is_let_win_for_longer_each_time),
        cmocka_unit_test(how_often_is_too_often_can_be_told),
        cmocka_unit_test(in_a_minute_of_it_there_are_few_writes),
        cmocka_unit_test(after_a_quiet_minute_all_is_forgotten),
    };

    return cmocka_run_group_tests_name("fight", tests, NULL, NULL);
}
