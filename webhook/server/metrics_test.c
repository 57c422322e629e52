/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/names.h"
#include "tests/exposition/exposition_page.h"
#include "tests/proc.h"
#include "tests/test.h"

#define ARENA_BYTES  (32UL * 1024 * 1024)
#define N_THREADS    4
#define N_PER_THREAD 5000

/* Metrics, and the page that was last read of them. */
struct fixture {
    struct metrics *metrics;
    struct metrics_sample sample;
    struct buf text;
    struct arena *arena;
    struct exposition_page page;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err = {0};

    assert_non_null(fixture);
    fixture->metrics = metrics_new("1.2.3", &err);
    fixture->arena = arena_new(ARENA_BYTES);
    fixture->text = BUF_INIT(METRICS_PAGE_MAX);
    assert_non_null(fixture->metrics);
    assert_non_null(fixture->arena);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    metrics_free(fixture->metrics);
    buf_clear(&fixture->text);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static void read_page(struct fixture *fixture)
{

    buf_clear(&fixture->text);
    metrics_write(fixture->metrics, &fixture->sample, &fixture->text);
    assert_false(buf_failed(&fixture->text));
    exposition_page_read(buf_text(&fixture->text), fixture->text.len, fixture->arena,
                         &fixture->page);
}

/* @expected -1 for a series that is not there. */
static void check_value(const struct fixture *fixture, const char *series, double expected)
{
    double value = -1;

    print_message("# %s %g\n", series, expected);
    assert_int_equal(exposition_parser_find(&fixture->page, series, &value), expected != -1);
    assert_true(value == expected);
}

static void all_families_are_there_from_the_start(void **state)
{
    static const char *const series[] = {
        "hawser_ready",
        "hawser_admission_requests_total{kind=\"Workflow\",operation=\"CREATE\",outcome=\"denied\"}",
        "hawser_admission_duration_seconds_bucket{le=\"0.000025\"}",
        "hawser_admission_duration_seconds_bucket{le=\"0.001\"}",
        "hawser_admission_duration_seconds_bucket{le=\"1\"}",
        "hawser_admission_duration_seconds_sum",
        "hawser_admission_request_bytes_bucket{le=\"1024\"}",
        "hawser_admission_request_bytes_bucket{le=\"8388608\"}",
        "hawser_admission_request_bytes_count",
        "hawser_skipped_templates_total{reason=\"artifact\"}",
        "hawser_policies",
        "hawser_policy_reloads_total{result=\"success\"}",
        "hawser_policy_reloads_total{result=\"failure\"}",
        "hawser_certificate_reloads_total{result=\"success\"}",
        "hawser_certificate_reloads_total{result=\"failure\"}",
        "hawser_http_responses_total{code=\"200\"}",
        "hawser_http_responses_total{code=\"other\"}",
        "hawser_shed_requests_total{reason=\"memory\"}",
        "hawser_shed_requests_total{reason=\"waited\"}",
        "hawser_connections",
        "hawser_connections_closed_total{reason=\"handshake\"}",
        "hawser_connections_closed_total{reason=\"request\"}",
        "hawser_connections_closed_total{reason=\"answer\"}",
        "hawser_connections_closed_total{reason=\"idle\"}",
        "hawser_connections_closed_total{reason=\"full\"}",
        "hawser_request_body_bytes",
    };
    struct fixture *fixture = *state;
    double used_s = -1;

    read_page(fixture);
    for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++) {
        check_value(fixture, series[i], 0);
    }
    check_value(fixture, "hawser_build_info{version=\"1.2.3\"}", 1);
    assert_non_null(strstr(buf_text(&fixture->text), "# TYPE hawser_injections_total counter\n"));
    if (proc_is_mounted()) {
        assert_true(exposition_parser_find(&fixture->page, "process_cpu_seconds_total", &used_s));
    }
}

