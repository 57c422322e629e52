/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The claims that policies ask for, kept
 *
 * What claims.h wants is made where it is absent, and grown where claim.h says so; labels that
 * somebody took off come back. Nothing else is done to a claim; what else is wrong with one is told
 * by an Event on it.
 *
 * An API server that is busy or away is left alone for a while, for all claims; a claim that it
 * refuses (a quota, RBAC) is tried again after CLAIM_KEEPER_REFUSED_MS, one that somebody else
 * wrote meanwhile after CLAIM_KEEPER_LATE_MS, and neither holds up another. Who undoes what is
 * written, such as a clean-up job, is let win for longer each time (fight.h), from the
 * CLAIM_KEEPER_PEACE-th time on within a minute.
 */

#include <stddef.h>
#include <stdint.h>

#include "deploy/kube/backoff.h"
#include "deploy/storage/claim.h"
#include "deploy/storage/claims.h"
#include "deploy/storage/claims_plan.h"
#include "deploy/storage/fights.h"
#include "deploy/storage/later.h"
#include "deploy/storage/server.h"
#include "deploy/storage/status.h"
#include "deploy/storage/told.h"
#include "policies/policy.h"

#define CLAIM_KEEPER_REFUSED_MS 60000ULL

/* For a claim that somebody made or changed before us, and of which our copy has yet to hear. Its
 * stream is behind by a second at most, unless the API server is in trouble. */
#define CLAIM_KEEPER_LATE_MS 10000ULL

/* Each claim that is made is a volume somewhere, so few are made in vain; but somebody who tries
 * out what happens is no fight. */
#define CLAIM_KEEPER_PEACE 5

/* So many are written in one run, before other work has its turn: at five requests a second, an NFS
 * server that somebody spoils meanwhile waits for less than a second. */
#define CLAIM_KEEPER_AT_ONCE 2

/* Zeroed at the beginning; release with claim_keeper_clear(). */
struct claim_keeper {
    struct claims wanted;
    struct claims_plan plan; /* of the last run */
    struct told told;        /* what is wrong with claims, and conflicts */
    struct told failed;      /* claims that could not be written, or are undone */
    struct later later;      /* claims that are left alone, by namespace/name */
    struct fights fights;    /* those that were written lately */
    uint64_t not_before_ms;  /* nothing is written before that, CLOCK_MONOTONIC; 0: no matter */
    struct backoff backoff;
    bool has_more; /* there are more to be written at once */
};

/*
 * Look at all claims that @set, which has to outlive the keeper's next run, asks for. Waits for
 * answers, in steps of the loop. KUBE_HALTED: this process must not write any more; else KUBE_OK.
 */
enum kube_outcome claim_keeper_run(struct claim_keeper *keeper,
                                   const struct server_context *context,
                                   const struct policy_set *set)
    __attribute__((nonnull, warn_unused_result));

/* How many ms until a run is worth it though nothing changes; UINT64_MAX: it is not. */
uint64_t claim_keeper_wait_ms(const struct claim_keeper *keeper) __attribute__((nonnull));

/* Add to @status what the last run saw. */
void claim_keeper_add_status(const struct claim_keeper *keeper,
                             const struct server_context *context,
                             struct status *status) __attribute__((nonnull));

void claim_keeper_clear(struct claim_keeper *keeper) __attribute__((nonnull));
