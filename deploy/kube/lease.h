/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who leads
 *
 * Of several controllers one may write. They agree by a Lease (coordination.k8s.io/v1), in the way
 * of client-go's leader election: the holder renews it every retry period; a candidate takes it
 * when it has not changed for the lease's duration. The holder counts itself as such only for the
 * renew deadline after it *sent* its last successful renewal. That is shorter than the duration, so
 * the old holder has stopped before another begins, even when it was suspended: lease_is_held()
 * asks the clock, and belongs in kube_guard().
 *
 * A holder that loses it is a candidate again. Everything happens in steps of the loop.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"

struct lease_options {
    const char *namespace_; /* texts are borrowed */
    const char *name;
    const char *identity;           /* no other process may have it, nor an earlier one */
    unsigned int duration_ms;       /* client-go: 15 s */
    unsigned int renew_deadline_ms; /* 10 s; less than the duration */
    unsigned int retry_period_ms;   /* 2 s; jittered by a fifth */

    /* Called in a step of the loop after it was got or lost. */
    void (*changed)(void *data);
    void *data;
};

struct lease;

/* A candidate. @options is copied. NULL with ERR_INTERNAL. */
struct lease *lease_new(struct loop *loop,
                        struct kube *kube,
                        const struct lease_options *options,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Does not give it up. Accepts NULL. */
void lease_free(struct lease *lease);

/* Whether it is held at @now_ms (CLOCK_MONOTONIC). */
bool lease_is_held(const struct lease *lease, uint64_t now_ms) __attribute__((nonnull));

/* How the last request for it ended: for readiness and logs. */
enum kube_outcome lease_outcome(const struct lease *lease) __attribute__((nonnull));
const char *lease_message(const struct lease *lease) __attribute__((nonnull));

/* Give it up, if it is held, so that the next one need not wait; and be no candidate any more. Runs
 * the loop for at most @timeout_ms. */
void lease_release(struct lease *lease, unsigned int timeout_ms) __attribute__((nonnull));

static inline void lease_free_p(struct lease **lease)
{
    lease_free(*lease);
}
