/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/rate.h"

#define INTERVAL_MS (1000ULL / RATE_PER_S)
#define CREDIT_MS   ((RATE_BURST - 1ULL) * INTERVAL_MS)

unsigned int rate_take(struct rate *rate, uint64_t now_ms)
{
    const uint64_t full_ms = rate->full_ms > now_ms ? rate->full_ms : now_ms;
    const uint64_t ahead_ms = full_ms - now_ms;

    rate->full_ms = full_ms + INTERVAL_MS;
    return ahead_ms > CREDIT_MS ? (unsigned int)(ahead_ms - CREDIT_MS) : 0;
}