static void an_expiry_that_is_not_known_is_not_shown(void **state)
{
    static const char series[] = "hawser_certificate_expiry_timestamp_seconds";
    struct fixture *fixture = *state;

    read_page(fixture);
    check_value(fixture, series, -1);
    metrics_set_certificate_expiry(fixture->metrics, 1893456000);
    read_page(fixture);
    check_value(fixture, series, 1893456000);
    metrics_set_certificate_expiry(fixture->metrics, -86400); /* in 1969 */
    read_page(fixture);
    check_value(fixture, series, -86400);
}

static void what_is_counted_is_shown(void **state)
{
    struct fixture *fixture = *state;
    struct metrics *metrics = fixture->metrics;

    metrics_count_shed(metrics, METRICS_SHED_WAITED);
    metrics_count_closed(metrics, METRICS_CLOSED_FULL);
    metrics_count_closed(metrics, METRICS_CLOSED_HANDSHAKE);
    metrics_count_reload(metrics, METRICS_RELOAD_POLICIES, true);
    metrics_count_reload(metrics, METRICS_RELOAD_POLICIES, true);
    metrics_count_reload(metrics, METRICS_RELOAD_CERTIFICATE, false);
    metrics_set_policies(metrics, 3);
    metrics_set_policies(metrics, 2);
    fixture->sample =
        (struct metrics_sample){.n_connections = 7, .body_bytes = 8388608, .ready = true};
    read_page(fixture);
    check_value(fixture, "hawser_shed_requests_total{reason=\"waited\"}", 1);
    check_value(fixture, "hawser_shed_requests_total{reason=\"memory\"}", 0);
    check_value(fixture, "hawser_connections_closed_total{reason=\"full\"}", 1);
    check_value(fixture, "hawser_connections_closed_total{reason=\"handshake\"}", 1);
    check_value(fixture, "hawser_connections_closed_total{reason=\"idle\"}", 0);
    check_value(fixture, "hawser_policy_reloads_total{result=\"success\"}", 2);
    check_value(fixture, "hawser_policy_reloads_total{result=\"failure\"}", 0);
    check_value(fixture, "hawser_certificate_reloads_total{result=\"failure\"}", 1);
    check_value(fixture, "hawser_policies", 2);
    check_value(fixture, "hawser_connections", 7);
    check_value(fixture, "hawser_request_body_bytes", 8388608);
    check_value(fixture, "hawser_ready", 1);
}

static void statuses_beyond_the_known_are_one_series(void **state)
{
    static const unsigned int statuses[] = {200, 200, 404, 413, 503, 418, 0, 999, 4294967295};
    struct fixture *fixture = *state;
    size_t n;

    read_page(fixture);
    n = fixture->page.series.n;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        metrics_count_response(fixture->metrics, statuses[i]);
    }
    read_page(fixture);
    check_value(fixture, "hawser_http_responses_total{code=\"200\"}", 2);
    check_value(fixture, "hawser_http_responses_total{code=\"404\"}", 1);
    check_value(fixture, "hawser_http_responses_total{code=\"413\"}", 1);
    check_value(fixture, "hawser_http_responses_total{code=\"503\"}", 1);
    check_value(fixture, "hawser_http_responses_total{code=\"other\"}", 4);
    assert_int_equal(fixture->page.series.n, n);
}

