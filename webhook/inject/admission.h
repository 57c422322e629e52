/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request on its way, shared by admit.c, cron.c and prove.c
 */

#include "base/json.h"
#include "webhook/inject/admit.h"
#include "webhook/inject/choose.h"
#include "webhook/inject/patch.h"
#include "webhook/inject/plan.h"
#include "webhook/inject/review.h"
#include "webhook/inject/workflow.h"

/* What the author is told when one of the limits of memory in admit.h is passed. */
#define ADMISSION_TOO_MUCH_MEMORY "the object needs more working memory than is allowed"

struct admission {
    const struct admit_options *options;
    const struct review *review;
    struct report *report; /* in its arena is everything that the request needs */
    struct patch *patch;
    struct json_limits limits; /* what JSON trees may still take */
    struct workflow workflow;
    struct choice choice;
};

/* What to plan for: the policies of @choice applied to @workflow. */
struct plan_input admission_input(const struct admission *admission,
                                  const struct workflow *workflow,
                                  const struct choice *choice) __attribute__((nonnull));

/*
 * Inject into a CronWorkflow: its annotations are handed on to the Workflows that it starts, which
 * are injected when they are created. What would be refused or skipped then is better known now.
 *
 * Errors: as choose_policies() and plan_make().
 */
int cron_inject(struct admission *admission, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Hand the annotations on and do nothing else, for one that opts out of its namespace's injection.
 */
int cron_hand_on(struct admission *admission, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * End the patch and apply it to the object, as the API server will: one that does not apply would
 * fail the request whatever failurePolicy says.
 *
 * Errors: ERR_TOO_BIG past a limit of patch.h or ADMIT_TREE_MAX; ERR_INVALID when the cluster could
 * not store what comes out; ERR_INTERNAL.
 */
int prove_patch(struct admission *admission, struct err *err)
    __attribute__((nonnull, warn_unused_result));
