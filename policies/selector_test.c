/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/selector.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static const struct policy_label labels[] = {{"env", "dev"}, {"tier", "batch"}, {"empty", ""}};

#define N_LABELS (sizeof(labels) / sizeof(labels[0]))

static void requirements_mean_what_kubernetes_says(void **state)
{
    static const char *values[] = {"dev", "prod"};
    static const char *others[] = {"prod", ""};
    static const struct {
        const char *key;
        enum policy_selector_operator operator;
        bool matches;
        const char **values;
    } rows[] = {
        {"env", POLICY_SELECTOR_IN, true, values},
        {"env", POLICY_SELECTOR_IN, false, others},
        {"none", POLICY_SELECTOR_IN, false, values},
        {"empty", POLICY_SELECTOR_IN, true, others},
        {"env", POLICY_SELECTOR_NOT_IN, false, values},
        {"env", POLICY_SELECTOR_NOT_IN, true, others},
        {"none", POLICY_SELECTOR_NOT_IN, true, values},
        {"env", POLICY_SELECTOR_EXISTS, true, NULL},
        {"empty", POLICY_SELECTOR_EXISTS, true, NULL},
        {"none", POLICY_SELECTOR_EXISTS, false, NULL},
        {"Env", POLICY_SELECTOR_EXISTS, false, NULL},
        {"env", POLICY_SELECTOR_DOES_NOT_EXIST, false, NULL},
        {"none", POLICY_SELECTOR_DOES_NOT_EXIST, true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_requirement requirement = {
            .key = rows[i].key,
            .operator= rows[i].operator,
            .values = {.items = rows[i].values, .n = rows[i].values != NULL ? 2 : 0},
        };
        const struct policy_selector selector = {
            .match_expressions = {.items = &requirement, .n = 1}};
        print_message("# row %zu\n", i);
        assert_int_equal(policy_selector_matches(&selector, labels, N_LABELS), rows[i].matches);
    }
}

static void all_terms_must_hold(void **state)
{
    struct policy_label wanted[] = {{"tier", "batch"}, {"env", "dev"}};
    struct policy_requirement exists = {.key = "gpu", .operator= POLICY_SELECTOR_EXISTS };
    struct policy_selector selector = {0};

    (void)state;
    assert_true(policy_selector_matches(&selector, NULL, 0));
    selector.match_labels.items = wanted;
    selector.match_labels.n = 2;
    assert_true(policy_selector_matches(&selector, labels, N_LABELS));
    assert_false(policy_selector_matches(&selector, labels, 1));
    selector.match_expressions.items = &exists;
    selector.match_expressions.n = 1;
    assert_false(policy_selector_matches(&selector, labels, N_LABELS));
}

static void a_selector_reads_as_kubectl_writes_it(void **state)
{
    static const char *values[] = {"prod", "test"};
    struct policy_label wanted[] = {{"tier", "batch"}};
    struct policy_requirement requirements[] = {
        {"env", POLICY_SELECTOR_NOT_IN, {values, 2}},
        {"zone", POLICY_SELECTOR_IN, {values, 1}},
        {"gpu", POLICY_SELECTOR_EXISTS, {0}},
        {"legacy", POLICY_SELECTOR_DOES_NOT_EXIST, {0}},
    };
    const struct policy_selector selector = {
        .match_labels = {.items = wanted, .n = 1},
        .match_expressions = {.items = requirements, .n = 4},
    };
    CLEANUP(buf_clear) struct buf text = BUF_INIT(1000);

    (void)state;
    policy_selector_describe(&selector, &text);
    assert_string_equal(buf_text(&text),
                        "tier=batch,env notin (prod,test),zone in (prod),gpu,!legacy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requirements_mean_what_kubernetes_says),
        cmocka_unit_test(all_terms_must_hold),
        cmocka_unit_test(a_selector_reads_as_kubectl_writes_it),
    };

    return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