static void requests_count_with_their_size_and_duration(void **state)
{
    const struct report report = {
        .kind = "Workflow", .operation = "CREATE", .outcome = REPORT_UNTOUCHED};
    struct fixture *fixture = *state;
    struct metrics *metrics = fixture->metrics;

    metrics_count_admission(metrics, METRICS_ANSWERED, &report, 1024, 25);
    metrics_count_admission(metrics, METRICS_MALFORMED, NULL, 0, 26);
    metrics_count_admission(metrics, METRICS_FAILED, NULL, 8388609, 2500000);
    read_page(fixture);
    check_value(fixture,
                "hawser_admission_requests_total{kind=\"Workflow\",operation=\"CREATE\","
                "outcome=\"untouched\"}",
                1);
    check_value(fixture,
                "hawser_admission_requests_total{kind=\"other\",operation=\"other\","
                "outcome=\"malformed\"}",
                1);
    check_value(fixture,
                "hawser_admission_requests_total{kind=\"other\",operation=\"other\","
                "outcome=\"failed\"}",
                1);
    check_value(fixture, "hawser_admission_duration_seconds_bucket{le=\"0.000025\"}", 1);
    check_value(fixture, "hawser_admission_duration_seconds_bucket{le=\"0.00005\"}", 2);
    check_value(fixture, "hawser_admission_duration_seconds_bucket{le=\"1\"}", 2);
    check_value(fixture, "hawser_admission_duration_seconds_count", 3);
    check_value(fixture, "hawser_admission_duration_seconds_sum", 2.500051);
    check_value(fixture, "hawser_admission_request_bytes_bucket{le=\"1024\"}", 2);
    check_value(fixture, "hawser_admission_request_bytes_bucket{le=\"8388608\"}", 2);
    check_value(fixture, "hawser_admission_request_bytes_sum", 8389633);
}

static void a_version_is_escaped_and_cut(void **state)
{
    struct err err = {0};
    char version[1000];
    struct fixture *fixture = *state;

    memset(version, '"', sizeof(version) - 1);
    version[sizeof(version) - 1] = '\0';
    metrics_free(fixture->metrics);
    fixture->metrics = metrics_new(version, &err);
    assert_non_null(fixture->metrics);
    read_page(fixture);
    assert_non_null(strstr(buf_text(&fixture->text), "hawser_build_info{version=\"\\\"\\\""));
    assert_true(fixture->text.len < 16384);
}

/* The lines of a page without their values, as far as they are hawser's own. */
static void keep_series(const char *page, struct buf *out)
{
    while (*page != '\0' && strncmp(page, "# HELP process_", 15) != 0) {
        size_t len = strcspn(page, "\n");
        size_t kept = len;
        while (*page != '#' && kept > 0 && page[kept] != ' ') {
            kept--;
        }
        buf_add(out, page, kept);
        buf_add_char(out, '\n');
        page += len + 1;
    }
}

static void the_order_of_the_page_stays(void **state)
{
    const char *policies[] = {"b", "a"};
    struct report_item items[] = {{.policy = "a", .action = REPORT_ADDED},
                                  {.policy = "b", .action = REPORT_ADDED}};
    struct report report = {.kind = "Workflow", .operation = "CREATE", .outcome = REPORT_INJECTED};
    CLEANUP(buf_clear) struct buf before = BUF_INIT(METRICS_PAGE_MAX);
    CLEANUP(buf_clear) struct buf after = BUF_INIT(METRICS_PAGE_MAX);
    struct fixture *fixture = *state;

    report.policies = (struct text_list){.items = policies, .n = 2};
    report.items.items = items;
    report.items.n = 2;
    metrics_count_admission(fixture->metrics, METRICS_ANSWERED, &report, 1, 1);
    read_page(fixture);
    keep_series(buf_text(&fixture->text), &before);
    policies[0] = "a";
    policies[1] = "b";
    metrics_count_admission(fixture->metrics, METRICS_ANSWERED, &report, 5000, 5000);
    metrics_count_response(fixture->metrics, 200);
    read_page(fixture);
    keep_series(buf_text(&fixture->text), &after);
    assert_string_equal(buf_text(&after), buf_text(&before));
    assert_non_null(strstr(buf_text(&after), "hawser_injections_total{policy=\"b\""));
}

/* All policies that there can be, with names of the full length, for all kinds. */
static void count_all_policies(struct metrics *metrics)
{
    static const char *const kinds[] = {"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate",
                                        "CronWorkflow", "Pod"};

    for (size_t i = 0; i < 2UL * METRICS_POLICIES_MAX; i++) {
        char name[NAMES_LABEL_MAX + 1];
        const char *policy = name;
        struct report_item item = {.policy = name, .action = REPORT_ADDED};
        struct report report = {.operation = "CREATE", .outcome = REPORT_INJECTED};
        (void)snprintf(name, sizeof(name), "%0*zu", NAMES_LABEL_MAX, i);
        report.policies = (struct text_list){.items = &policy, .n = 1};
        report.items.items = &item;
        report.items.n = 1;
        for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            report.kind = kinds[kind];
            metrics_count_admission(metrics, METRICS_ANSWERED, &report, 1, 1);
        }
    }
}

