/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/ranges.h"

#include <errno.h>

#include "tests/test.h"

static void what_fails_between_two_file_systems_is_not_tried_again_between_them(void **state)
{
    struct ranges ranges = RANGES_INIT;

    (void)state;
    assert_true(ranges_may_work(&ranges, 1, 2));
    assert_true(ranges_note(&ranges, 1, 2, EXDEV));
    assert_false(ranges_may_work(&ranges, 1, 2));
    assert_true(ranges_may_work(&ranges, 2, 1));
    assert_true(ranges_may_work(&ranges, 1, 1));
}

static void what_fails_for_one_file_is_tried_for_others(void **state)
{
    static const int rows[] = {EPERM, EACCES, ETXTBSY, EBADF};
    struct ranges ranges = RANGES_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(ranges_note(&ranges, 1, 2, rows[i]));
        assert_true(ranges_may_work(&ranges, 1, 2));
    }
}

static void what_would_fail_otherwise_too_is_an_error(void **state)
{
    static const int rows[] = {EIO, ENOSPC, EDQUOT, ESTALE, EFBIG};
    struct ranges ranges = RANGES_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(ranges_note(&ranges, 1, 2, rows[i]));
        assert_true(ranges_may_work(&ranges, 1, 2));
    }
}

static void of_more_pairs_than_are_remembered_those_are_tried_that_came_last(void **state)
{
    struct ranges ranges = RANGES_INIT;

    (void)state;
    for (dev_t i = 0; i <= RANGES_PAIRS_MAX; i++) {
        assert_true(ranges_note(&ranges, i, i, EOPNOTSUPP));
        assert_true(ranges_note(&ranges, i, i, EOPNOTSUPP));
    }
    assert_false(ranges_may_work(&ranges, RANGES_PAIRS_MAX - 1, RANGES_PAIRS_MAX - 1));
    assert_true(ranges_may_work(&ranges, RANGES_PAIRS_MAX, RANGES_PAIRS_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_between_two_file_systems_is_not_tried_again_between_them),
        cmocka_unit_test(what_fails_for_one_file_is_tried_for_others),
        cmocka_unit_test(what_would_fail_otherwise_too_is_an_error),
        cmocka_unit_test(of_more_pairs_than_are_remembered_those_are_tried_that_came_last),
    };

    return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
