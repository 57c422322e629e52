/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The containers that hawser adds, and the command that it puts before an author's
 *
 * All run hawser-copy. As in objects.h nothing may depend on anything but policy and template.
 *
 * A container that fails says why in the last lines of its log, which terminationMessagePolicy
 * FallbackToLogsOnError shows in `kubectl describe`, and Argo in the message of the node.
 *
 * They run as the container that works with the copies, as far as the object says who that is. Our
 * image has no user of its own, as most images of steps have none: who copies as root keeps owners.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/json_out.h"
#include "policies/policy.h"
#include "webhook/inject/joined.h"

/* The one init container that a template gets, and the mounts inside it. */
#define COPIER_NAME      "hawser-copy"
#define COPIER_FROM_PATH "/hawser/from/" /* + the volume's name */
#define COPIER_TO_PATH   "/hawser/to/"   /* + the copy's name */

/* The last member of a container set. */
#define COPY_BACK_NAME "hawser-copy-back"

/* A copy and the volume it reads from. */
struct copy_spec {
    const struct policy_copy *copy;
    const struct policy_volume *from;
};

struct copier_spec {
    const char *image;
    const struct policy_copier *copier;
    struct joined security_context; /* of the container that works with the copies */
    bool needs_user;                /* somebody who is not root, and the pod does not say who */
    bool installs;                  /* puts its program into the volume of tools */
    LIST_OF(struct copy_spec) copies;
};

/*
 * The init container `hawser-copy copy`, which fills the empty directories from the volumes.
 *
 * Its arguments are those for all copies, then for each copy its options and its two paths. It asks
 * for as much ephemeral storage as the copies may take, unless the policy's own resources speak of
 * it. Errors: those of the reader, for the security context (base/json_reader.h).
 */
int container_copier(struct json_out *out, const struct copier_spec *spec, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * The member of a container set that copies back what @spec's copies hold, when @dependencies, the
 * members that nobody else waits for, have ended well. It mounts the volumes itself: the other
 * members need not see them. Errors as container_copier().
 */
int container_copy_back(struct json_out *out,
                        const struct copier_spec *spec,
                        const struct text_list *dependencies,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Where what copies back finds the volume called @volume; NULL when @arena is full. */
const char *container_copy_back_path(const char *volume, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));

/*
 * Append to @words what stands before a command whose results are copied back, and finds its
 * program in the volume of tools: `hawser-copy run ... --`. Errors: ERR_INTERNAL, @arena is full.
 */
int container_wrap(const struct copier_spec *spec,
                   struct arena *arena,
                   struct text_list *words,
                   struct err *err) __attribute__((nonnull, warn_unused_result));
