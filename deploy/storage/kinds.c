/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/kinds.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"

#define RBAC "rbac.authorization.k8s.io"

static const struct kube_resource resources[KIND_N] = {
    [KIND_NAMESPACE] = {"", "v1", "namespaces", "Namespace", false},
    [KIND_PRIORITY_CLASS] = {"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false},
    [KIND_SERVICE_ACCOUNT] = {"", "v1", "serviceaccounts", "ServiceAccount", true},
    [KIND_CLUSTER_ROLE] = {RBAC, "v1", "clusterroles", "ClusterRole", false},
    [KIND_CLUSTER_ROLE_BINDING] = {RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", false},
    [KIND_ROLE] = {RBAC, "v1", "roles", "Role", true},
    [KIND_ROLE_BINDING] = {RBAC, "v1", "rolebindings", "RoleBinding", true},
    [KIND_CLAIM] = {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true},
    [KIND_SERVICE] = {"", "v1", "services", "Service", true},
    [KIND_NETWORK_POLICY] = {"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true},
    [KIND_DISRUPTION_BUDGET] = {"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget",
                                true},
    [KIND_STATEFUL_SET] = {"apps", "v1", "statefulsets", "StatefulSet", true},
    [KIND_STORAGE_CLASS] = {"storage.k8s.io", "v1", "storageclasses", "StorageClass", false},
};

static const struct kube_resource old_disruption_budget = {
    "policy", "v1beta1", "poddisruptionbudgets", "PodDisruptionBudget", true,
};

const struct kube_resource *kind_resource(enum kind kind, bool has_policy_v1)
{
    assert(kind < KIND_N);
    return kind == KIND_DISRUPTION_BUDGET && !has_policy_v1 ? &old_disruption_budget
                                                            : &resources[kind];
}

enum kind kind_of(const json_t *object)
{
    const char *name = json_text_of(object, "kind");

    for (enum kind kind = 0; kind < KIND_N; kind++) {
        if (strcmp(name, resources[kind].kind) == 0) {
            return kind;
        }
    }
    return KIND_N;
}
