/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What stands in a Lease, and what a candidate makes of it
 *
 * coordination.k8s.io/v1: spec.holderIdentity, leaseDurationSeconds, acquireTime, renewTime,
 * leaseTransitions, used as client-go's leader election does. Clocks of nodes differ, so the times
 * in a Lease are for people: whether its holder lives is seen by the object's resourceVersion,
 * which changes as long as it does, on our own clock. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define LEASE_RECORD_VERSION_SIZE 64

/* What a candidate has seen of the Lease. Zeroed at the beginning. */
struct lease_sight {
    char version[LEASE_RECORD_VERSION_SIZE]; /* metadata.resourceVersion */
    uint64_t seen_ms;                        /* when this version was first seen */
};

enum lease_move {
    LEASE_WAIT,  /* somebody else holds it */
    LEASE_TAKE,  /* it is free, or its holder is silent for longer than it promised */
    LEASE_RENEW, /* it is ours */
};

/*
 * Look at the Lease @object at @now_ms (CLOCK_MONOTONIC), note it in @sight, and say what to do. A
 * Lease without holder, duration or spec is free.
 */
enum lease_move lease_record_look(struct lease_sight *sight,
                                  const json_t *object,
                                  const char *identity,
                                  uint64_t now_ms) __attribute__((nonnull, warn_unused_result));

/* Who holds it; "" for nobody. Borrowed. */
const char *lease_record_holder(const json_t *object) __attribute__((nonnull));

/*
 * The Lease with @identity as its holder, at the wall clock's @now_us (Unix microseconds): @object,
 * which may be NULL for one that does not exist, with these fields changed and nothing else.
 * @identity "" gives it up. NULL when there is no memory. Owner: the caller, json_decref().
 */
struct lease_claim {
    const char *namespace_;
    const char *name;
    const char *identity;
    unsigned int duration_s;
    long long now_us;
};
json_t *lease_record_claim(const json_t *object, const struct lease_claim *claim)
    __attribute__((nonnull(2), warn_unused_result));
