/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/backoff.h"

/* The whole of the wait after so many failures, before chance takes a part of it. */
static unsigned int whole_of(const struct backoff *backoff)
{
    unsigned int ms = backoff->first_ms > 0 ? backoff->first_ms : BACKOFF_FIRST_MS;

    for (unsigned int i = 1; i < backoff->n_failures && ms < BACKOFF_MOST_MS; i++) {
        ms *= 2;
    }
    return ms < BACKOFF_MOST_MS ? ms : BACKOFF_MOST_MS;
}

unsigned int
backoff_fail(struct backoff *backoff, uint64_t now_ms, unsigned int told_ms, uint32_t chance)
{
    unsigned int whole;
    unsigned int least;
    unsigned int ms;

    if (backoff->is_healthy && now_ms - backoff->healthy_ms >= BACKOFF_RESET_MS) {
        backoff->n_failures = 0;
    }
    backoff->is_healthy = false;
    if (backoff->n_failures < UINT32_MAX) {
        backoff->n_failures++;
    }
    whole = whole_of(backoff);
    least = (whole + 1) / 2;
    ms = least + chance % (whole - least + 1);
    if (told_ms > BACKOFF_TOLD_MOST_MS) {
        told_ms = BACKOFF_TOLD_MOST_MS;
    }
    return ms > told_ms ? ms : told_ms;
}

void backoff_succeed(struct backoff *backoff, uint64_t now_ms)
{
    if (!backoff->is_healthy) {
        backoff->is_healthy = true;
        backoff->healthy_ms = now_ms;
    }
}
