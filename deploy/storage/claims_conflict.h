/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two wishes for one claim, and how they differ
 *
 * For claims.c. Sizes are compared as quantities and access modes as sets. Pure.
 */

#include "base/arena.h"
#include "deploy/storage/claims.h"
#include "policies/policy.h"

/* The field that differs, the first of storageClassName, size and accessModes; "" for none. */
const char *claims_conflict_find(const struct policy_claim *a, const struct policy_claim *b)
    __attribute__((nonnull));

/* The text of @conflict, whose other fields are set, in @arena; NULL when that is full. */
const char *claims_conflict_text(struct arena *arena,
                                 const struct claims_conflict *conflict,
                                 const struct policy_claim *winner,
                                 const struct policy_claim *loser)
    __attribute__((nonnull, warn_unused_result));
