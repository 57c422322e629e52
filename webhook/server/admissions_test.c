/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/admissions.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/exposition/exposition_page.h"
#include "tests/test.h"
#include "webhook/inject/admit.h"
#include "webhook/server/metrics.h"

#define ARENA_BYTES (4UL * 1024 * 1024)

#define REQUESTS(kind, operation, outcome)                                     \
    "hawser_admission_requests_total{kind=\"" kind "\",operation=\"" operation \
    "\",outcome=\"" outcome "\"}"
#define INJECTIONS(policy, kind) "hawser_injections_total{policy=\"" policy "\",kind=\"" kind "\"}"
#define SKIPPED(reason)          "hawser_skipped_templates_total{reason=\"" reason "\"}"

/* Counts, and the page that was last read of them. */
struct fixture {
    struct admissions *admissions;
    struct arena *arena;
    struct exposition_page page;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->admissions = admissions_new();
    fixture->arena = arena_new(ARENA_BYTES);
    assert_non_null(fixture->admissions);
    assert_non_null(fixture->arena);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    admissions_free(fixture->admissions);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static void read_page(struct fixture *fixture)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(METRICS_PAGE_MAX);

    admissions_write(fixture->admissions, &text);
    exposition_page_read(buf_text(&text), text.len, fixture->arena, &fixture->page);
}

/* -1 when there is no such series. */
static double value_of(const struct fixture *fixture, const char *series)
{
    double value = -1;

    if (!exposition_parser_find(&fixture->page, series, &value)) {
        return -1;
    }
    return value;
}

static void check_value(const struct fixture *fixture, const char *series, double expected)
{
    print_message("# %s %g\n", series, expected);
    assert_true(value_of(fixture, series) == expected);
}

static size_t count_series(const struct fixture *fixture, const char *family)
{
    size_t n = 0;

    for (size_t i = 0; i < fixture->page.series.n; i++) {
        n += strncmp(fixture->page.series.items[i].key, family, strlen(family)) == 0;
    }
    return n;
}

static void what_a_webhook_can_meet_is_shown_from_the_start(void **state)
{
    struct fixture *fixture = *state;

    read_page(fixture);
    check_value(fixture, REQUESTS("Workflow", "CREATE", "denied"), 0);
    check_value(fixture, REQUESTS("CronWorkflow", "UPDATE", "injected"), 0);
    check_value(fixture, REQUESTS("other", "other", "malformed"), 0);
    check_value(fixture, REQUESTS("other", "other", "failed"), 0);
    check_value(fixture, SKIPPED("mount-path"), 0);
    check_value(fixture, SKIPPED("unused"), 0);
    assert_int_equal(count_series(fixture, "hawser_admission_requests_total"), 4 * 2 * 4 + 2);
    assert_int_equal(count_series(fixture, "hawser_skipped_templates_total"), 11);
    assert_int_equal(count_series(fixture, "hawser_injections_total"), 0);
}

static void a_request_counts_by_kind_operation_and_outcome(void **state)
{
    static const struct {
        const char *kind;
        const char *operation;
        enum report_outcome outcome;
        const char *series;
    } rows[] = {
        {"Workflow", "CREATE", REPORT_INJECTED, REQUESTS("Workflow", "CREATE", "injected")},
        {"Workflow", "CREATE", REPORT_DENIED, REQUESTS("Workflow", "CREATE", "denied")},
        {"WorkflowTemplate", "UPDATE", REPORT_UNCHANGED,
         REQUESTS("WorkflowTemplate", "UPDATE", "unchanged")},
        {"ClusterWorkflowTemplate", "CREATE", REPORT_UNTOUCHED,
         REQUESTS("ClusterWorkflowTemplate", "CREATE", "untouched")},
        {"CronWorkflow", "DELETE", REPORT_UNTOUCHED,
         REQUESTS("CronWorkflow", "DELETE", "untouched")},
        {"Workflow", "CONNECT", REPORT_UNTOUCHED, REQUESTS("Workflow", "CONNECT", "untouched")},
        {"Pod", "CREATE", REPORT_DENIED, REQUESTS("other", "CREATE", "denied")},
        {"workflow", "create", REPORT_DENIED, REQUESTS("other", "other", "denied")},
        {"", "", REPORT_UNTOUCHED, REQUESTS("other", "other", "untouched")},
        {"a\"} 1\n", "b\\", REPORT_UNCHANGED, REQUESTS("other", "other", "unchanged")},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct report report = {
            .kind = rows[i].kind, .operation = rows[i].operation, .outcome = rows[i].outcome};
        admissions_count(fixture->admissions, &report);
        read_page(fixture);
        check_value(fixture, rows[i].series, 1);
    }
}

