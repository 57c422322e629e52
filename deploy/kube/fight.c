/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/fight.h"

static _Bool is_over(const struct fight *fight, uint64_t now_ms)
{
    return fight->n_writes == 0 || now_ms - fight->written_ms > FIGHT_MS;
}

uint64_t fight_wait_ms(const struct fight *fight, uint64_t now_ms)
{
    const uint64_t until_ms = fight->written_ms + fight->wait_ms;

    if (is_over(fight, now_ms)) {
        return 0;
    }
    return until_ms > now_ms ? until_ms - now_ms : 0;
}

void fight_note(struct fight *fight, uint64_t now_ms, uint32_t chance)
{
    if (is_over(fight, now_ms)) {
        *fight = (struct fight){.peace = fight->peace};
    }
    fight->written_ms = now_ms;
    fight->n_writes++;
    if (fight->n_writes >= (fight->peace > 0 ? fight->peace : FIGHT_PEACE)) {
        fight->wait_ms = backoff_fail(&fight->backoff, now_ms, 0, chance);
    }
}
