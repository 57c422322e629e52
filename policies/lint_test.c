/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/lint.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/test.h"

#define HEAD(name)                 \
    "apiVersion: hawser.dev/v1\n"  \
    "kind: VolumePolicy\n"         \
    "metadata: {name: " name "}\n" \
    "spec:\n"
#define A "  volumes: [{name: a, mountPath: /a, transient: {storageClassName: nfs, size: 1Gi}}]\n"
#define B "  volumes: [{name: b, mountPath: /a, transient: {storageClassName: nfs, size: 1Gi}}]\n"

static struct policy_set *load(const char *text)
{
    struct err err = {0};
    struct policy_set *set = policy_load_text("p.yaml", text, strlen(text), &err);

    assert_string_equal(err.msg, "");
    assert_non_null(set);
    return set;
}

static void good_policies_need_no_advice(void **state)
{
    static const char *const rows[] = {
        HEAD("a") A,
        HEAD("a") "  default: true\n" A "---\n" HEAD("b") "  default: true\n" A,
        HEAD("a") "  default: true\n" A "---\n" HEAD("b") B,
        HEAD("a") "  default: true\n  match: {kinds: [Workflow]}\n" A
                  "---\n" HEAD("b") "  default: true\n  match: {kinds: [CronWorkflow]}\n" B,
        HEAD("a") "  argo: {version: v3.7.7, templateRef: Inject, workflowTemplateRef: Inject}\n" A,
        HEAD("a") "  match: {namespaces: [ci]}\n"
                  "  volumes: [{name: c, mountPath: /c, persistent: {claimName: c}}]\n",
        HEAD("a") A "  overrides: [{volume: a, fields: [size, mountPath], maxSize: 1Ti}]\n",
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);
    struct lint_findings findings = {0};
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load(rows[i]);
        print_message("# row %zu\n", i);
        assert_int_equal(lint_policies(set, arena, &findings, &err), 0);
        if (findings.list.n > 0) {
            fail_msg("%s", findings.list.items[0].text);
        }
    }
}

static void what_may_surprise_is_told(void **state)
{
    static const struct {
        const char *text;
        const char *finding;
    } rows[] = {
        {HEAD("a") "  default: true\n" A "---\n" HEAD("b") "  default: true\n" B,
         "policy 'b': is a default like 'a', and where both match: policies 'a' and 'b' cannot be "
         "applied together: volumes 'a' and 'b' are both mounted at '/a'"},
        {HEAD("a") "  argo: {templateRef: Inject}\n" A,
         "policy 'a': argo.templateRef is Inject, but nothing will be injected: argo.version does "
         "not say that templateDefaults are safe (v3.6.16, v3.7.7, v4.0.0)"},
        {HEAD("a") "  argo: {version: v3.5.0, workflowTemplateRef: Inject}\n" A,
         "policy 'a': argo.workflowTemplateRef is Inject, but nothing will be injected: "
         "templateDefaults are unsafe before Argo v3.6.16, v3.7.7 and v4.0.0"},
        {HEAD("a") "  volumes: [{name: c, mountPath: /c, persistent: {claimName: x}}]\n",
         "policy 'a': volume 'c' needs the claim 'x' in every namespace, and nobody creates it; "
         "see persistent.create or match.namespaces"},
        {HEAD("a") "  match: {namespaces: [ci, '*']}\n"
                   "  volumes: [{name: c, mountPath: /c, persistent: {claimName: x}}]\n",
         "policy 'a': volume 'c' needs the claim 'x' in every namespace, and nobody creates it; "
         "see persistent.create or match.namespaces"},
        {HEAD("a") "  volumes: [{name: c, mountPath: /c, persistent: {claimName: x, create: "
                   "{storageClassName: s, size: 1Gi, accessModes: [ReadWriteOnce]}}}]\n",
         "policy 'a': volume 'c' has no access mode ReadWriteMany: steps on different nodes "
         "cannot share it"},
        {HEAD("a") A "  copies: [{name: x, from: {volume: a}, to: /x}]\n",
         "policy 'a': copy 'x' has no ephemeral.sizeLimit: a large source fills the node's disk, "
         "and pods are evicted"},
        {HEAD("a") A "  copies: [{name: x, from: {volume: a}, to: /x, ephemeral: {medium: "
                     "Memory}}]\n",
         "policy 'a': copy 'x' has no ephemeral.sizeLimit: a large source fills the node's "
         "memory, and pods are evicted"},
        {HEAD("a") A "  overrides: [{volume: a, fields: [size]}]\n",
         "policy 'a': the size of volume 'a' can be overridden without a bound; see maxSize"},
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load(rows[i].text);
        struct lint_findings findings = {0};
        print_message("# row %zu\n", i);
        assert_int_equal(lint_policies(set, arena, &findings, &err), 0);
        assert_int_equal(findings.list.n, 1);
        assert_string_equal(findings.list.items[0].text, rows[i].finding);
        assert_memory_equal(findings.list.items[0].source, "p.yaml:", 7);
    }
}

static void a_full_arena_is_an_error(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64);
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(HEAD("a") A "  overrides: [{volume: a, fields: [size]}]\n");
    struct lint_findings findings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(lint_policies(set, arena, &findings, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(findings.list.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_policies_need_no_advice),
        cmocka_unit_test(what_may_surprise_is_told),
        cmocka_unit_test(a_full_arena_is_an_error),
    };

    return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