static void a_request_without_an_answer_counts_as_of_any_kind(void **state)
{
    struct fixture *fixture = *state;

    admissions_count_malformed(fixture->admissions);
    admissions_count_failed(fixture->admissions);
    admissions_count_failed(fixture->admissions);
    read_page(fixture);
    check_value(fixture, REQUESTS("other", "other", "malformed"), 1);
    check_value(fixture, REQUESTS("other", "other", "failed"), 2);
}

/* A Workflow that two policies were applied to, one of which found all in place, while a third has
 * mode Warn. */
static struct report injected_report(struct report_item *items, size_t n, const char **policies)
{
    struct report report = {.kind = "Workflow", .operation = "CREATE", .outcome = REPORT_INJECTED};

    report.policies = (struct text_list){.items = policies, .n = 3};
    report.items.items = items;
    report.items.n = n;
    return report;
}

static void only_policies_that_added_something_count_as_injected(void **state)
{
    const char *policies[] = {"scratch", "in-place", "warns"};
    struct report_item items[] = {
        {.template = "a", .policy = "in-place", .action = REPORT_PRESENT},
        {.template = "a", .policy = "scratch", .action = REPORT_ADDED},
        {.template = "b", .policy = "scratch", .action = REPORT_ADDED},
        {.template = "b", .policy = "in-place", .action = REPORT_SKIPPED},
        {.what = "annotation", .action = REPORT_ADDED},
    };
    const struct report report = injected_report(items, 5, policies);
    struct fixture *fixture = *state;

    admissions_count(fixture->admissions, &report);
    read_page(fixture);
    check_value(fixture, INJECTIONS("scratch", "Workflow"), 1);
    check_value(fixture, INJECTIONS("in-place", "Workflow"), -1);
    check_value(fixture, INJECTIONS("warns", "Workflow"), -1);
    admissions_count(fixture->admissions, &report);
    read_page(fixture);
    check_value(fixture, INJECTIONS("scratch", "Workflow"), 2);
}

static void a_dry_run_counts_as_a_request_only(void **state)
{
    const char *policies[] = {"scratch", "in-place", "warns"};
    struct report_item items[] = {
        {.template = "a", .policy = "scratch", .action = REPORT_ADDED},
        {.template = "b", .action = REPORT_SKIPPED, .reason = REPORT_REASON_WINDOWS},
    };
    struct report report = injected_report(items, 2, policies);
    struct fixture *fixture = *state;

    report.dry_run = true;
    admissions_count(fixture->admissions, &report);
    read_page(fixture);
    check_value(fixture, REQUESTS("Workflow", "CREATE", "injected"), 1);
    check_value(fixture, INJECTIONS("scratch", "Workflow"), -1);
    check_value(fixture, SKIPPED("windows"), 0);
}

static void a_skip_counts_once_for_each_template_and_reason(void **state)
{
    static struct report_item items[] = {
        {.template = "a", .what = "v", .action = REPORT_SKIPPED, .reason = REPORT_REASON_ARTIFACT},
        {.template = "a", .what = "w", .action = REPORT_SKIPPED, .reason = REPORT_REASON_ARTIFACT},
        {.template = "a", .what = "x", .action = REPORT_ADDED},
        {.template = "a", .what = "y", .action = REPORT_SKIPPED, .reason = REPORT_REASON_ARTIFACT},
        {.template = "a", .what = "z", .action = REPORT_SKIPPED, .reason = REPORT_REASON_WINDOWS},
        {.template = "a", .what = "z", .action = REPORT_SKIPPED, .reason = REPORT_REASON_ARTIFACT},
        {.template = "b", .what = "v", .action = REPORT_SKIPPED, .reason = REPORT_REASON_ARTIFACT},
        {.template = "c", .what = "v", .action = REPORT_LEFT, .reason = REPORT_REASON_OPTED_OUT},
        {.what = "t 1", .action = REPORT_SKIPPED, .reason = REPORT_REASON_REFERENCE},
        {.what = "t 2", .action = REPORT_SKIPPED, .reason = REPORT_REASON_REFERENCE},
        {.what = "v", .action = REPORT_SKIPPED, .reason = REPORT_REASON_UNUSED},
        {.what = "v", .action = REPORT_LEFT, .reason = REPORT_REASON_UNUSED},
        {.action = REPORT_SKIPPED, .reason = REPORT_REASON_TEMPLATE_DEFAULTS},
        {.action = REPORT_SKIPPED, .reason = REPORT_REASON_TEMPLATE_DEFAULTS},
    };
    struct report report = {.kind = "Workflow", .operation = "CREATE", .outcome = REPORT_UNCHANGED};
    struct fixture *fixture = *state;

    report.items.items = items;
    report.items.n = sizeof(items) / sizeof(items[0]);
    admissions_count(fixture->admissions, &report);
    read_page(fixture);
    check_value(fixture, SKIPPED("artifact"), 2);
    check_value(fixture, SKIPPED("windows"), 1);
    check_value(fixture, SKIPPED("reference"), 2);
    check_value(fixture, SKIPPED("unused"), 1);
    check_value(fixture, SKIPPED("template-defaults"), 2);
    check_value(fixture, SKIPPED("mount-path"), 0);
    check_value(fixture, SKIPPED("opted-out"), -1);
}

