/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/histogram.h"

#include <pthread.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define PAGE_BYTES   (64UL * 1024)
#define N_THREADS    4
#define N_PER_THREAD 10000

static const int64_t bounds[] = {10, 100};

static void check_written(const struct histogram *histogram, const char *expected)
{
    CLEANUP(buf_clear) struct buf page = BUF_INIT(PAGE_BYTES);

    histogram_write(histogram, "h", 0, &page);
    assert_string_equal(buf_text(&page), expected);
}

static void an_empty_histogram_has_all_its_buckets(void **state)
{
    struct histogram histogram;

    (void)state;
    histogram_init(&histogram, bounds, 2);
    check_written(&histogram, "h_bucket{le=\"10\"} 0\nh_bucket{le=\"100\"} 0\n"
                              "h_bucket{le=\"+Inf\"} 0\nh_sum 0\nh_count 0\n");
}

static void a_bound_lies_within_its_bucket(void **state)
{
    static const struct {
        int64_t value;
        const char *expected;
    } rows[] = {
        {0, "h_bucket{le=\"10\"} 1\nh_bucket{le=\"100\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
            "h_sum 0\nh_count 1\n"},
        {10, "h_bucket{le=\"10\"} 1\nh_bucket{le=\"100\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
             "h_sum 10\nh_count 1\n"},
        {11, "h_bucket{le=\"10\"} 0\nh_bucket{le=\"100\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
             "h_sum 11\nh_count 1\n"},
        {100, "h_bucket{le=\"10\"} 0\nh_bucket{le=\"100\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
              "h_sum 100\nh_count 1\n"},
        {101, "h_bucket{le=\"10\"} 0\nh_bucket{le=\"100\"} 0\nh_bucket{le=\"+Inf\"} 1\n"
              "h_sum 101\nh_count 1\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct histogram histogram;
        print_message("# %d\n", (int)rows[i].value);
        histogram_init(&histogram, bounds, 2);
        histogram_observe(&histogram, rows[i].value);
        check_written(&histogram, rows[i].expected);
    }
}

static void *observe_many(void *argument)
{
    struct histogram *histogram = argument;

    for (int64_t i = 0; i < N_PER_THREAD; i++) {
        histogram_observe(histogram, i % 200);
    }
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    pthread_t threads[N_THREADS];
    struct histogram histogram;

    (void)state;
    histogram_init(&histogram, bounds, 2);
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, observe_many, &histogram), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    /* 200 rounds of 0 to 199, which add up to 19,900 */
    check_written(&histogram, "h_bucket{le=\"10\"} 2200\nh_bucket{le=\"100\"} 20200\n"
                              "h_bucket{le=\"+Inf\"} 40000\nh_sum 3980000\nh_count 40000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_histogram_has_all_its_buckets),
        cmocka_unit_test(a_bound_lies_within_its_bucket),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };

    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
