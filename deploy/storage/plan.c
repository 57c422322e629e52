/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/plan.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/drift.h"
#include "deploy/storage/kinds.h"
#include "deploy/storage/plan_text.h"

/* What is desired and observed, and what of it decides about every object. */
struct view {
    const json_t *desired;
    json_t *const *observed;
    struct drift *drifts;
    const json_t *foreign; /* the first one desired that is not ours; NULL: none */
    const char *going;     /* the name of a namespace that is being deleted; NULL: none */
};

void plan_clear(struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        json_decref(plan->items[i].body);
    }
    free(plan->items);
    *plan = (struct plan){.items = NULL};
}

static const char *name_of(const json_t *object, const char *key)
{
    return json_text_of(json_object_get(object, "metadata"), key);
}

static void look(struct view *view)
{
    const json_t *object;
    size_t i;

    json_array_foreach (view->desired, i, object) {
        drift_find(object, view->observed[i], &view->drifts[i]);
        if (view->drifts[i].kind == DRIFT_FOREIGN && view->foreign == NULL) {
            view->foreign = object;
        }
        if (view->drifts[i].kind == DRIFT_GOING && kind_of(object) == KIND_NAMESPACE) {
            view->going = name_of(object, "name");
        }
    }
}

/* Whether nothing holds on to an object, so that it can be deleted and made anew. */
static bool is_replaceable(const json_t *object)
{
    switch (kind_of(object)) {
    case KIND_PRIORITY_CLASS:
    case KIND_CLUSTER_ROLE_BINDING:
    case KIND_ROLE_BINDING:
    case KIND_DISRUPTION_BUDGET:
    case KIND_STORAGE_CLASS:
        return true;
    case KIND_NAMESPACE:
    case KIND_SERVICE_ACCOUNT:
    case KIND_CLUSTER_ROLE:
    case KIND_ROLE:
    case KIND_CLAIM:
    case KIND_SERVICE:
    case KIND_NETWORK_POLICY:
    case KIND_STATEFUL_SET:
    case KIND_N:
        break;
    }
    return false;
}

/* Labels and annotations are all that is desired of a claim that is there. */
static int add_labels(json_t *patch, const json_t *desired)
{
    static const char *const keys[] = {"labels", "annotations"};
    const json_t *ours = json_object_get(desired, "metadata");
    json_t *metadata = json_object_get(patch, "metadata");

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *value = json_object_get(ours, keys[i]);
        if (value != NULL && json_object_set(metadata, keys[i], value) < 0) {
            return -1;
        }
    }
    return 0;
}

static int make_patch(struct plan_action *action, const json_t *desired, const json_t *observed)
{
    action->verb = PLAN_PATCH;
    action->body = drift_patch(desired, observed);
    if (action->body == NULL) {
        return -1;
    }
    return kind_of(desired) == KIND_CLAIM ? add_labels(action->body, desired) : 0;
}

static void
decide_fixed(struct plan_action *action, const json_t *desired, const struct drift *drift)
{
    action->verb = is_replaceable(desired) ? PLAN_REPLACE : PLAN_REPORT;
    if (action->verb == PLAN_REPORT) {
        plan_text_of_fixed(desired, drift, action->reason);
    }
}

/* For an object of ours in a list that is all ours. Negative without memory. */
static int decide(struct plan_action *action,
                  const json_t *desired,
                  const json_t *observed,
                  const struct drift *drift)
{
    const bool is_claim = kind_of(desired) == KIND_CLAIM;

    plan_text_of_drift(drift, action->reason);
    switch (drift->kind) {
    case DRIFT_GOING:
        action->verb = PLAN_WAIT;
        return 0;
    case DRIFT_FIXED:
        decide_fixed(action, desired, drift);
        return 0;
    case DRIFT_OWNED:
    case DRIFT_SURPLUS:
        return make_patch(action, desired, observed);
    case DRIFT_DIFFERENT:
        return is_claim ? make_patch(action, desired, observed) : 0;
    case DRIFT_NONE:
    case DRIFT_ABSENT:
    case DRIFT_FOREIGN:
        break;
    }
    return 0;
}

/* The action for the object @i, which has drifted. Negative without memory. */
static int add(const struct view *view, size_t i, struct plan *plan)
{
    const json_t *desired = json_array_get(view->desired, i);
    const struct drift *drift = &view->drifts[i];
    struct plan_action *action = &plan->items[plan->n++];

    *action = (struct plan_action){.verb = PLAN_APPLY, .index = i};
    if (drift->kind == DRIFT_FOREIGN) {
        action->verb = PLAN_REPORT;
        action->cause = PLAN_FOREIGN;
        plan_text_of_foreign(desired, view->observed[i], action->reason);
    } else if (view->foreign != NULL) {
        action->verb = PLAN_REPORT;
        action->cause = PLAN_HELD_BACK;
        plan_text_of_held_back(desired, drift, view->foreign, action->reason);
    } else if (view->going != NULL && strcmp(name_of(desired, "namespace"), view->going) == 0) {
        action->verb = PLAN_WAIT;
        plan_text_of_waiting(desired, action->reason);
    } else {
        return decide(action, desired, view->observed[i], drift);
    }
    return 0;
}

int plan_make(const json_t *desired, json_t *const *observed, struct plan *out, struct err *err)
{
    const size_t n = json_array_size(desired);
    CLEANUP(free) struct drift *drifts = calloc(n + 1, sizeof(*drifts));
    CLEANUP(plan_clear)
    struct plan plan = {.items = calloc(n + 1, sizeof(*plan.items))};
    struct view view = {.desired = desired, .observed = observed, .drifts = drifts};

    if (drifts == NULL || plan.items == NULL) {
        return err_no_memory(err);
    }
    look(&view);
    for (size_t i = 0; i < n; i++) {
        if (drifts[i].kind != DRIFT_NONE && add(&view, i, &plan) < 0) {
            return err_no_memory(err);
        }
    }
    *out = plan;
    plan = (struct plan){.items = NULL};
    return 0;
}
