/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/missed.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/test.h"

#define CREATED_S 1714557600 /* 2024-05-01T10:00:00Z */

#define POLICY(name, more, match)                                                      \
    "---\napiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: " name "}\n" \
    "spec:\n  match: " match "\n" more "  volumes:\n"                                  \
    "    - {name: v, mountPath: /of-" name ", persistent: {claimName: x}}\n"

/* clang-format off */
static const char policies[] =
    POLICY("plain", "", "{kinds: [Workflow]}")
    POLICY("warner", "  mode: Warn\n", "{kinds: [Workflow]}")
    POLICY("standard", "  default: true\n", "{kinds: [Workflow], namespaces: [team]}")
    POLICY("loud", "  default: true\n  mode: Warn\n", "{kinds: [Workflow], namespaces: [quiet]}")
    POLICY("labelled", "", "{kinds: [Workflow], selector: {matchLabels: {tier: batch}}}")
    POLICY("argo", "", "{kinds: [Workflow], selector: "
           "{matchLabels: {workflows.argoproj.io/phase: Running}}}")
    POLICY("argo-not", "", "{kinds: [Workflow], selector: {matchExpressions: "
           "[{key: workflows.argoproj.io/completed, operator: DoesNotExist}]}}")
    POLICY("tiered", "  default: true\n", "{kinds: [Workflow], namespaces: [tiers], selector: "
           "{matchLabels: {tier: batch}}}")
    POLICY("untiered", "  default: true\n", "{kinds: [Workflow], namespaces: [others], selector: "
           "{matchExpressions: [{key: tier, operator: DoesNotExist}]}}")
    POLICY("template", "", "{kinds: [WorkflowTemplate]}");
/* clang-format on */

static int set_up(void **state)
{
    struct err err = {0};

    *state = policy_load_text("p.yaml", policies, sizeof(policies) - 1, &err);
    if (*state == NULL) {
        print_error("%s\n", err.msg);
    }
    return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    policy_set_unref(*state);
    return 0;
}

/* JSON with ' for ". */
static json_t *parse(const char *text)
{
    char copy[2048];
    json_t *value;

    assert_true(strlen(text) < sizeof(copy));
    (void)snprintf(copy, sizeof(copy), "%s", text);
    for (char *at = copy; (at = strchr(at, '\'')) != NULL;) {
        *at = '"';
    }
    value = json_loads(copy, 0, NULL);
    if (value == NULL) {
        fail_msg("no JSON: %s", text);
    }
    return value;
}

#define FIRST                                                                            \
    "{'manager':'kubectl-create','time':'2024-05-01T10:00:01Z','fieldsV1':{'f:spec':{}," \
    "'f:metadata':{'f:annotations':{'f:hawser.dev/policy':{},'f:hawser.dev/inject':{}}}}}"

/* A Workflow in @namespace_ with these annotations, labels and managedFields. */
static json_t *make_workflow(const char *namespace_,
                             const char *annotations,
                             const char *labels,
                             const char *fields)
{
    char text[2048];

    (void)snprintf(text, sizeof(text),
                   "{'metadata':{'name':'w','namespace':'%s','creationTimestamp':"
                   "'2024-05-01T10:00:00Z','annotations':{%s},'labels':{%s},'managedFields':[%s]}}",
                   namespace_, annotations, labels, fields);
    return parse(text);
}

static json_t *make_namespace(const char *value, const char *time)
{
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "{'metadata':{'labels':{'hawser.dev/inject':'%s'},'managedFields':[{'time':'%s',"
                   "'fieldsV1':{'f:metadata':{'f:labels':{'f:hawser.dev/inject':{}}}}}]}}",
                   value, time);
    return parse(text);
}

static bool is_missed(void **state, const json_t *workflow, const json_t *namespace_)
{
    const char *excluded[] = {"hawser"};
    const struct missed_terms terms = {
        .policies = *state,
        .policies_since_s = CREATED_S - MISSED_SETTLING_S - 1,
        .excluded = {.items = excluded, .n = 1},
    };
    char reason[MISSED_REASON_SIZE] = "?";
    const bool missed = missed_judge(&terms, workflow, namespace_, reason);

    assert_true(missed == (reason[0] != '\0'));
    return missed;
}

