/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding templates
 *
 * The type of a template and what belongs to it; what it says of its pods is decoded by pod.h.
 */

#include "webhook/inject/node.h"
#include "webhook/inject/view.h"

/* What a template, or templateDefaults, consists of. */
struct template_parts {
    const char *name; /* NULL: none */
    const char *pod_spec_patch;
    bool daemon;
    struct node archive_location;
    struct node init_containers;
    struct node inputs;
    struct node memoize;
    struct node metadata;
    struct node node_selector;
    struct node outputs;
    struct node security_context;
    struct node sidecars;
    struct node volumes;
    struct node sections[TEMPLATE_UNKNOWN]; /* by type; absent but for one, normally */
};

/* @out is zeroed. */
int template_read_parts(const struct node *node,
                        struct arena *arena,
                        struct template_parts *out,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Fill @out from the template at @node with @parts, all but name and label. Errors as
 * workflow_read_spec(). */
int template_read(const struct node *node,
                  const struct template_parts *parts,
                  struct arena *arena,
                  struct template *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* The same for templateDefaults at @node, or absent, of @spec at the JSON Pointer @base. */
int template_defaults_read(const struct node *spec,
                           const struct node *node,
                           const char *base,
                           struct arena *arena,
                           struct template_defaults *out,
                           struct err *err) __attribute__((nonnull, warn_unused_result));

/* Where @member of @holder stands, at @path from what is at the JSON Pointer @base, and whether it
 * is there. */
struct slot template_slot(const struct node *holder,
                          const struct node *member,
                          const char *base,
                          const char *path) __attribute__((nonnull));
