/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What to do about objects that are not as they should be
 *
 * From what is desired and what is observed to an ordered list of actions, one an object at most,
 * each with a reason. After they were carried out the plan is made again, until it is empty but for
 * reports. Pure.
 *
 * Everything is applied by server-side apply (KUBE_MANAGER). Where that cannot help, it depends: a
 * StorageClass, a binding, a PriorityClass, a PodDisruptionBudget is nothing that volumes or
 * clients hold on to and is replaced; a Service, a StatefulSet, a Namespace or a disk never is: the
 * Service's address is in every volume, and data is behind the others. They are reported, with what
 * an operator can do.
 *
 * An object that is not ours is never touched. Nor is anything else of the same list then: names
 * have collided, and half a server would get in the way of the one that is there. What else is not
 * as it should be is reported too. Every other report leaves the actions for other objects in the
 * plan. In a namespace that is being deleted nothing can be made: its objects wait with it.
 *
 * Of a PersistentVolumeClaim that is there only labels, annotations and owners are put right, by a
 * patch: an apply would send its size.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

enum plan_verb {
    PLAN_APPLY,   /* the object, by server-side apply */
    PLAN_PATCH,   /* @body, a JSON merge patch (RFC 7386): takes away what an apply would leave */
    PLAN_REPLACE, /* delete it (with its uid as precondition) and apply */
    PLAN_REPORT,  /* nothing can be done about it here: the text is for the operator */
    PLAN_WAIT,    /* it is being deleted: its end is waited for */
};

/* Why nothing can be done about an object. */
enum plan_cause {
    PLAN_FIXED,     /* what differs cannot be changed */
    PLAN_FOREIGN,   /* it is not ours */
    PLAN_HELD_BACK, /* another of the list is not ours, which has a report of its own */
};

#define PLAN_TEXT_SIZE ERR_MSG_SIZE

struct plan_action {
    enum plan_verb verb;
    enum plan_cause cause; /* of PLAN_REPORT */
    size_t index;          /* of the object in what is desired */
    json_t *body; /* of PLAN_PATCH, with metadata.resourceVersion of what was observed; else NULL */
    char reason[PLAN_TEXT_SIZE]; /* "it was absent", "/spec/replicas was 3 and not 1" */
};

struct plan {
    struct plan_action *items; /* in the order of what is desired */
    size_t n;
};

/*
 * @desired: a list of objects in the order in which they are needed; @observed: as many, NULL for
 * one that does not exist. PersistentVolumeClaims whose spec is to change are not planned here, but
 * ones that are absent are applied. Errors: ERR_INTERNAL. Release with plan_clear().
 */
int plan_make(const json_t *desired, json_t *const *observed, struct plan *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
void plan_clear(struct plan *plan) __attribute__((nonnull));

static inline void plan_clear_p(struct plan *plan)
{
    plan_clear(plan);
}
