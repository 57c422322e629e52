/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When somebody else undoes what we write
 *
 * Two programs that each put right what the other wrote would go on for ever, as fast as they can.
 * What is undone now and then is written again at once; from the FIGHT_PEACE-th time on within
 * FIGHT_MS, each after the last, the other is let win for longer each time, as backoff.h says.
 * Pure.
 */

#include <stdint.h>

#include "deploy/kube/backoff.h"

#define FIGHT_MS    60000
#define FIGHT_PEACE 3

/* Zeroed at the beginning, but for `peace`. */
struct fight {
    unsigned int peace;    /* in place of FIGHT_PEACE; 0: that */
    unsigned int n_writes; /* each within FIGHT_MS of the last */
    struct backoff backoff;
    uint64_t written_ms;  /* when it was last written */
    unsigned int wait_ms; /* how long it is left then */
};

/* It has to be written, at @now_ms (CLOCK_MONOTONIC): how many ms to wait before it is. */
uint64_t fight_wait_ms(const struct fight *fight, uint64_t now_ms) __attribute__((nonnull));

/* It was written. @chance: any number, for jitter. */
void fight_note(struct fight *fight, uint64_t now_ms, uint32_t chance) __attribute__((nonnull));
