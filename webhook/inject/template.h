/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding templates
 *
 * The part of the typed view that is below a template. Only workflow.c calls this.
 */

#include "webhook/inject/node.h"
#include "webhook/inject/view.h"

/* Fill @out from the template (or templateDefaults) at @node, all but name and label. Errors as
 * workflow_read_spec(). */
int template_read(const struct node *node,
                  struct arena *arena,
                  struct template *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

int template_defaults_read(const struct node *node,
                           struct arena *arena,
                           struct template_defaults *out,
                           struct err *err) __attribute__((nonnull, warn_unused_result));

/* The named `volumes` list below @parent. */
int template_read_volumes(const struct node *parent,
                          struct arena *arena,
                          struct volume_list *out,
                          struct err *err) __attribute__((nonnull, warn_unused_result));

/* The nodeSelector of @parent: whether there is one, and the value of kubernetes.io/os, or NULL. */
int template_read_node_selector(const struct node *parent,
                                bool *present,
                                const char **os,
                                struct err *err) __attribute__((nonnull, warn_unused_result));

/* Where @node stands and whether it is there. */
int template_slot(const struct node *node, struct arena *arena, struct slot *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
