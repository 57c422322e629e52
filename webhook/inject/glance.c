/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Objects that are left alone cost next to nothing
 */

#include "webhook/inject/admission.h"

bool glance_is_untouched(const struct admit_options *options,
                         const struct json_view *document,
                         struct report *report)
{
    struct arena *arena = report->arena;
    struct workflow workflow = {0};
    struct review review = {0};
    struct err ignored = {0};
    enum policy_kind kind;
    bool opted_in;

    if (review_glance(document, arena, &review, &ignored) < 0 ||
        admission_find_kind(&review, &kind, &ignored) < 0) {
        return false;
    }
    admission_begin_report(&review, report);
    if (!admission_is_changed_on(kind, review.operation)) {
        return true;
    }
    if (metadata_read(&review.object, kind, arena, &workflow, &ignored) < 0) {
        return false;
    }
    report->name = workflow.name;
    if (choose_is_opted_in(&workflow, options->namespace_opted_in, report, &opted_in, &ignored) <
        0) {
        return false;
    }
    /* A CronWorkflow that opts out of its namespace's injection means its Workflows. */
    return !opted_in && !(kind == POLICY_CRON_WORKFLOW && options->namespace_opted_in);
}
