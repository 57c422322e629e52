/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/rate.h"

#include "tests/test.h"

static void some_are_done_at_once_and_then_each_waits_its_turn(void **state)
{
    struct rate rate = {.full_ms = 0};

    (void)state;
    for (int i = 0; i < RATE_BURST; i++) {
        assert_int_equal(rate_take(&rate, 1000), 0);
    }
    assert_int_equal(rate_take(&rate, 1000), 200);
    assert_int_equal(rate_take(&rate, 1000), 400);
    assert_int_equal(rate_take(&rate, 1300), 300);
}

static void who_waits_as_told_is_as_fast_as_allowed(void **state)
{
    struct rate rate = {.full_ms = 0};
    uint64_t now_ms = 5000;

    (void)state;
    for (int i = 0; i < RATE_BURST + 100 * RATE_PER_S; i++) {
        now_ms += rate_take(&rate, now_ms);
    }
    assert_int_equal(now_ms, 5000 + 100 * 1000);
}

static void a_pause_earns_a_burst_and_no_more(void **state)
{
    struct rate rate = {.full_ms = 0};

    (void)state;
    for (int i = 0; i < RATE_BURST; i++) {
        assert_int_equal(rate_take(&rate, 1000), 0);
    }
    for (int i = 0; i < RATE_BURST; i++) {
        assert_int_equal(rate_take(&rate, 1000000), 0);
    }
    assert_int_equal(rate_take(&rate, 1000000), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_are_done_at_once_and_then_each_waits_its_turn),
        cmocka_unit_test(who_waits_as_told_is_as_fast_as_allowed),
        cmocka_unit_test(a_pause_earns_a_burst_and_no_more),
    };

    return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
