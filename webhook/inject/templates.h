/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding the templates of a WorkflowSpec
 *
 * The walk over all of them, those inside steps and tasks too, and over what refers to templates of
 * other objects. What is in one template is decoded by template.h.
 */

#include "webhook/inject/node.h"
#include "webhook/inject/view.h"

/* Members of the spec. */
struct templates_parts {
    struct node hooks;
    struct node ref; /* workflowTemplateRef */
    struct node templates;
};

/* Fill the templates and references of @out from the parts of @spec. Errors as
 * workflow_read_spec(). */
int templates_read(const struct node *spec,
                   const struct templates_parts *parts,
                   struct arena *arena,
                   struct workflow *out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));
