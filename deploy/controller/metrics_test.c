/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/metrics.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/exposition/exposition_page.h"
#include "tests/proc.h"
#include "tests/test.h"

#define ARENA_BYTES ((size_t)1024 * 1024)

/* A page, read back as Prometheus reads it. */
struct fixture {
    struct metrics metrics;
    struct kube_counts kube;
    struct buf text;
    struct arena *arena;
    struct exposition_page page;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    *fixture = (struct fixture){
        .metrics = {.version = "1.2.3"},
        .text = BUF_INIT(METRICS_PAGE_MAX),
        .arena = arena_new(ARENA_BYTES),
    };
    assert_non_null(fixture->arena);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    buf_clear(&fixture->text);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static void read_page(struct fixture *fixture)
{
    buf_clear(&fixture->text);
    metrics_write(&fixture->metrics, &fixture->kube, &fixture->text);
    assert_false(buf_failed(&fixture->text));
    exposition_page_read(buf_text(&fixture->text), fixture->text.len, fixture->arena,
                         &fixture->page);
}

static void check(const struct fixture *fixture, const char *series, double expected)
{
    print_message("# %s\n", series);
    assert_true(exposition_page_value(&fixture->page, series) == expected);
}

static void a_controller_that_did_nothing_shows_all_its_counters(void **state)
{
    struct fixture *fixture = *state;

    read_page(fixture);
    check(fixture, "hawser_build_info{version=\"1.2.3\"}", 1);
    check(fixture, "hawser_controller_leader", 0);
    check(fixture, "hawser_controller_certificate_changes_total{change=\"authority\"}", 0);
    check(fixture, "hawser_controller_certificate_failures_total", 0);
    check(fixture, "hawser_controller_ca_bundle_in_force", 0);
    check(fixture, "hawser_controller_retries_total", 0);
    assert_true(!proc_is_mounted() ||
                strstr(buf_text(&fixture->text), "process_resident_memory_bytes") != NULL);
}

static void what_was_counted_is_shown(void **state)
{
    struct fixture *fixture = *state;

    fixture->metrics.is_leader = true;
    fixture->metrics.has_bundle = true;
    fixture->metrics.failures = 3;
    fixture->metrics.changes[METRICS_LEAF] = 7;
    fixture->metrics.changes[METRICS_REGISTRATION] = 8;
    fixture->kube.requests[KUBE_CONFLICT] = 9;
    fixture->kube.retries = 10;
    read_page(fixture);
    check(fixture, "hawser_controller_leader", 1);
    check(fixture, "hawser_controller_ca_bundle_in_force", 1);
    check(fixture, "hawser_controller_certificate_failures_total", 3);
    check(fixture, "hawser_controller_certificate_changes_total{change=\"leaf\"}", 7);
    check(fixture, "hawser_controller_certificate_changes_total{change=\"registration\"}", 8);
    check(fixture, "hawser_controller_retries_total", 10);
}

static void every_outcome_of_a_request_has_a_series(void **state)
{
    struct fixture *fixture = *state;

    for (enum kube_outcome i = KUBE_OK; i <= KUBE_HALTED; i++) {
        fixture->kube.requests[i] = 100 + (uint64_t)i;
    }
    read_page(fixture);
    for (enum kube_outcome i = KUBE_OK; i <= KUBE_HALTED; i++) {
        char series[128];
        (void)snprintf(series, sizeof(series), "hawser_controller_requests_total{outcome=\"%s\"}",
                       kube_outcome_text(i));
        check(fixture, series, 100 + (double)i);
    }
}

/* An alert on a time that is long past would ring for what was never made. */
static void what_does_not_exist_has_no_expiry(void **state)
{
    struct fixture *fixture = *state;

    read_page(fixture);
    assert_null(strstr(buf_text(&fixture->text), "{certificate="));
    fixture->metrics.leaf_not_after_s = 1800000000;
    read_page(fixture);
    check(fixture, "hawser_controller_certificate_expiry_timestamp_seconds{certificate=\"leaf\"}",
          1800000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_controller_that_did_nothing_shows_all_its_counters,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_counted_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_outcome_of_a_request_has_a_series, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_exist_has_no_expiry, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
