/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parts of one policy must say about each other
 *
 * A JSON Schema looks at one value at a time; these rules compare several: names and paths that
 * must differ, names that must exist.
 */

#include "base/err.h"
#include "base/source.h"
#include "policies/policy.h"

/*
 * Check @policy, which is decoded and complete but for these rules.
 *
 * Errors: ERR_INVALID with the place in @source's document and an excerpt.
 */
int consistency_check(const struct source *source,
                      const struct volume_policy *policy,
                      struct err *err) __attribute__((nonnull, warn_unused_result));