static void the_largest_page_is_within_its_bound(void **state)
{
    struct fixture *fixture = *state;

    read_page(fixture);
    print_message("# an empty page has %zu bytes\n", fixture->text.len);
    assert_true(fixture->text.len < 16384);
    count_all_policies(fixture->metrics);
    buf_clear(&fixture->text);
    metrics_write(fixture->metrics, &fixture->sample, &fixture->text);
    print_message("# the largest has %zu\n", fixture->text.len);
    assert_false(buf_failed(&fixture->text));
    /* Counts of 19 digits, where there are 1 to 3 now. */
    assert_true(fixture->text.len + 18UL * (METRICS_POLICIES_MAX + 200) * 5 < METRICS_PAGE_MAX);
}

static void *count_many(void *argument)
{
    const char *policy = "scratch";
    struct report_item items[] = {
        {.template = "a", .policy = "scratch", .action = REPORT_ADDED},
        {.template = "b", .action = REPORT_SKIPPED, .reason = REPORT_REASON_WINDOWS},
    };
    struct report report = {.kind = "Workflow", .operation = "CREATE", .outcome = REPORT_INJECTED};
    struct metrics *metrics = argument;

    report.policies = (struct text_list){.items = &policy, .n = 1};
    report.items.items = items;
    report.items.n = 2;
    for (size_t i = 0; i < N_PER_THREAD; i++) {
        metrics_count_admission(metrics, METRICS_ANSWERED, &report, 2000, 100);
        metrics_count_response(metrics, 200);
        metrics_count_shed(metrics, METRICS_SHED_MEMORY);
        metrics_count_closed(metrics, METRICS_CLOSED_IDLE);
        metrics_count_reload(metrics, METRICS_RELOAD_POLICIES, false);
        metrics_set_policies(metrics, i);
        metrics_set_certificate_expiry(metrics, (long long)i);
    }
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    const double n = N_THREADS * N_PER_THREAD;
    struct fixture *fixture = *state;
    pthread_t threads[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, fixture->metrics), 0);
    }
    for (size_t i = 0; i < 20; i++) {
        read_page(fixture); /* whole at any time */
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    read_page(fixture);
    check_value(fixture,
                "hawser_admission_requests_total{kind=\"Workflow\",operation=\"CREATE\","
                "outcome=\"injected\"}",
                n);
    check_value(fixture, "hawser_injections_total{policy=\"scratch\",kind=\"Workflow\"}", n);
    check_value(fixture, "hawser_skipped_templates_total{reason=\"windows\"}", n);
    check_value(fixture, "hawser_admission_duration_seconds_bucket{le=\"0.0001\"}", n);
    check_value(fixture, "hawser_admission_duration_seconds_bucket{le=\"0.00005\"}", 0);
    check_value(fixture, "hawser_admission_request_bytes_sum", n * 2000);
    check_value(fixture, "hawser_http_responses_total{code=\"200\"}", n);
    check_value(fixture, "hawser_shed_requests_total{reason=\"memory\"}", n);
    check_value(fixture, "hawser_connections_closed_total{reason=\"idle\"}", n);
    check_value(fixture, "hawser_policy_reloads_total{result=\"failure\"}", n);
    check_value(fixture, "hawser_policies", N_PER_THREAD - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_families_are_there_from_the_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_expiry_that_is_not_known_is_not_shown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_counted_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statuses_beyond_the_known_are_one_series, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(requests_count_with_their_size_and_duration, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_version_is_escaped_and_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_order_of_the_page_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_largest_page_is_within_its_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_lost_between_threads, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
