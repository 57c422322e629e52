/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which of many things somebody else undoes
 *
 * fight.h for each of them, by its key. Only what was written lately is remembered: FIGHT_MS after
 * it was written last nobody fights for it any more, and of more than FIGHTS_MAX the one that was
 * written longest ago is forgotten. Times are CLOCK_MONOTONIC. Pure, but for memory: for want of it
 * something is written too often.
 */

#include <stddef.h>
#include <stdint.h>

#include "deploy/kube/fight.h"

/* The five requests a second that rate.h lets through are 300 in FIGHT_MS. */
#define FIGHTS_MAX 512

struct fights_item;

/* Zeroed at the beginning, but for `peace`; release with fights_clear(). */
struct fights {
    unsigned int peace; /* as of struct fight */
    struct fights_item *items;
    size_t n;
};

void fights_clear(struct fights *fights) __attribute__((nonnull));

/* Forget what is over at @now_ms. */
void fights_begin(struct fights *fights, uint64_t now_ms) __attribute__((nonnull));

/* @key has to be written: how many ms to wait before it is. */
uint64_t fights_wait_ms(const struct fights *fights, const char *key, uint64_t now_ms)
    __attribute__((nonnull));

/* It was written. @chance: any number, for jitter. */
void fights_note(struct fights *fights, const char *key, uint64_t now_ms, uint32_t chance)
    __attribute__((nonnull));
