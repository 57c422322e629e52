/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Kubernetes objects that hawser adds, as JSON
 *
 * What is written here is compared, as a value, with what an object already holds: that is how the
 * engine knows its own work. So nothing may depend on anything but the policy and the template.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_out.h"
#include "policies/policy.h"

/* Where the volume of tools is mounted. */
#define TOOLS_PATH "/hawser/bin"

struct mount_spec {
    const char *volume;
    const char *path;
    const char *sub_path; /* NULL: none */
    bool read_only;
};

/* A volume of a pod: an existing claim, the empty directory of a copy, or with neither of the two
 * that of tools. */
struct volume_spec {
    const char *name;
    const struct policy_persistent *persistent;
    const struct policy_copy *copy;
    bool read_only; /* of the claim */
};

void object_mount(struct json_out *out, const struct mount_spec *mount) __attribute__((nonnull));
void object_volume(struct json_out *out, const struct volume_spec *volume) __attribute__((nonnull));

/* An item of volumeClaimTemplates for @volume, which is transient. */
void object_claim_template(struct json_out *out, const struct policy_volume *volume)
    __attribute__((nonnull));

/* A list of strings. */
void object_texts(struct json_out *out, const struct text_list *texts) __attribute__((nonnull));

/* The name of the volume that holds @copy, in @arena; NULL when that is full. */
const char *object_copy_volume_name(const struct policy_copy *copy, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));
