/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Clocks
 *
 * Programs read them here and hand the time on; modules take it as a parameter.
 */

#include <stdint.h>
#include <time.h>

/* Since some moment in the past, never back: for deadlines and durations. */
static inline uint64_t clock_monotonic_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static inline uint64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

/* Unix seconds, UTC. Somebody may set them forward or back. */
static inline long long clock_wall_s(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}
