/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exposition.h"

#include "base/cleanup.h"
#include "tests/exposition/exposition_page.h"
#include "tests/test.h"

#define PAGE_BYTES  (64UL * 1024)
#define ARENA_BYTES (1024UL * 1024)

/* What was written is a page that Prometheus reads. */
static void check_page(const struct buf *page)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page parsed = {0};

    exposition_page_read(buf_text(page), page->len, arena, &parsed);
}

static void a_family_is_help_and_type_and_its_samples(void **state)
{
    const struct exposition_label labels[] = {{"kind", "a"}, {"code", "200"}, {NULL, NULL}};
    const struct exposition_label none[] = {{NULL, NULL}};
    CLEANUP(buf_clear) struct buf page = BUF_INIT(PAGE_BYTES);

    (void)state;
    exposition_family(&page, "requests_total", EXPOSITION_COUNTER, "Requests.");
    exposition_sample(&page, "requests_total", labels, 7);
    exposition_sample(&page, "requests_total", NULL, 8);
    exposition_family(&page, "ready", EXPOSITION_GAUGE, "Whether.");
    exposition_sample(&page, "ready", none, 1);
    assert_string_equal(buf_text(&page), "# HELP requests_total Requests.\n"
                                         "# TYPE requests_total counter\n"
                                         "requests_total{kind=\"a\",code=\"200\"} 7\n"
                                         "requests_total 8\n"
                                         "# HELP ready Whether.\n"
                                         "# TYPE ready gauge\n"
                                         "ready 1\n");
    check_page(&page);
}

static void label_values_and_help_are_escaped(void **state)
{
    static const struct {
        const char *value;
        const char *in_label;
        const char *in_help;
    } rows[] = {
        {"plain", "plain", "plain"},
        {"\\", "\\\\", "\\\\"},
        {"\"", "\\\"", "\""},
        {"\n", "\\n", "\\n"},
        {"\\n", "\\\\n", "\\\\n"},
        {"\"} 1\nforged 1\n", "\\\"} 1\\nforged 1\\n", "\"} 1\\nforged 1\\n"},
        {"{,}= \t\xc3\xa4", "{,}= \t\xc3\xa4", "{,}= \t\xc3\xa4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct exposition_label labels[] = {{"l", rows[i].value}, {NULL, NULL}};
        CLEANUP(buf_clear) struct buf page = BUF_INIT(PAGE_BYTES);
        CLEANUP(buf_clear) struct buf expected = BUF_INIT(PAGE_BYTES);
        print_message("# row %zu: %s\n", i, rows[i].in_label);
        exposition_family(&page, "a", EXPOSITION_GAUGE, rows[i].value);
        exposition_sample(&page, "a", labels, 1);
        buf_printf(&expected, "# HELP a %s\n# TYPE a gauge\na{l=\"%s\"} 1\n", rows[i].in_help,
                   rows[i].in_label);
        assert_string_equal(buf_text(&page), buf_text(&expected));
        check_page(&page);
    }
}

static void an_empty_label_value_is_kept(void **state)
{
    const struct exposition_label labels[] = {{"l", ""}, {NULL, NULL}};
    CLEANUP(buf_clear) struct buf page = BUF_INIT(PAGE_BYTES);

    (void)state;
    exposition_sample(&page, "a", labels, 1);
    assert_string_equal(buf_text(&page), "a{l=\"\"} 1\n");
}

static void numbers_are_exact_and_short(void **state)
{
    static const struct {
        int64_t value;
        unsigned int decimals;
        const char *expected;
    } rows[] = {
        {0, 0, "a 0\n"},
        {0, 6, "a 0\n"},
        {7, 0, "a 7\n"},
        {70, 0, "a 70\n"},
        {25, 6, "a 0.000025\n"},
        {1500000, 6, "a 1.5\n"},
        {1000000, 6, "a 1\n"},
        {10000000, 6, "a 10\n"},
        {1000001, 6, "a 1.000001\n"},
        {12, 2, "a 0.12\n"},
        {-25, 6, "a -0.000025\n"},
        {-1500000, 6, "a -1.5\n"},
        {-3, 0, "a -3\n"},
        {INT64_MAX, 0, "a 9223372036854775807\n"},
        {INT64_MAX, 6, "a 9223372036854.775807\n"},
        {INT64_MIN, 0, "a -9223372036854775808\n"},
        {INT64_MIN, 6, "a -9223372036854.775808\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf page = BUF_INIT(PAGE_BYTES);
        print_message("# %s", rows[i].expected);
        exposition_decimal(&page, "a", NULL, rows[i].value, rows[i].decimals);
        assert_string_equal(buf_text(&page), rows[i].expected);
    }
}

static void a_histogram_is_cumulative_and_ends_in_its_count(void **state)
{
    static const int64_t bounds[] = {25, 1000, 1000000};
    static const int64_t counts[] = {1, 0, 4, 2};
    const struct exposition_histogram histogram = {
        .bounds = bounds,
        .n_bounds = 3,
        .counts = counts,
        .sum = 3500000,
        .decimals = 6,
    };
    CLEANUP(buf_clear) struct buf page = BUF_INIT(PAGE_BYTES);

    (void)state;
    exposition_family(&page, "t_seconds", EXPOSITION_HISTOGRAM, "Time.");
    exposition_histogram(&page, "t_seconds", &histogram);
    assert_string_equal(buf_text(&page), "# HELP t_seconds Time.\n"
                                         "# TYPE t_seconds histogram\n"
                                         "t_seconds_bucket{le=\"0.000025\"} 1\n"
                                         "t_seconds_bucket{le=\"0.001\"} 1\n"
                                         "t_seconds_bucket{le=\"1\"} 5\n"
                                         "t_seconds_bucket{le=\"+Inf\"} 7\n"
                                         "t_seconds_sum 3.5\n"
                                         "t_seconds_count 7\n");
    check_page(&page);
}

static void a_full_buffer_takes_no_harm(void **state)
{
    const struct exposition_label labels[] = {{"l", "\"\\\n"}, {NULL, NULL}};

    (void)state;
    for (size_t max = 0; max < 40; max++) {
        CLEANUP(buf_clear) struct buf page = BUF_INIT(max);
        exposition_family(&page, "a", EXPOSITION_GAUGE, "A text.");
        exposition_sample(&page, "a", labels, 1);
        assert_true(buf_failed(&page));
        assert_true(page.len <= max);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_is_help_and_type_and_its_samples),
        cmocka_unit_test(label_values_and_help_are_escaped),
        cmocka_unit_test(an_empty_label_value_is_kept),
        cmocka_unit_test(numbers_are_exact_and_short),
        cmocka_unit_test(a_histogram_is_cumulative_and_ends_in_its_count),
        cmocka_unit_test(a_full_buffer_takes_no_harm),
    };

    return cmocka_run_group_tests_name("exposition", tests, NULL, NULL);
}