static const char policies_text[] = "apiVersion: hawser.dev/v1\n"
                                    "kind: VolumePolicy\n"
                                    "metadata: {name: scratch}\n"
                                    "spec:\n"
                                    "  volumes:\n"
                                    "    - name: workdir\n"
                                    "      transient: {storageClassName: nfs, size: 1Gi}\n"
                                    "      mountPath: /workdir\n"
                                    "---\n"
                                    "apiVersion: hawser.dev/v1\n"
                                    "kind: VolumePolicy\n"
                                    "metadata: {name: trial}\n"
                                    "spec:\n"
                                    "  mode: Warn\n"
                                    "  volumes:\n"
                                    "    - name: cache\n"
                                    "      transient: {storageClassName: nfs, size: 1Gi}\n"
                                    "      mountPath: /cache\n";

/* A template that gets the volume, and one with something of its own there. */
#define SPEC                                                            \
    "{\"entrypoint\":\"a\",\"templates\":["                             \
    "{\"name\":\"a\",\"container\":{\"image\":\"i\"}},"                 \
    "{\"name\":\"b\",\"container\":{\"image\":\"i\",\"volumeMounts\":[" \
    "{\"name\":\"mine\",\"mountPath\":\"/workdir\"}]},"                 \
    "\"volumes\":[{\"name\":\"mine\",\"emptyDir\":{}}]}]}"

#define REVIEW(kind, spec)                                                      \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","     \
    "\"request\":{\"uid\":\"U\",\"kind\":{\"group\":\"argoproj.io\","           \
    "\"version\":\"v1alpha1\",\"kind\":\"" kind "\"},\"operation\":\"CREATE\"," \
    "\"namespace\":\"n\",\"object\":{\"apiVersion\":\"argoproj.io/v1alpha1\","  \
    "\"kind\":\"" kind "\",\"metadata\":{\"name\":\"w\",\"annotations\":{"      \
    "\"hawser.dev/policy\":\"scratch,trial\"}},\"spec\":" spec "}}}"

static void admit_and_count(struct fixture *fixture, const char *body)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *policies =
        policy_load_text("test", policies_text, strlen(policies_text), &err);
    CLEANUP(buf_clear) struct buf answer = BUF_INIT(ADMIT_ANSWER_MAX);
    const struct admit_options options = {.policies = policies, .copier_image = "hawser"};
    struct report report = {.arena = fixture->arena};

    if (policies == NULL || admit(&options, body, strlen(body), &answer, &report, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    admissions_count(fixture->admissions, &report);
    read_page(fixture);
}

static void what_the_engine_reports_counts(void **state)
{
    struct fixture *fixture = *state;

    admit_and_count(fixture, REVIEW("Workflow", SPEC));
    check_value(fixture, REQUESTS("Workflow", "CREATE", "injected"), 1);
    check_value(fixture, INJECTIONS("scratch", "Workflow"), 1);
    check_value(fixture, INJECTIONS("trial", "Workflow"), -1);
    check_value(fixture, SKIPPED("mount-path"), 1);
}

static void a_cron_workflow_is_given_nothing_of_a_policy_itself(void **state)
{
    struct fixture *fixture = *state;

    admit_and_count(fixture, REVIEW("CronWorkflow",
                                    "{\"schedules\":[\"0 0 * * *\"],\"workflowSpec\":" SPEC "}"));
    check_value(fixture, REQUESTS("CronWorkflow", "CREATE", "injected"), 1);
    check_value(fixture, INJECTIONS("scratch", "CronWorkflow"), -1);
    check_value(fixture, SKIPPED("mount-path"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_webhook_can_meet_is_shown_from_the_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_request_counts_by_kind_operation_and_outcome, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_request_without_an_answer_counts_as_of_any_kind, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_policies_that_added_something_count_as_injected,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_counts_as_a_request_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_skip_counts_once_for_each_template_and_reason, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_engine_reports_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cron_workflow_is_given_nothing_of_a_policy_itself, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("admissions", tests, NULL, NULL);
}
