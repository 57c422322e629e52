/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The StatefulSet of an NFS server
 *
 * server_objects.h says what decides it. Beside that:
 *
 * - What a document gives for the pod as it is (resources, tolerations, affinity) goes in without
 *   what the API server does not store, which would look like drift: null, empty lists, and numbers
 *   of amounts, which become texts.
 * - The pod asks for the token of its account itself. Of the labels it has those that no other
 *   hawser would change: a pod starts anew for a label.
 * - Ganesha opens port 2049 when it has read its exports; a thousand of them take minutes. Once it
 *   has, the provisioner starts a ganesha that died again within a second, so the pod itself is
 *   started anew only after a minute.
 */

#include <jansson.h>

#include "policies/policy.h"

#define SERVER_POD_NFS_PORT 2049

/* The ports that the provisioner wants, of a Service with @is_service, else of a container. NULL
 * without memory. */
json_t *server_pod_ports(bool is_service);

/* The labels that pods are selected by, forever. NULL without memory. */
json_t *server_pod_selector(const struct nfs_provisioner *provisioner) __attribute__((nonnull));

/* "spec" of the StatefulSet called @name. NULL without memory. Owner: the caller. */
json_t *server_pod_stateful_set(const struct nfs_provisioner *provisioner, const char *name)
    __attribute__((nonnull));
