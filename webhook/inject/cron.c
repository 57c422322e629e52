/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "webhook/inject/admission.h"
#include "webhook/inject/annotations.h"
#include "webhook/inject/emit.h"

/* An annotation of hawser's that a CronWorkflow hands to its Workflows. */
static bool is_handed_on(const char *key)
{
    return strncmp(key, ANNOTATION_PREFIX, strlen(ANNOTATION_PREFIX)) == 0 &&
           strcmp(key, ANNOTATION_STATUS) != 0;
}

static int tell_handed_on(struct admission *admission,
                          const struct policy_label *annotation,
                          const char *present,
                          struct err *err)
{
    const bool differs = present != NULL && strcmp(present, annotation->value) != 0;
    const struct report_item item = {
        .what = arena_printf(admission->report->arena, "annotation '%.100s' of its Workflows",
                             annotation->key),
        .action = present != NULL ? REPORT_PRESENT : REPORT_ADDED,
        .detail = differs ? "spec.workflowMetadata sets another value, which counts" : NULL,
    };

    if (item.what == NULL) {
        return err_no_memory(err);
    }
    return report_add(admission->report, item, err);
}

static int hand_on_annotations(struct admission *admission, struct err *err)
{
    const struct workflow *workflow = &admission->workflow;
    LIST_OF(struct policy_label) added = {0};

    for (size_t i = 0; i < workflow->annotations.list.n; i++) {
        const struct policy_label *annotation = &workflow->annotations.list.items[i];
        const char *present = string_map_get(&workflow->workflow_annotations, annotation->key);
        struct policy_label *copy;
        if (!is_handed_on(annotation->key)) {
            continue;
        }
        if (tell_handed_on(admission, annotation, present, err) < 0) {
            return -1;
        }
        if (present != NULL) {
            continue;
        }
        copy = LIST_ADD(admission->report->arena, &added);
        if (copy == NULL) {
            return err_no_memory(err);
        }
        *copy = *annotation;
    }
    return emit_annotations(&workflow->workflow_annotations, &workflow->workflow_metadata,
                            added.items, added.n, admission->patch, err);
}

int cron_inject(struct admission *admission, const struct plan_input *input, struct err *err)
{
    struct report foreseen = {.arena = admission->report->arena};
    struct plan plan = {0};

    if (plan_make(input, &foreseen, &plan, err) < 0) {
        return err_wrap(err, "the Workflows that it starts would be refused");
    }
    for (size_t i = 0; i < foreseen.items.n; i++) {
        if (foreseen.items.items[i].action == REPORT_SKIPPED &&
            report_add(admission->report, foreseen.items.items[i], err) < 0) {
            return -1;
        }
    }
    return hand_on_annotations(admission, err);
}
