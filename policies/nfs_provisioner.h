/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding the spec of an NFSProvisioner
 */

#include "base/decode.h"
#include "policies/policy.h"

#define PROVISIONER_NAMESPACE "hawser-nfs"
#define PROVISIONER_IMAGE     "registry.k8s.io/sig-storage/nfs-provisioner:v4.0.8"

/* The StatefulSet that is named after a provisioner, prefix included, may have 52 characters: its
 * pods carry a label of that name and a hash of eleven. */
#define PROVISIONER_NAME_MAX 32

/* The name of a provisioner: a DNS-1123 label of at most PROVISIONER_NAME_MAX. ERR_INVALID. */
int nfs_provisioner_check_name(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Fill @provisioner, whose name is set, from the "spec" @spec of the source's document.
 *
 * Errors: ERR_INVALID with place and excerpt; ERR_INTERNAL when the arena is full.
 */
int nfs_provisioner_decode(const struct decode *in,
                           json_t *spec,
                           struct nfs_provisioner *provisioner,
                           struct err *err) __attribute__((nonnull, warn_unused_result));