static void what_opts_in_has_a_report_or_was_missed(void **state)
{
    static const struct {
        const char *namespace_;
        const char *annotations;
        const char *labels;
        bool is_missed;
    } rows[] = {
        {"team", "'hawser.dev/policy':'plain'", "", true},
        {"team", "'hawser.dev/policy':' plain ,\\twarner'", "", true},
        {"team", "'hawser.dev/policy':'warner,plain'", "", true},
        {"team", "'hawser.dev/policy':'plain','hawser.dev/status':'{}'", "", false},
        {"team", "'hawser.dev/policy':'plain','hawser.dev/inject':'false'", "", false},
        {"team", "'hawser.dev/policy':'plain','hawser.dev/inject':'yes'", "", false},
        {"team", "", "", false},
        {"team", "'hawser.dev/work.size':'1Gi'", "", false},
        {"team", "'hawser.dev/policy':'warner'", "", false},
        {"team", "'hawser.dev/policy':'unknown'", "", false},
        {"team", "'hawser.dev/policy':'plain,unknown'", "", false},
        {"team", "'hawser.dev/policy':''", "", false},
        {"team", "'hawser.dev/policy':'plain,'", "", false},
        {"team", "'hawser.dev/policy':'template'", "", false},
        {"team", "'hawser.dev/inject':'true'", "", true},
        {"team", "'hawser.dev/inject':'true','hawser.dev/policy':'warner'", "", true},
        {"quiet", "'hawser.dev/inject':'true','hawser.dev/policy':'warner'", "", false},
        {"quiet", "'hawser.dev/inject':'true','hawser.dev/policy':'plain'", "", true},
        {"quiet", "'hawser.dev/inject':'true'", "", false},
        {"other", "'hawser.dev/inject':'true'", "", false},
        {"team", "'hawser.dev/policy':'labelled'", "'tier':'batch'", true},
        {"team", "'hawser.dev/policy':'labelled'", "'tier':'web'", false},
        {"team", "'hawser.dev/policy':'argo'", "'workflows.argoproj.io/phase':'Running'", false},
        {"team", "'hawser.dev/policy':'argo-not'", "", false},
        {"hawser", "'hawser.dev/policy':'plain'", "", false},
        {"hawsers", "'hawser.dev/policy':'plain'", "", true},
        {"kube-system", "'hawser.dev/policy':'plain'", "", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *workflow =
            make_workflow(rows[i].namespace_, rows[i].annotations, rows[i].labels, FIRST);
        if (is_missed(state, workflow, NULL) != rows[i].is_missed) {
            fail_msg("row %zu, in %s: %s", i, rows[i].namespace_, rows[i].annotations);
        }
    }
}

static void an_annotation_counts_if_it_was_there_from_the_beginning(void **state)
{
#define ENTRY(time, spec, metadata) \
    "{'time':'" time "','fieldsV1':{" spec "'f:metadata':{" metadata "}}}"
#define SPEC        "'f:spec':{},"
#define OF_TEMPLATE "'f:spec':{'f:workflowTemplateRef':{}},"
#define GIVES_MORE  "'f:spec':{'f:workflowMetadata':{}},"
#define STATUS      "'f:status':{},"
#define ANNOTATION  "'f:annotations':{'f:hawser.dev/policy':{}}"
    static const struct {
        const char *name;
        const char *fields;
        bool is_missed;
    } rows[] = {
        {"with the spec", ENTRY("2024-05-01T10:00:00Z", SPEC, ANNOTATION), true},
        {"after slow webhooks", ENTRY("2024-05-01T10:00:30Z", SPEC, ANNOTATION), true},
        {"later", ENTRY("2024-05-01T10:00:31Z", SPEC, ANNOTATION), false},
        {"soon, but without the spec", ENTRY("2024-05-01T10:00:02Z", "", ANNOTATION), false},
        {"by what set the owner",
         ENTRY("2024-05-01T11:00:00Z", SPEC, ANNOTATION ",'f:ownerReferences':{}"), true},
        {"not by what set the owner",
         ENTRY("2024-05-01T10:00:00Z", SPEC,
               "'f:ownerReferences':{}") "," ENTRY("2024-05-01T11:00:00Z", "", ANNOTATION),
         false},
        {"by what writes the status", ENTRY("2024-05-01T10:00:01Z", SPEC STATUS, ANNOTATION), true},
        {"by what writes the status, and what a template says",
         ENTRY("2024-05-01T10:00:01Z", OF_TEMPLATE STATUS, ANNOTATION), false},
        {"by what writes the status, and what the spec says of it",
         ENTRY("2024-05-01T10:00:01Z", GIVES_MORE STATUS, ANNOTATION), false},
        {"by what set the owner, and what a template says",
         ENTRY("2024-05-01T11:00:00Z", OF_TEMPLATE STATUS, ANNOTATION ",'f:ownerReferences':{}"),
         false},
        {"by what set the owner, before it could write more",
         ENTRY("2024-05-01T10:00:00Z", OF_TEMPLATE, ANNOTATION ",'f:ownerReferences':{}"), true},
        {"by whom another writes the status for",
         ENTRY("2024-05-01T10:00:00Z", OF_TEMPLATE, ANNOTATION) "," ENTRY("2024-05-01T11:00:00Z",
                                                                          STATUS, ""),
         true},
        {"by another, which writes the status and what a template says",
         ENTRY("2024-05-01T10:00:00Z", OF_TEMPLATE, "") "," ENTRY("2024-05-01T10:00:01Z",
                                                                  SPEC STATUS, ANNOTATION),
         false},
        {"unknown", "", false},
        {"another annotation",
         ENTRY("2024-05-01T10:00:00Z", SPEC, "'f:annotations':{'f:hawser.dev/inject':{}}"), false},
        {"at a time that is none", ENTRY("now", SPEC, ANNOTATION), false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *workflow =
            make_workflow("team", "'hawser.dev/policy':'plain'", "", rows[i].fields);
        if (is_missed(state, workflow, NULL) != rows[i].is_missed) {
            fail_msg("%s", rows[i].name);
        }
    }
}

/* One that is chosen by a label that somebody adds or takes off did not apply at the creation. */
static void a_default_policy_counts_if_its_labels_were_there_from_the_beginning(void **state)
{
    static const struct {
        const char *name;
        const char *namespace_;
        const char *labels;
        const char *fields;
        bool is_missed;
    } rows[] = {
        {"with the spec", "tiers", "'tier':'batch'",
         ENTRY("2024-05-01T10:00:00Z", SPEC, "'f:labels':{'f:tier':{}}"), true},
        {"later", "tiers", "'tier':'batch'",
         ENTRY("2024-05-01T10:00:00Z", SPEC, "") "," ENTRY("2024-05-01T11:00:00Z", "",
                                                           "'f:labels':{'f:tier':{}}"),
         false},
        {"another label", "tiers", "'tier':'batch'",
         ENTRY("2024-05-01T10:00:00Z", SPEC, "'f:labels':{'f:tiers':{}}"), false},
        {"not chosen", "tiers", "'tier':'web'",
         ENTRY("2024-05-01T10:00:00Z", SPEC, "'f:labels':{'f:tier':{}}"), false},
        {"none, and it may have had one", "others", "", ENTRY("2024-05-01T10:00:00Z", SPEC, ""),
         false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *workflow =
            make_workflow(rows[i].namespace_, "", rows[i].labels, rows[i].fields);
        json_auto_t *namespace_ = make_namespace("enabled", "2024-05-01T09:00:00Z");
        if (is_missed(state, workflow, namespace_) != rows[i].is_missed) {
            fail_msg("%s", rows[i].name);
        }
    }
}

static void a_namespace_opts_in_by_a_label_that_is_older(void **state)
{
    static const struct {
        const char *namespace_;
        const char *annotations;
        const char *value;
        const char *time;
        bool is_missed;
    } rows[] = {
        {"team", "", "enabled", "2024-05-01T09:59:59Z", true},
        {"team", "", "enabled", "2024-05-01T10:00:00Z", false},
        {"team", "", "enabled", "2024-05-01T10:30:00Z", false},
        {"team", "", "disabled", "2024-05-01T09:00:00Z", false},
        {"team", "'hawser.dev/inject':'false'", "enabled", "2024-05-01T09:00:00Z", false},
        {"team", "'hawser.dev/policy':'warner'", "enabled", "2024-05-01T09:00:00Z", false},
        {"team", "'hawser.dev/policy':'plain'", "enabled", "2024-05-01T10:30:00Z", true},
        {"other", "", "enabled", "2024-05-01T09:00:00Z", false},
        {"quiet", "", "enabled", "2024-05-01T09:00:00Z", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *workflow = make_workflow(rows[i].namespace_, rows[i].annotations, "", FIRST);
        json_auto_t *namespace_ = make_namespace(rows[i].value, rows[i].time);
        if (is_missed(state, workflow, namespace_) != rows[i].is_missed) {
            fail_msg("row %zu", i);
        }
    }
}

static void policies_that_are_younger_tell_nothing(void **state)
{
    json_auto_t *workflow = make_workflow("team", "'hawser.dev/policy':'plain'", "", FIRST);
    struct missed_terms terms = {.policies = *state};
    char reason[MISSED_REASON_SIZE];

    assert_true(missed_judge(&terms, workflow, NULL, reason));
    terms.policies_since_s = CREATED_S - MISSED_SETTLING_S - 1;
    assert_true(missed_judge(&terms, workflow, NULL, reason));
    terms.policies_since_s++;
    assert_false(missed_judge(&terms, workflow, NULL, reason));
    assert_string_equal(reason, "");
}

static void the_reason_says_how_it_opted_in(void **state)
{
    struct missed_terms terms = {.policies = *state};
    json_auto_t *named = make_workflow("team", "'hawser.dev/policy':'warner,plain'", "", FIRST);
    json_auto_t *silent = make_workflow("team", "", "", FIRST);
    json_auto_t *namespace_ = make_namespace("enabled", "2024-05-01T09:00:00Z");
    char reason[MISSED_REASON_SIZE];

    assert_true(missed_judge(&terms, named, NULL, reason));
    assert_string_equal(reason,
                        "it runs without the volumes of policy 'plain', to which it opted in by "
                        "its annotation hawser.dev/policy: it was created while hawser could not "
                        "be asked; submit it again");
    assert_true(missed_judge(&terms, silent, namespace_, reason));
    assert_non_null(strstr(reason, "'standard'"));
    assert_non_null(strstr(reason, "the label hawser.dev/inject of its namespace"));
}

static void what_is_going_or_has_no_age_is_left_alone(void **state)
{
    json_auto_t *workflow = make_workflow("team", "'hawser.dev/policy':'plain'", "", FIRST);
    json_auto_t *empty = json_object();
    json_t *metadata = json_object_get(workflow, "metadata");

    assert_true(is_missed(state, workflow, NULL));
    assert_int_equal(
        json_object_set_new(metadata, "deletionTimestamp", json_string("2024-05-01T11:00:00Z")), 0);
    assert_false(is_missed(state, workflow, NULL));
    (void)json_object_del(metadata, "deletionTimestamp");
    (void)json_object_del(metadata, "creationTimestamp");
    assert_false(is_missed(state, workflow, NULL));
    assert_false(is_missed(state, empty, empty));
}

/* What would be a policy if it were cut. */
static void names_that_are_too_long_are_not_cut(void **state)
{
    char annotations[1600];
    json_auto_t *workflow = NULL;

    (void)snprintf(annotations, sizeof(annotations), "'hawser.dev/policy':'plain%*s'", 1200, "");
    workflow = make_workflow("team", annotations, "", FIRST);
    assert_false(is_missed(state, workflow, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_opts_in_has_a_report_or_was_missed),
        cmocka_unit_test(an_annotation_counts_if_it_was_there_from_the_beginning),
        cmocka_unit_test(a_default_policy_counts_if_its_labels_were_there_from_the_beginning),
        cmocka_unit_test(a_namespace_opts_in_by_a_label_that_is_older),
        cmocka_unit_test(policies_that_are_younger_tell_nothing),
        cmocka_unit_test(the_reason_says_how_it_opted_in),
        cmocka_unit_test(what_is_going_or_has_no_age_is_left_alone),
        cmocka_unit_test(names_that_are_too_long_are_not_cut),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
