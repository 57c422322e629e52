/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The desired state of an NFS server
 *
 * What an NFSProvisioner document asks for, as Kubernetes objects: configurations for server-side
 * apply, exactly the fields that are ours. `hawser-controller manifests` prints the same ones.
 * Pure.
 *
 * The objects are called "hawser-nfs-NAME", but for the StorageClass, which the document names, and
 * the Namespace and the PriorityClass "hawser-nfs", which all servers share. The provisioner in the
 * class is "hawser.dev/nfs-NAME".
 *
 * What decides the details (nfs-ganesha-server-and-external-provisioner v4.0.8):
 *
 * - It writes its Service's address into each volume, and serves no claim unless the Endpoints have
 *   exactly one address and exactly its twelve ports. So: one replica, a Service that is neither
 *   headless nor ever deleted, and those ports.
 * - -device-based-fsids=false, because a cloud disk may come back under another device number and
 *   every handle that clients hold would be stale. -grace-period=90 for a disk that outlives the
 *   pod, so that clients can reclaim their locks; 0 for an ephemeral one, on which nobody has any.
 * - It wants CAP_DAC_READ_SEARCH (open_by_handle_at) and CAP_SYS_RESOURCE (as many open files as
 *   clients have), hence a namespace of Pod Security level `privileged`.
 * - Its rights are those of a provisioner in all namespaces (volumes, claims, classes, Events), and
 *   to read its own Service and Endpoints in its namespace (getServer() in
 * pkg/volume/provision.go). None to elect a leader: -leader-elect is false unless asked for
 * (cmd/nfs-provisioner/main.go), and Endpoints are what its election would write.
 * - Its image has no probe. Port 2049 is tried by TCP here, which notices that ganesha died;
 *   server_health.h notices one that hangs.
 * - A pod of an ephemeral server that is replaced is another server, and what its clients have
 *   mounted is gone. So its StatefulSet is updated OnDelete only: an operator chooses when. A
 * server on a disk is updated at once.
 * - It must not be evicted under its clients: high priority, a PodDisruptionBudget that allows none
 *   however many pods there are, karpenter.sh/do-not-disrupt.
 * - Its disk is a claim beside the StatefulSet: one of a volumeClaimTemplate could not grow.
 * - A NetworkPolicy, where the document names networks, lets in NFS 4 from them, and from the
 *   controller's pods, for server_health.h. These are known by the label
 * kubernetes.io/metadata.name of their namespace, which Kubernetes sets from 1.21 on and an
 * operator before.
 *
 * What the API server does not store is not asked for: null, "", false where that is the default,
 * empty lists. It would look like drift forever.
 *
 * The namespace that hawser lives in is Helm's: a server in it brings no Namespace.
 */

#include <jansson.h>

#include "base/err.h"
#include "policies/policy.h"

#define SERVER_OBJECTS_PREFIX         "hawser-nfs-"
#define SERVER_OBJECTS_NAME_SIZE      64
#define SERVER_OBJECTS_PRIORITY_CLASS "hawser-nfs"
#define SERVER_OBJECTS_PROVISIONER    "hawser.dev/nfs-" /* and the document's name */

/* Labels of every object: which server it is of (not on what servers share), and the namespace of
 * the hawser that keeps it (not on pods, which another home would start anew). */
#define SERVER_OBJECTS_LABEL_SERVER "hawser.dev/nfs-server"
#define SERVER_OBJECTS_LABEL_HOME   "hawser.dev/home"

/* Those that watches select by. */
#define SERVER_OBJECTS_SELECTOR \
    "app.kubernetes.io/managed-by=hawser-controller,app.kubernetes.io/name=hawser-nfs"

/* An annotation that changes whenever anything that is asked for does, also by what it no longer
 * asks for. Not on pods, which it would restart. */
#define SERVER_OBJECTS_ANNOTATION_HASH "hawser.dev/hash"

struct server_objects_terms {
    const char *home;   /* the namespace that hawser lives in */
    bool has_policy_v1; /* the server knows policy/v1: Kubernetes 1.21 */
};

/*
 * The objects of @provisioner, a JSON list in the order of kinds.h. NULL with ERR_INTERNAL.
 * Owner: the caller, json_decref().
 */
json_t *server_objects_make(const struct nfs_provisioner *provisioner,
                            const struct server_objects_terms *terms,
                            struct err *err) __attribute__((nonnull, warn_unused_result));

/* "hawser-nfs-NAME". */
void server_objects_name(const struct nfs_provisioner *provisioner,
                         char out[static SERVER_OBJECTS_NAME_SIZE]) __attribute__((nonnull));

/* Whether data on it is lost with its pod, or with its node. */
bool server_objects_is_ephemeral(const struct nfs_provisioner *provisioner)
    __attribute__((nonnull));
