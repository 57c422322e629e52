/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding workflows
 *
 * From the JSON of an object to the typed view, in two steps: most objects do not opt in, and then
 * their spec is not looked at. Templates are decoded by template.h.
 */

#include "base/arena.h"
#include "base/err.h"
#include "webhook/inject/view.h"

/*
 * Read kind, names, annotations and labels of @object: enough to see whether it opted in. What
 * follows its metadata is not looked at.
 *
 * Errors: ERR_INVALID "at POINTER: expected ..., found ..."; ERR_INTERNAL when @arena is full;
 * those of the reader.
 */
int workflow_read_metadata(const struct json_view *object,
                           enum policy_kind kind,
                           struct arena *arena,
                           struct workflow *out,
                           struct err *err) __attribute__((nonnull, warn_unused_result));

/* Read hawser's annotations of @object alone; none of nothing. Errors as above. */
int workflow_read_annotations(const struct json_view *object,
                              struct arena *arena,
                              struct string_map *out,
                              struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Read the rest of @object into @workflow, after workflow_read_metadata().
 *
 * Errors: as above, and ERR_INVALID for what Argo would refuse later and with fewer words: no
 * templates, a template without a name, a name used twice, templates beside workflowTemplateRef.
 */
int workflow_read_spec(const struct json_view *object,
                       struct arena *arena,
                       struct workflow *workflow,
                       struct err *err) __attribute__((nonnull, warn_unused_result));
