/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One PersistentVolumeClaim: as it is asked for, and as it is
 *
 * Claims hold data. They are made, and grown where their class allows it, and that is all: never
 * deleted, never shrunk, and one that is otherwise than asked for is reported and left. The same
 * holds for the disk of an NFS server and for a claim that a policy asks for. Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "policies/policy.h"

enum claim_state {
    CLAIM_ABSENT,     /* to be made */
    CLAIM_GROWING,    /* to be applied: it asks for less than wanted, and its class can grow */
    CLAIM_RIGHT,      /* nothing to do: Bound, or on its way to that */
    CLAIM_PENDING,    /* nothing to do, but no volume has come: the reason is in the text */
    CLAIM_MISMATCHED, /* another class or access mode, or one that cannot grow: reported and left */
    CLAIM_LOST,       /* its volume is gone (phase Lost): reported and left */
    CLAIM_GOING,      /* it is being deleted (deletionTimestamp): it is waited for */
    CLAIM_ORPHANED,   /* it was made here, and nobody asks for it any more: reported and left.
                         claim_judge(), which knows who asks, never says so */
    CLAIM_N_STATES,
};

/* "absent", "pending", ...: for tables, Events and metrics. */
const char *claim_state_name(enum claim_state state);

/* Whether somebody should look at one of @state: PENDING, MISMATCHED or LOST. */
bool claim_state_is_trouble(enum claim_state state);

struct claim_verdict {
    enum claim_state state;
    char text[ERR_MSG_SIZE]; /* what is wrong and what an operator can do; empty where nothing is.
                                It says nothing that changes with time alone */
    long long until_s;       /* wall time at which it may be another one though nothing has changed;
                                0: never */
};

/* For so long a volume may take to come; provisioners of cloud disks need up to a minute. */
#define CLAIM_PATIENCE_S 120

/*
 * The claim called @name that @claim asks for, in @namespace_, with the labels @labels (a JSON
 * object, or NULL): a configuration for server-side apply. NULL without memory. Owner: the caller.
 *
 * It is for a claim that does not exist. Over one that does it would be refused, or take over what
 * is somebody else's: send it as KUBE_CREATE, or with a look beforehand.
 */
json_t *claim_make(const struct policy_claim *claim,
                   const char *namespace_,
                   const char *name,
                   const json_t *labels) __attribute__((nonnull(1, 2, 3), warn_unused_result));

/*
 * The configuration that changes nothing of @observed but its size and its labels: @desired, which
 * claim_make() or server_objects_make() made, with the class and the access modes that are there,
 * the larger of both sizes, and uid and resourceVersion of @observed as conditions: with a uid that
 * is not there nothing is made anew, and over another version nothing is changed. NULL without
 * memory. Owner: the caller.
 *
 * The whole of @desired, because an apply takes away what its manager applied once and leaves out
 * now; of a claim's spec that would be refused, as would any other value. And over that version
 * only, because a claim that somebody else has made larger meanwhile would be shrunk.
 */
json_t *claim_grow(const json_t *desired, const json_t *observed)
    __attribute__((nonnull, warn_unused_result));

/* As claim_grow(), and with the size that is there: it changes nothing but labels. */
json_t *claim_label(const json_t *desired, const json_t *observed)
    __attribute__((nonnull, warn_unused_result));

/*
 * What is to be done about @observed, which is NULL for a claim that does not exist. @class_ is the
 * StorageClass of that name, NULL when there is none: whether it lets claims grow
 * (allowVolumeExpansion) and binds only when a pod comes (volumeBindingMode WaitForFirstConsumer),
 * in which case Pending is right, decides it.
 *
 * The gravest counts: GOING, LOST, MISMATCHED, GROWING, PENDING. Sizes are compared as quantities;
 * a claim that asks for more than wanted is right, and so is one that offers more access modes. One
 * that is too small and not Bound is MISMATCHED, because the API server lets only Bound ones grow.
 * A claim without a volume is PENDING from CLAIM_PATIENCE_S after its creation on; @now_s is wall
 * time. Who made it does not matter here.
 */
void claim_judge(const struct policy_claim *claim,
                 const json_t *observed,
                 const json_t *class_,
                 long long now_s,
                 struct claim_verdict *out) __attribute__((nonnull(1, 5)));
