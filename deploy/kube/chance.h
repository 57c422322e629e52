/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Chance
 *
 * For jitter and names, from the system's generator; no secret is made of it.
 */

#include <stdint.h>
#include <sys/random.h>

#include "base/clock.h"

static inline uint32_t chance_number(void)
{
    uint32_t number = 0;

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number)) {
        number = (uint32_t)clock_monotonic_us(); /* its last digits */
    }
    return number;
}

/* From 0 to @n - 1; 0 for 0. */
static inline uint32_t chance_below(uint32_t n)
{
    return n > 0 ? (uint32_t)((uint64_t)chance_number() * n >> 32) : 0;
}
