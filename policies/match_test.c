/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/match.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define TEXTS(...)                                                         \
    {                                                                      \
        .items = (const char *[]){__VA_ARGS__},                            \
        .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), \
    }

static void kind_namespaces_and_labels_decide_in_this_order(void **state)
{
    struct policy_label wanted[] = {{"tier", "batch"}};
    const struct policy_match match = {
        .kinds = POLICY_WORKFLOW | POLICY_CRON_WORKFLOW,
        .namespaces = TEXTS("team-*", "ci"),
        .exclude_namespaces = TEXTS("team-x"),
        .selector = {.match_labels = {.items = wanted, .n = 1}},
    };
    static const struct {
        enum policy_kind kind;
        enum policy_match_result result;
        const char *namespace;
        const char *tier; /* NULL: no labels */
    } rows[] = {
        {POLICY_WORKFLOW, POLICY_MATCHES, "team-a", "batch"},
        {POLICY_CRON_WORKFLOW, POLICY_MATCHES, "ci", "batch"},
        {POLICY_WORKFLOW, POLICY_MATCHES, "team-", "batch"},
        {POLICY_WORKFLOW_TEMPLATE, POLICY_OTHER_KIND, "other", NULL},
        {POLICY_CLUSTER_WORKFLOW_TEMPLATE, POLICY_OTHER_KIND, "", "batch"},
        {POLICY_WORKFLOW, POLICY_OTHER_NAMESPACE, "other", NULL},
        {POLICY_WORKFLOW, POLICY_OTHER_NAMESPACE, "", "batch"},
        {POLICY_WORKFLOW, POLICY_OTHER_NAMESPACE, "Team-a", "batch"},
        {POLICY_WORKFLOW, POLICY_OTHER_NAMESPACE, "ci2", "batch"},
        {POLICY_WORKFLOW, POLICY_EXCLUDED_NAMESPACE, "team-x", NULL},
        {POLICY_WORKFLOW, POLICY_OTHER_LABELS, "team-a", "Batch"},
        {POLICY_WORKFLOW, POLICY_OTHER_LABELS, "team-a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct policy_label label = {"tier", rows[i].tier};
        const struct policy_subject subject = {
            .kind = rows[i].kind,
            .namespace = rows[i].namespace,
            .labels = &label,
            .n_labels = rows[i].tier != NULL ? 1 : 0,
        };
        print_message("# row %zu\n", i);
        assert_int_equal(policy_match(&match, &subject), rows[i].result);
    }
}

static void a_namespace_matches_whatever_kinds_and_labels_are_asked_for(void **state)
{
    struct policy_label wanted[] = {{"tier", "batch"}};
    const struct policy_match match = {
        .kinds = POLICY_CLUSTER_WORKFLOW_TEMPLATE,
        .namespaces = TEXTS("team-*", "ci"),
        .exclude_namespaces = TEXTS("team-x"),
        .selector = {.match_labels = {.items = wanted, .n = 1}},
    };
    const struct policy_match anywhere = {.exclude_namespaces = TEXTS("kube-*")};

    (void)state;
    assert_true(policy_match_namespace(&match, "team-a"));
    assert_true(policy_match_namespace(&match, "ci"));
    assert_false(policy_match_namespace(&match, "team-x"));
    assert_false(policy_match_namespace(&match, "other"));
    assert_true(policy_match_namespace(&anywhere, "other"));
    assert_false(policy_match_namespace(&anywhere, "kube-system"));
}

static void an_empty_match_takes_everything(void **state)
{
    const struct policy_match match = {.kinds = POLICY_ALL_KINDS};
    const struct policy_match anywhere = {.kinds = POLICY_ALL_KINDS, .namespaces = TEXTS("*")};
    const struct policy_subject subject = {.kind = POLICY_CLUSTER_WORKFLOW_TEMPLATE,
                                           .namespace = ""};

    (void)state;
    assert_int_equal(policy_match(&match, &subject), POLICY_MATCHES);
    assert_int_equal(policy_match(&anywhere, &subject), POLICY_MATCHES);
}

static void a_reason_says_what_would_match(void **state)
{
    struct policy_label wanted[] = {{"tier", "batch"}};
    const struct policy_match match = {
        .kinds = POLICY_WORKFLOW | POLICY_CRON_WORKFLOW,
        .namespaces = TEXTS("team-*", "ci"),
        .exclude_namespaces = TEXTS("kube-*", "team-x"),
        .selector = {.match_labels = {.items = wanted, .n = 1}},
    };
    static const struct {
        enum policy_match_result result;
        const char *reason;
    } rows[] = {
        {POLICY_MATCHES, "it applies"},
        {POLICY_OTHER_KIND, "it applies to the kinds Workflow, CronWorkflow only"},
        {POLICY_OTHER_NAMESPACE, "it applies to namespaces team-*, ci only"},
        {POLICY_EXCLUDED_NAMESPACE, "it does not apply to namespaces kube-*, team-x"},
        {POLICY_OTHER_LABELS, "it applies to objects with labels tier=batch only"},
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);
    CLEANUP(arena_free) struct arena *full = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(policy_match_reason(&match, rows[i].result, arena), rows[i].reason);
    }
    assert_string_equal(policy_match_reason(&match, POLICY_OTHER_KIND, full),
                        "it does not apply here");
}

static void templates_are_chosen_by_globs(void **state)
{
    const struct {
        struct policy_templates templates;
        const char *name;
        bool included;
        bool is_all;
    } rows[] = {
        {{{0}, {0}}, "main", true, true},
        {{{0}, {0}}, "", true, true},
        {{TEXTS("*"), {0}}, "main", true, true},
        {{TEXTS("build-*", "*"), {0}}, "main", true, true},
        {{TEXTS("build-*"), {0}}, "build-a", true, false},
        {{TEXTS("build-*"), {0}}, "main", false, false},
        {{{0}, TEXTS("notify-*")}, "main", true, false},
        {{{0}, TEXTS("notify-*")}, "notify-slack", false, false},
        {{TEXTS("*"), TEXTS("x")}, "x", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# row %zu\n", i);
        assert_int_equal(policy_templates_include(&rows[i].templates, rows[i].name),
                         rows[i].included);
        assert_int_equal(policy_templates_is_all(&rows[i].templates), rows[i].is_all);
    }
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(policy_kind_name(POLICY_WORKFLOW), "Workflow");
    assert_string_equal(policy_kind_name(POLICY_CLUSTER_WORKFLOW_TEMPLATE),
                        "ClusterWorkflowTemplate");
    assert_string_equal(policy_kind_name(POLICY_ALL_KINDS), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_namespaces_and_labels_decide_in_this_order),
        cmocka_unit_test(a_namespace_matches_whatever_kinds_and_labels_are_asked_for),
        cmocka_unit_test(an_empty_match_takes_everything),
        cmocka_unit_test(a_reason_says_what_would_match),
        cmocka_unit_test(templates_are_chosen_by_globs),
        cmocka_unit_test(kinds_have_names),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
