/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kinds of objects that storage is made of
 *
 * In the order in which a cluster wants them: what another object names comes before it. The same
 * table serves requests, watches and the plan.
 */

#include <jansson.h>
#include <stdbool.h>

#include "deploy/kube/kube.h"

enum kind {
    KIND_NAMESPACE,
    KIND_PRIORITY_CLASS,
    KIND_SERVICE_ACCOUNT,
    KIND_CLUSTER_ROLE,
    KIND_CLUSTER_ROLE_BINDING,
    KIND_ROLE,
    KIND_ROLE_BINDING,
    KIND_CLAIM, /* PersistentVolumeClaim */
    KIND_SERVICE,
    KIND_NETWORK_POLICY,
    KIND_DISRUPTION_BUDGET, /* PodDisruptionBudget */
    KIND_STATEFUL_SET,
    KIND_STORAGE_CLASS,
    KIND_N,
};

/* How the API's paths have it. @has_policy_v1: whether the server knows policy/v1
 * (Kubernetes 1.21); PodDisruptionBudgets are of policy/v1beta1 elsewhere. */
const struct kube_resource *kind_resource(enum kind kind, bool has_policy_v1);

/* Which kind @object is of, by its "kind"; KIND_N for another. */
enum kind kind_of(const json_t *object) __attribute__((nonnull));
