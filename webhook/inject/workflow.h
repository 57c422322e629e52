/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding workflows
 *
 * The second step from the JSON of an object to the typed view: the spec of one that opts in. The
 * first is metadata.h; templates are decoded by templates.h.
 */

#include "base/arena.h"
#include "base/err.h"
#include "webhook/inject/view.h"

/*
 * Read the rest of @object into @workflow, after metadata_read().
 *
 * Errors: those of metadata_read(), and ERR_INVALID for what Argo would refuse later and with fewer
 * words: no templates, a template without a name, a name used twice, templates beside
 * workflowTemplateRef.
 */
int workflow_read_spec(const struct json_view *object,
                       struct arena *arena,
                       struct workflow *workflow,
                       struct err *err) __attribute__((nonnull, warn_unused_result));
