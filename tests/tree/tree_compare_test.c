/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tree/tree_compare.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/test.h"

/* A review of a Workflow that opts in, up to its spec. */
#define HEAD(annotations)                                                                  \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"   \
    "\"uid\":\"1\",\"kind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\",\"kind\":" \
    "\"Workflow\"},\"namespace\":\"default\",\"operation\":\"CREATE\",\"object\":{"        \
    "\"metadata\":{\"name\":\"a\",\"annotations\":{" annotations "}},\"spec\":{\"templates\":"
#define OPTED_IN HEAD("\"hawser.dev/policy\":\"data\"")

/* The end of it, and what stands behind the object. */
#define TAIL(more) "}}" more "}}"

static const char policy[] = "apiVersion: hawser.dev/v1\n"
                             "kind: VolumePolicy\n"
                             "metadata: {name: data}\n"
                             "spec:\n"
                             "  volumes:\n"
                             "    - name: data\n"
                             "      transient: {storageClassName: nfs, size: 1Gi}\n"
                             "      mountPath: /data\n"
                             "  copies:\n"
                             "    - name: src\n"
                             "      from: {volume: data, path: src}\n"
                             "      to: /src\n"
                             "      ephemeral: {sizeLimit: 1Gi}\n";

static struct tree_comparison compare(const char *body)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *policies = policy_load_text("policy.yaml", policy, strlen(policy), &err);
    const struct admit_options options = {.policies = policies, .copier_image = "hawser"};
    struct tree_comparison comparison = {0};

    if (policies == NULL || tree_compare(&options, body, strlen(body), &comparison, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    return comparison;
}

static void answers_are_the_same(void **state)
{
    const struct tree_comparison injected =
        compare(OPTED_IN "[{\"name\":\"a\",\"container\":{\"image\":\"b\"}}]" TAIL(""));
    const struct tree_comparison denied = compare(OPTED_IN "[{\"name\":\"\"}]" TAIL(""));

    (void)state;
    assert_int_equal(injected.likeness, TREE_SAME);
    assert_int_equal(injected.outcome, REPORT_INJECTED);
    assert_int_equal(denied.likeness, TREE_SAME);
    assert_int_equal(denied.outcome, REPORT_DENIED);
}

static void a_security_context_is_copied_as_it_was_written(void **state)
{
    const struct tree_comparison comparison =
        compare(OPTED_IN "[{\"name\":\"a\",\"container\":{\"image\":\"b\",\"securityContext\":"
                         "{\"seLinuxOptions\":{\"user\":\"\\u0061\"}}}}]" TAIL(""));

    (void)state;
    assert_int_equal(comparison.likeness, TREE_SAME_VALUES);
    assert_int_equal(comparison.outcome, REPORT_INJECTED);
}

static void of_two_faults_each_tells_the_one_that_it_meets_first(void **state)
{
    (void)state;
    assert_int_equal(compare(OPTED_IN "[{\"container\":[],\"name\":1}]" TAIL("")).likeness,
                     TREE_OTHER_REASON);
}

static void behind_what_did_not_opt_in_nothing_is_read(void **state)
{
    (void)state;
    assert_int_equal(compare(HEAD("") "[]" TAIL(",\"dryRun\":1")).likeness, TREE_NOT_READ);
}

static void types_in_templates_without_mounts_are_minded(void **state)
{
    (void)state;
    assert_int_equal(
        compare(OPTED_IN "[{\"name\":\"a\",\"suspend\":{},\"inputs\":[]}]" TAIL("")).likeness,
        TREE_NOT_MINDED);
}

static void of_a_key_that_stands_twice_there_is_no_tree(void **state)
{
    (void)state;
    assert_int_equal(compare(OPTED_IN "[{\"name\":\"a\",\"container\":{\"image\":\"b\","
                                      "\"image\":\"c\"}}]" TAIL(""))
                         .likeness,
                     TREE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_the_same),
        cmocka_unit_test(a_security_context_is_copied_as_it_was_written),
        cmocka_unit_test(of_two_faults_each_tells_the_one_that_it_meets_first),
        cmocka_unit_test(behind_what_did_not_opt_in_nothing_is_read),
        cmocka_unit_test(types_in_templates_without_mounts_are_minded),
        cmocka_unit_test(of_a_key_that_stands_twice_there_is_no_tree),
    };

    return cmocka_run_group_tests_name("tree_compare", tests, NULL, NULL);
}
