/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_time.h"

#include "tests/test.h"

static void a_time_is_written_in_utc_and_read_again(void **state)
{
    static const struct {
        long long time_s;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {1709208000, "2024-02-29T12:00:00Z"},
        {253402300799LL, "9999-12-31T23:59:59Z"},
    };
    char text[KUBE_TIME_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        long long time_s = -1;
        kube_time_write(rows[i].time_s, text);
        assert_string_equal(text, rows[i].text);
        assert_true(kube_time_read(text, &time_s));
        assert_int_equal(time_s, rows[i].time_s);
    }
}

static void microseconds_are_six_digits(void **state)
{
    char text[KUBE_TIME_SIZE];
    long long time_s = 0;

    (void)state;
    kube_time_write_micro(1709208000000042, text);
    assert_string_equal(text, "2024-02-29T12:00:00.000042Z");
    assert_true(kube_time_read(text, &time_s));
    assert_int_equal(time_s, 1709208000);
}

static void an_offset_is_taken_off(void **state)
{
    long long time_s = 0;

    (void)state;
    assert_true(kube_time_read("2024-02-29T13:30:00+01:30", &time_s));
    assert_int_equal(time_s, 1709208000);
    assert_true(kube_time_read("2024-02-29T08:00:00.5-04:00", &time_s));
    assert_int_equal(time_s, 1709208000);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "Z",
        "2024-02-29",
        "2024-02-29T12:00:00",
        "2024-02-29 12:00:00Z",
        "2024-02-29t12:00:00z",
        "2024-02-29T12:00:00ZZ",
        "2024-02-29T12:00:00.Z",
        "2024-02-29T12:00Z",
        "2023-02-29T12:00:00Z",
        "2024-00-10T12:00:00Z",
        "2024-13-10T12:00:00Z",
        "2024-01-00T12:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T12:60:00Z",
        "2024-01-01T12:00:60Z",
        "+024-01-01T12:00:00Z",
        "24-01-01T12:00:00Z",
        "2024-01-01T12:00:00+24:00",
        "2024-01-01T12:00:00+01:60",
        "2024-01-01T12:00:00+0130",
        "2024-01-01T12:00:00+01:30Z",
        "20240101T120000Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        long long time_s = 7;
        if (kube_time_read(rows[i], &time_s) || time_s != 7) {
            fail_msg("'%s' was read as a time", rows[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_in_utc_and_read_again),
        cmocka_unit_test(microseconds_are_six_digits),
        cmocka_unit_test(an_offset_is_taken_off),
        cmocka_unit_test(what_is_no_time_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
