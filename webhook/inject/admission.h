/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request on its way, shared by admit.c and cron.c
 */

#include "webhook/inject/admit.h"
#include "webhook/inject/choose.h"
#include "webhook/inject/patch.h"
#include "webhook/inject/plan.h"
#include "webhook/inject/review.h"
#include "webhook/inject/workflow.h"

struct admission {
    const struct admit_options *options;
    const struct review *review;
    struct report *report; /* in its arena is everything that the request needs */
    struct patch *patch;
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
