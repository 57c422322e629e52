/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long to wait before trying again
 *
 * From BACKOFF_FIRST_MS on, doubled each time up to BACKOFF_MOST_MS, and of that a random part
 * between one half and the whole, so that clients that failed together do not come back together.
 * A server that names a time (Retry-After) is obeyed, within BACKOFF_TOLD_MOST_MS. What went well
 * once does not end it: a server that accepts and then fails would be asked without a pause. Only
 * after BACKOFF_RESET_MS of success it starts over. Pure: time and chance are parameters.
 */

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_MS     800
#define BACKOFF_MOST_MS      30000
#define BACKOFF_TOLD_MOST_MS 120000
#define BACKOFF_RESET_MS     120000

/* Zeroed at the beginning, but for `first_ms`. */
struct backoff {
    unsigned int first_ms; /* in place of BACKOFF_FIRST_MS: for tests; 0: that */
    unsigned int n_failures;
    bool is_healthy;     /* it went well since the last failure */
    uint64_t healthy_ms; /* since when */
};

/* One more failure at @now_ms (CLOCK_MONOTONIC): how many ms to wait, never 0. @told_ms: what the
 * server said, or 0; nothing less is waited then. @chance: any number, for jitter. */
unsigned int
backoff_fail(struct backoff *backoff, uint64_t now_ms, unsigned int told_ms, uint32_t chance)
    __attribute__((nonnull, warn_unused_result));

/* It went well at @now_ms. A failure counts as the first again when, since it last failed, it has
 * gone well for BACKOFF_RESET_MS. */
void backoff_succeed(struct backoff *backoff, uint64_t now_ms) __attribute__((nonnull));
