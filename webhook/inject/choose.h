/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Choosing policies
 *
 * The annotations of an object name the policies that it opts in to, and what it wants changed of
 * them. Whoever opts in is told when that cannot be had: everything here that does not fit is an
 * error that says what would.
 */

#include "base/arena.h"
#include "base/err.h"
#include "policies/match.h"
#include "policies/policy.h"
#include "webhook/inject/report.h"
#include "webhook/inject/view.h"

struct choice {
    LIST_OF(const struct volume_policy *) inject; /* in order, overrides applied, free of clashes */
    LIST_OF(const struct volume_policy *) warn;   /* those of mode Warn */
};

/*
 * Whether @workflow opts in at all, by annotation or, with @namespace_opted_in, by not opting out.
 * A misspelt annotation of an object that does not opt in is told in @report, since nothing else
 * would tell it.
 *
 * Errors: ERR_INVALID for an unreadable hawser.dev/inject; ERR_INTERNAL.
 */
int choose_is_opted_in(const struct workflow *workflow,
                       bool namespace_opted_in,
                       struct report *report,
                       bool *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * The policies of @set that @workflow takes: those of hawser.dev/policy in its order, then with
 * hawser.dev/inject "true" (or an opted-in namespace) the default ones that match, by name.
 *
 * Errors: ERR_INVALID, for a policy that is unknown, named twice or does not match, no policy where
 * the object asks for one, an unknown annotation, an override that is not allowed, and two policies
 * that clash; ERR_INTERNAL.
 */
int choose_policies(const struct policy_set *set,
                    const struct workflow *workflow,
                    const char *namespace,
                    struct arena *arena,
                    struct choice *out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));
