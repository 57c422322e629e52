/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the data of an NFS server are on
 *
 * As its pod has it, which is what counts for the data, and as its document asks for it. They
 * differ when the document changed and the pod was not replaced yet: one on an emptyDir or a
 * hostPath stays until an operator chooses (server_objects.h). Pure.
 */

#include <jansson.h>

#include "policies/policy.h"

enum volumes_backing {
    VOLUMES_BACKING_UNKNOWN,
    VOLUMES_BACKING_EMPTY_DIR, /* goes with the pod */
    VOLUMES_BACKING_HOST_PATH, /* stays where the node is */
    VOLUMES_BACKING_CLAIM,     /* outlives the pod */
};

/* By the volume that containers of @pod have at /export. UNKNOWN where that is none, is of another
 * kind, or is another one for another container. */
enum volumes_backing volumes_backing_of_pod(const json_t *pod) __attribute__((nonnull));

enum volumes_backing volumes_backing_of_document(const struct nfs_provisioner *provisioner)
    __attribute__((nonnull));
