/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/backoff.h"

#include "tests/test.h"

/* The wait after @n failures in a row, the last at @now_ms. */
static unsigned int nth(unsigned int n, uint32_t chance)
{
    struct backoff backoff = {0};
    unsigned int ms = 0;

    for (unsigned int i = 0; i < n; i++) {
        ms = backoff_fail(&backoff, 1000 + i, 0, chance);
    }
    return ms;
}

static void waits_double_up_to_a_bound(void **state)
{
    static const unsigned int least[] = {400, 800, 1600, 3200, 6400, 12800, 15000, 15000};

    (void)state;
    for (unsigned int i = 0; i < sizeof(least) / sizeof(least[0]); i++) {
        assert_int_equal(nth(i + 1, 0), least[i]);
    }
    assert_int_equal(nth(100000, 0), BACKOFF_MOST_MS / 2);
}

static void chance_takes_at_most_half(void **state)
{
    (void)state;
    assert_int_equal(nth(1, 400), 800); /* the most there is */
    assert_int_equal(nth(1, 401), 400);
    for (uint32_t chance = 0; chance < 100000; chance += 77) {
        assert_in_range(nth(3, chance * 41), 1600, 3200);
    }
    assert_in_range(nth(9, UINT32_MAX), BACKOFF_MOST_MS / 2, BACKOFF_MOST_MS);
}

static void what_the_server_says_is_obeyed_within_a_bound(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_int_equal(backoff_fail(&backoff, 1000, 7000, 0), 7000);
    assert_int_equal(backoff_fail(&backoff, 2000, 1, 0), 800); /* less than our own is not taken */
    assert_int_equal(backoff_fail(&backoff, 3000, UINT32_MAX, 0), BACKOFF_TOLD_MOST_MS);
}

static void one_success_does_not_start_over(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        assert_true(backoff_fail(&backoff, 1000 + 2 * i, 0, 0) > 0);
        backoff_succeed(&backoff, 1001 + 2 * i);
    }
    assert_int_equal(backoff_fail(&backoff, 1009, 0, 0), 6400);
}

static void a_time_of_success_starts_over(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        assert_true(backoff_fail(&backoff, 1000, 0, 0) > 0);
    }
    backoff_succeed(&backoff, 2000);
    backoff_succeed(&backoff, 2000 + BACKOFF_RESET_MS - 1); /* it counts from the first */
    assert_int_equal(backoff_fail(&backoff, 2000 + BACKOFF_RESET_MS, 0, 0), 400);
}

static void a_time_without_success_does_not_start_over(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_true(backoff_fail(&backoff, 1000, 0, 0) > 0);
    assert_int_equal(backoff_fail(&backoff, 1000 + 10 * BACKOFF_RESET_MS, 0, 0), 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_a_bound),
        cmocka_unit_test(chance_takes_at_most_half),
        cmocka_unit_test(what_the_server_says_is_obeyed_within_a_bound),
        cmocka_unit_test(one_success_does_not_start_over),
        cmocka_unit_test(a_time_of_success_starts_over),
        cmocka_unit_test(a_time_without_success_does_not_start_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
