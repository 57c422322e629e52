/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/reserved.h"

#include "tests/test.h"

static void names_of_argo_kubernetes_and_hawser_are_taken(void **state)
{
    static const struct {
        const char *name;
        bool taken;
    } rows[] = {
        {"var-run-argo", true},
        {"tmp-dir-argo", true},
        {"input-artifacts", true},
        {"argo-staging", true},
        {"argo-env-config", true},
        {"argoexec-bin", true},
        {"kubeconfig", true},
        {"exec-sa-token", true},
        {"artifact-plugin-s3", true},
        {"hawser-", true},
        {"hawser-copy", true},
        {"kube-api-access-x1y2z", true},
        {"workdir", false},
        {"hawser", true},
        {"hawse", false},
        {"hawsers", false},
        {"argo", false},
        {"my-kubeconfig", false},
        {"kubeconfigs", false},
        {"var-run-arg", false},
        {"artifact-plugin", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s'\n", rows[i].name);
        assert_int_equal(reserved_volume_name(rows[i].name), rows[i].taken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_argo_kubernetes_and_hawser_are_taken),
    };

    return cmocka_run_group_tests_name("reserved", tests, NULL, NULL);
}
