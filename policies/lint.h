/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Advice on a policy set that loads but may surprise
 *
 * For `hawser lint`: default policies that clash when one object takes both, an Inject that never
 * takes effect with the stated Argo version, a persistent claim nobody creates in a namespace-wide
 * policy, overrides without a bound, volumes that only one node can write to, copies that may fill
 * a node's disk.
 */

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

struct lint_finding {
    const char *source; /* "file:line" of the policy */
    const char *text;
};

struct lint_findings {
    LIST_OF(struct lint_finding) list;
};

/* Append what there is to say about @set, policy by policy. Returns 0, or -1 with ERR_INTERNAL when
 * @arena is full. */
int lint_policies(const struct policy_set *set,
                  struct arena *arena,
                  struct lint_findings *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));
