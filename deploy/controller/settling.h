/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long a CA has been trusted
 *
 * API servers learn of a new caBundle by a watch of their own; until each has, a leaf that only the
 * new CA issued would be refused by some. So a CA counts once every entry of the registration has
 * had it for a while without a break, by our own clock. After a restart the while begins anew.
 * Pure, but for memory.
 */

#include <jansson.h>
#include <stdint.h>

#include "deploy/controller/certificate_objects.h"

/* Zeroed at the beginning; release with settling_clear(). */
struct settling {
    char *authority; /* that each entry trusts, in PEM; NULL: they do not */
    uint64_t since_ms;
};

void settling_clear(struct settling *settling) __attribute__((nonnull));

/* Note at @now_ms (CLOCK_MONOTONIC) whether the registration trusts @authority. NULL: there is
 * none. */
void settling_look(struct settling *settling,
                   const struct certificate_names *names,
                   const json_t *registration,
                   const char *authority,
                   uint64_t now_ms) __attribute__((nonnull(1, 2)));

/* How long until it will have been @settle_ms: 0 when it has, UINT64_MAX while it is not trusted.
 */
uint64_t settling_rest_ms(const struct settling *settling, unsigned int settle_ms, uint64_t now_ms)
    __attribute__((nonnull));
