/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How often something may be done
 *
 * Some times at once, and then so many times a second: a token bucket, kept as the time at which it
 * will be full again (GCRA). Pure: time is a parameter.
 */

#include <stdint.h>

#define RATE_PER_S 5 /* what client-go allows a client of itself */
#define RATE_BURST 10

/* Zeroed at the beginning. */
struct rate {
    uint64_t full_ms;
};

/* One more time, wanted at @now_ms (CLOCK_MONOTONIC): how many ms to wait before it is done. The
 * turn is taken. */
unsigned int rate_take(struct rate *rate, uint64_t now_ms)
    __attribute__((nonnull, warn_unused_result));
