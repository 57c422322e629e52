/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What annotations may change of a policy's volume
 */

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

/* "size", "mount-path", "storage-class": the ends of the annotation keys. */
const char *policy_override_name(enum policy_override_field field);

/*
 * Set @field of @volume, a copy of a policy's own, to @value, if @allowed (NULL: nothing is) lets
 * it. Texts and a changed `transient` are copied to @arena; @volume->transient is never written
 * through, because the policy set is shared.
 *
 * Errors: ERR_INVALID, saying what would be accepted, for a field that may not be changed, a value
 * that is not a quantity, path or class name, and a size over the bound; ERR_INTERNAL when @arena
 * is full. @volume is unchanged then.
 */
int policy_override_apply(struct policy_volume *volume,
                          const struct policy_override *allowed,
                          enum policy_override_field field,
                          const char *value,
                          struct arena *arena,
                          struct err *err) __attribute__((nonnull(1, 4, 5, 6), warn_unused_result));
