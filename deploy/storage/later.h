/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is not to be tried yet
 *
 * Of many things some are left alone for a while, each until a time of its own. A round goes over
 * all of them: what is due at its beginning is forgotten then, and tried in it; the others wait
 * until the next, also where their time comes meanwhile. So nothing is remembered for longer than
 * it waits, whether anybody asks for it again or not. Times are CLOCK_MONOTONIC. Pure, but for
 * memory: for want of it something is tried too early.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroed at the beginning; release with later_clear(). */
struct later {
    json_t *until_ms; /* key to the time */
};

void later_clear(struct later *later) __attribute__((nonnull));

/* A round begins at @now_ms. */
void later_begin(struct later *later, uint64_t now_ms) __attribute__((nonnull));

/* @key is left alone until @until_ms. What was said of it before does not count any more. */
void later_note(struct later *later, const char *key, uint64_t until_ms) __attribute__((nonnull));

/* Whether @key is left alone in this round. */
bool later_must_wait(const struct later *later, const char *key) __attribute__((nonnull));

/* When the first of them is due; UINT64_MAX: there is none. */
uint64_t later_first_ms(const struct later *later) __attribute__((nonnull));
