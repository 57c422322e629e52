/* SPDX-License-Identifier: Apache-2.0 */
#include "base/age.h"

#include "base/cleanup.h"
#include "tests/test.h"

static void ages_are_those_of_kubectl(void **state)
{
    static const struct {
        long long s;
        const char *text;
    } rows[] = {
        {-5, "0s"},
        {0, "0s"},
        {119, "119s"},
        {120, "2m"},
        {125, "2m5s"},
        {600, "10m"},
        {10799, "179m"},
        {3LL * 3600, "3h"},
        {3LL * 3600 + 12LL * 60 + 5, "3h12m"},
        {8LL * 3600 + 59LL * 60, "8h"},
        {47LL * 3600, "47h"},
        {48LL * 3600, "2d"},
        {50LL * 3600, "2d2h"},
        {8 * 86400LL, "8d"},
        {729 * 86400LL, "729d"},
        {730 * 86400LL, "2y"},
        {731 * 86400LL, "2y1d"},
        {8LL * 365 * 86400, "8y"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(64);
        age_write(rows[i].s, &out);
        assert_string_equal(buf_text(&out), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_are_those_of_kubectl),
    };

    return cmocka_run_group_tests_name("age", tests, NULL, NULL);
}
