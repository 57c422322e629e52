/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How often each policy was injected
 *
 * A table of the names of policies that were injected since the process started: they come and go
 * with reloads, their counts stay. It takes METRICS_POLICIES_MAX of them; the rest count as
 * "other", together with a policy of that name.
 *
 * Safe to call from all threads. Counting takes no lock unless the policy has no row yet.
 */

#include "base/buf.h"
#include "webhook/server/kind.h"

struct injections;

/* NULL when there is no memory. */
struct injections *injections_new(void) __attribute__((warn_unused_result));

/* Accepts NULL. */
void injections_free(struct injections *injections);

/* Count that @policy was injected into an object. The name is copied. */
void injections_count(struct injections *injections, const char *policy, enum kind kind)
    __attribute__((nonnull));

/* Append the family @name: those that were counted, by name. */
void injections_write(struct injections *injections, const char *name, struct buf *out)
    __attribute__((nonnull));

static inline void injections_free_p(struct injections **injections)
{
    injections_free(*injections);
}
