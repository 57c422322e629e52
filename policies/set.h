/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Making a policy set
 *
 * Only the loader sees a set that is not finished yet. The set owns an arena for its structs and
 * the documents, from which the texts in them are borrowed.
 */

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

/* An empty set with one owner. NULL with ERR_INTERNAL. */
struct policy_set *set_new(struct err *err) __attribute__((nonnull, warn_unused_result));

struct arena *set_arena(struct policy_set *set) __attribute__((nonnull));

/* Take over @document, on failure too. Errors: ERR_INTERNAL. */
int set_keep(struct policy_set *set, json_t *document, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Put everything in the order of names, see which policies are apart from all others, and compute
 * the set's hash. Errors: ERR_INTERNAL. */
int set_finish(struct policy_set *set, struct err *err)
    __attribute__((nonnull, warn_unused_result));
