/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request on its way, shared by admit.c, cron.c, finish.c and glance.c
 */

#include "webhook/inject/admit.h"
#include "webhook/inject/choose.h"
#include "webhook/inject/metadata.h"
#include "webhook/inject/patch.h"
#include "webhook/inject/plan.h"
#include "webhook/inject/review.h"
#include "webhook/inject/workflow.h"

struct admission {
    const struct admit_options *options;
    struct review review;
    struct report *report; /* in its arena is everything that the request needs */
    struct patch *patch;
    struct workflow workflow;
    struct string_map old_annotations; /* hawser's, of the object before an UPDATE */
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

/* End the patch. Errors: ERR_TOO_BIG past a limit of patch.h; ERR_INVALID when the cluster could
 * not store what comes out; ERR_INTERNAL. */
int finish_patch(struct admission *admission, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The kind of the object of @review. Errors: ERR_INVALID for one that hawser does not handle. */
int admission_find_kind(const struct review *review, enum policy_kind *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether objects of @kind are changed when this happens to them. */
bool admission_is_changed_on(enum policy_kind kind, const char *operation) __attribute__((nonnull));

/* Begin the report on @review. */
void admission_begin_report(const struct review *review, struct report *report)
    __attribute__((nonnull));

/*
 * Whether what stands before the object's spec decides already that it is left alone, as it does
 * for most: it does not opt in, or nothing is done for it now. Then the report is complete, but for
 * `dry_run`. Only what stands there is read: the rest, which may be large, is not even checked to
 * be JSON, since nothing depends on it.
 *
 * False also when something is wrong: who reads all finds out what.
 */
bool glance_is_untouched(const struct admit_options *options,
                         const struct json_view *document,
                         struct report *report) __attribute__((nonnull, warn_unused_result));
