/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether two policies can be applied to one object
 *
 * They cannot when they claim a mount path, a volume name, a copy target or name, the copier, or
 * the claim garbage collection (where both bring transient volumes) differently. The same claim
 * made twice is no clash: one policy may extend another, for other templates too.
 *
 * Volumes may be mounted inside each other; the target of a copy shares its path with nothing.
 */

#include "base/arena.h"
#include "policies/policy.h"

/*
 * What stands between @a and @b as a sentence that names both, or NULL. The text is in @arena; when
 * that is full, a shorter text stands for it.
 *
 * @a and @b may be the same policy, whose own volumes and copies are apart from each other when it
 * is loaded, and perhaps no longer after policy_override_apply().
 */
const char *policy_clash(const struct volume_policy *a,
                         const struct volume_policy *b,
                         struct arena *arena) __attribute__((nonnull, warn_unused_result));
