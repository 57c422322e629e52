/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/injections.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/names.h"
#include "tests/exposition/exposition_page.h"
#include "tests/test.h"
#include "webhook/server/metrics.h"

#define ARENA_BYTES (16UL * 1024 * 1024)
#define HEAD \
    "# HELP n Objects that volumes or copies of a policy were injected into.\n# TYPE n counter\n"
#define N_THREADS  4
#define N_NAMES    10
#define N_PER_NAME 1000 /* and thread */

static void check_written(struct injections *injections, const char *expected)
{
    CLEANUP(buf_clear) struct buf page = BUF_INIT(METRICS_PAGE_MAX);

    injections_write(injections, "n", &page);
    assert_string_equal(buf_text(&page), expected);
}

static void
read_page(struct injections *injections, struct arena *arena, struct exposition_page *out)
{
    CLEANUP(buf_clear) struct buf page = BUF_INIT(METRICS_PAGE_MAX);

    injections_write(injections, "n", &page);
    assert_false(buf_failed(&page));
    exposition_page_read(buf_text(&page), page.len, arena, out);
}

static void policies_stand_in_the_order_of_their_names(void **state)
{
    CLEANUP(injections_free) struct injections *injections = injections_new();

    (void)state;
    assert_non_null(injections);
    check_written(injections, HEAD);
    injections_count(injections, "b", KIND_WORKFLOW);
    injections_count(injections, "a", KIND_WORKFLOW_TEMPLATE);
    injections_count(injections, "z", KIND_CRON_WORKFLOW);
    injections_count(injections, "a", KIND_WORKFLOW);
    injections_count(injections, "ab", KIND_CLUSTER_WORKFLOW_TEMPLATE);
    injections_count(injections, "a", KIND_WORKFLOW_TEMPLATE);
    check_written(injections, HEAD "n{policy=\"a\",kind=\"Workflow\"} 1\n"
                                   "n{policy=\"a\",kind=\"WorkflowTemplate\"} 2\n"
                                   "n{policy=\"ab\",kind=\"ClusterWorkflowTemplate\"} 1\n"
                                   "n{policy=\"b\",kind=\"Workflow\"} 1\n"
                                   "n{policy=\"z\",kind=\"CronWorkflow\"} 1\n");
}

/* Names of the full length, in an order that is not theirs. */
static void fill(struct injections *injections, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char name[NAMES_LABEL_MAX + 1];
        (void)snprintf(name, sizeof(name), "%0*zu", NAMES_LABEL_MAX, i * 7919 % n);
        for (unsigned int kind = 0; kind < KIND_N; kind++) {
            injections_count(injections, name, (enum kind)kind);
        }
    }
}

static void policies_beyond_the_bound_count_as_other(void **state)
{
    CLEANUP(injections_free) struct injections *injections = injections_new();
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page page = {0};

    (void)state;
    assert_non_null(injections);
    fill(injections, METRICS_POLICIES_MAX);
    injections_count(injections, "one-more", KIND_WORKFLOW);
    injections_count(injections, "0", KIND_WORKFLOW);
    injections_count(injections, "000000000000000000000000000000000000000000000000000000000000007",
                     KIND_WORKFLOW);
    read_page(injections, arena, &page);
    assert_int_equal(page.series.n, METRICS_POLICIES_MAX * KIND_N + 1);
    assert_true(exposition_page_value(&page, "n{policy=\"other\",kind=\"Workflow\"}") == 2);
    assert_true(exposition_page_value(
                    &page, "n{policy=\"0000000000000000000000000000000000000000000000000000000"
                           "00000007\",kind=\"Workflow\"}") == 2);
}

static void a_policy_called_other_makes_no_series_twice(void **state)
{
    CLEANUP(injections_free) struct injections *injections = injections_new();
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page page = {0};

    (void)state;
    assert_non_null(injections);
    injections_count(injections, "other", KIND_WORKFLOW);
    fill(injections, METRICS_POLICIES_MAX);
    injections_count(injections, "one-more", KIND_WORKFLOW);
    injections_count(injections, "other", KIND_WORKFLOW);
    read_page(injections, arena, &page);
    assert_true(exposition_page_value(&page, "n{policy=\"other\",kind=\"Workflow\"}") == 3);
}

static void a_name_that_no_policy_can_have_counts_as_other(void **state)
{
    CLEANUP(injections_free) struct injections *injections = injections_new();
    char name[NAMES_LABEL_MAX + 2];

    (void)state;
    assert_non_null(injections);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    injections_count(injections, name, KIND_WORKFLOW);
    check_written(injections, HEAD "n{policy=\"other\",kind=\"Workflow\"} 1\n");
}

static void *count_many(void *argument)
{
    struct injections *injections = argument;

    for (size_t i = 0; i < (size_t)N_NAMES * N_PER_NAME; i++) {
        const char name[] = {(char)('a' + i % N_NAMES), '\0'};
        injections_count(injections, name, KIND_WORKFLOW);
    }
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    CLEANUP(injections_free) struct injections *injections = injections_new();
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page page = {0};
    pthread_t threads[N_THREADS];

    (void)state;
    assert_non_null(injections);
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, injections), 0);
    }
    for (size_t i = 0; i < 20; i++) {
        read_page(injections, arena, &page); /* meanwhile */
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    read_page(injections, arena, &page);
    assert_int_equal(page.series.n, N_NAMES);
    for (size_t i = 0; i < page.series.n; i++) {
        assert_true(page.series.items[i].value == N_THREADS * N_PER_NAME);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_stand_in_the_order_of_their_names),
        cmocka_unit_test(policies_beyond_the_bound_count_as_other),
        cmocka_unit_test(a_policy_called_other_makes_no_series_twice),
        cmocka_unit_test(a_name_that_no_policy_can_have_counts_as_other),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };

    return cmocka_run_group_tests_name("injections", tests, NULL, NULL);
}
