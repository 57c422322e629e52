/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A plan as JSON Patch operations
 *
 * The smallest ones: each goes below a parent that the view has seen as an object or a list, a list
 * that is absent is added whole with all its items, and nothing is ever added empty but
 * templateDefaults.containerSet.containers, which the API requires.
 */

#include "webhook/inject/patch.h"
#include "webhook/inject/plan.h"

/* Append the operations of @plan to @patch. Errors: ERR_INTERNAL without memory; limits are checked
 * by patch_end(). */
int emit_plan(const struct workflow *workflow,
              const struct plan *plan,
              struct patch *patch,
              struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Give the map @have those of @annotations that it lacks, and the new value of those that differ.
 * Where it is absent it is added whole; where @parent (NULL: always there) is absent too, that is.
 */
int emit_annotations(const struct string_map *have,
                     const struct slot *parent,
                     const struct policy_label *annotations,
                     size_t n_annotations,
                     struct patch *patch,
                     struct err *err) __attribute__((nonnull(1, 5, 6), warn_unused_result));
