/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was told already
 *
 * Trouble is told when it begins, not each time it is seen. A round goes over everything that can
 * be in trouble; what is not seen in it is forgotten at its end, and told anew when it comes back.
 * Pure, but for memory: for want of it something is told twice.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Zeroed at the beginning; release with told_clear(). */
struct told {
    json_t *before; /* what was in trouble in the last round: key to text */
    json_t *now;    /* and in this one, up to here */
};

void told_clear(struct told *told) __attribute__((nonnull));

/* In this round @key is in the trouble @text. Whether that is to be told: it was not so before. */
bool told_note(struct told *told, const char *key, const char *text) __attribute__((nonnull));

/* In this round @key was not looked at: if it was told of, it still is. */
void told_keep(struct told *told, const char *key) __attribute__((nonnull));

/* The round is over. How many were in trouble. */
size_t told_end(struct told *told) __attribute__((nonnull));
