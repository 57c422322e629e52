/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding templates from a tree
 *
 * The part of the typed view that is below a template. Only tree_workflow.c calls this.
 */

#include "tests/tree/tree_node.h"
#include "webhook/inject/view.h"

/* Fill @out from the template (or templateDefaults) at @node, all but name and label. */
int tree_template_read(const struct tree_node *node,
                       struct arena *arena,
                       struct template *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));

int tree_template_defaults_read(const struct tree_node *node,
                                struct arena *arena,
                                struct template_defaults *out,
                                struct err *err) __attribute__((nonnull, warn_unused_result));

/* The named `volumes` list below @parent. */
int tree_template_read_volumes(const struct tree_node *parent,
                               struct arena *arena,
                               struct volume_list *out,
                               struct err *err) __attribute__((nonnull, warn_unused_result));

/* The nodeSelector of @parent: whether there is one, and the value of kubernetes.io/os, or NULL. */
int tree_template_read_node_selector(const struct tree_node *parent,
                                     bool *present,
                                     const char **os,
                                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Where @node stands and whether it is there. */
int tree_template_slot(const struct tree_node *node,
                       struct arena *arena,
                       struct slot *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));
