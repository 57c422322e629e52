/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding what templates say of their pods
 *
 * Mounts, containers beside main's, volumes, artifacts, selectors of nodes: of templates and of
 * templateDefaults alike. Errors of everything here: as workflow_read_spec().
 */

#include "webhook/inject/node.h"
#include "webhook/inject/view.h"

struct template_parts;

/* Fill @out from the @parts of the template or templateDefaults at @node, whose JSON Pointer is
 * @pointer. */
int pod_read(const struct node *node,
             const struct template_parts *parts,
             const char *pointer,
             struct arena *arena,
             struct pod_view *out,
             struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the mounts in @list, the volumeMounts of main's container or of a container set. */
int pod_read_mounts(const struct node *list,
                    struct arena *arena,
                    struct mount_list *out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the members of a container set in @list, which are also containers beside main's. */
int pod_read_members(const struct node *list,
                     struct arena *arena,
                     struct template *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* The volumes in @list, which is absent or the member `volumes` of @holder, at the JSON Pointer
 * @base. */
int pod_read_volumes(const struct node *holder,
                     const struct node *list,
                     const char *base,
                     struct arena *arena,
                     struct volume_list *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* What a nodeSelector says: whether there is one, and the value of kubernetes.io/os, or NULL. */
struct node_selector {
    bool is_present;
    const char *os;
};

/* @out is zeroed. */
int pod_read_node_selector(const struct node *node,
                           struct arena *arena,
                           struct node_selector *out,
                           struct err *err) __attribute__((nonnull, warn_unused_result));
