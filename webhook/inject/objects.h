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

/* The one init container that a template gets, and the mounts inside it. */
#define COPIER_NAME      "hawser-copy"
#define COPIER_FROM_PATH "/hawser/from/" /* + the volume's name */
#define COPIER_TO_PATH   "/hawser/to/"   /* + the copy's name */

struct mount_spec {
    const char *volume;
    const char *path;
    const char *sub_path; /* NULL: none */
    bool read_only;
};

/* A volume of a pod: an existing claim, or the empty directory of a copy. */
struct volume_spec {
    const char *name;
    const struct policy_persistent *persistent; /* exactly one of these two is set */
    const struct policy_copy *copy;
    bool read_only; /* of the claim */
};

/* A copy and the volume it reads from. */
struct copy_spec {
    const struct policy_copy *copy;
    const struct policy_volume *from;
};

struct copier_spec {
    const char *image;
    const struct policy_copier *copier;
    const json_t *security_context; /* of the container that works with the copies, or NULL */
    LIST_OF(struct copy_spec) copies;
};

void object_mount(struct json_out *out, const struct mount_spec *mount) __attribute__((nonnull));
void object_volume(struct json_out *out, const struct volume_spec *volume) __attribute__((nonnull));

/* An item of volumeClaimTemplates for @volume, which is transient. */
void object_claim_template(struct json_out *out, const struct policy_volume *volume)
    __attribute__((nonnull));

/*
 * The init container `hawser-copy copy`, which fills the empty directories from the volumes.
 *
 * Its arguments are --threads, then for each copy its options and its two paths; options count for
 * the copy that follows them. It asks for as much ephemeral storage as the copies may take, unless
 * the policy's own resources speak of it.
 */
void object_copier(struct json_out *out, const struct copier_spec *spec) __attribute__((nonnull));

/* The name of the volume that holds @copy, in @arena; NULL when that is full. */
const char *object_copy_volume_name(const struct policy_copy *copy, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));
