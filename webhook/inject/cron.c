/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policies/annotations.h"
#include "webhook/inject/admission.h"
#include "webhook/inject/emit.h"

/* An annotation of hawser's that a CronWorkflow hands to its Workflows. */
static bool is_handed_on(const char *key)
{
    return strncmp(key, ANNOTATION_PREFIX, strlen(ANNOTATION_PREFIX)) == 0 &&
           strcmp(key, ANNOTATION_STATUS) != 0;
}

/* On UPDATE: the value was handed on from the annotation that the object had before. */
static bool was_handed_on(const struct admission *admission, const char *key, const char *value)
{
    const char *before = string_map_get(&admission->old_annotations, key);

    return before != NULL && strcmp(before, value) == 0;
}

/* The value that the Workflows will have, and what is told of it. */
static const char *settle_value(const struct admission *admission,
                                const struct policy_label *annotation,
                                struct report_item *item)
{
    const char *present =
        string_map_get(&admission->workflow.workflow_annotations, annotation->key);

    item->action = REPORT_ADDED;
    if (present == NULL) {
        return annotation->value;
    }
    if (strcmp(present, annotation->value) == 0) {
        item->action = REPORT_PRESENT;
    } else if (!was_handed_on(admission, annotation->key, present)) {
        item->action = REPORT_PRESENT;
        item->detail = "spec.workflowMetadata sets another value, which counts";
        return present;
    }
    return annotation->value;
}

/* Append to @out the annotations of hawser's that the Workflows will have because the CronWorkflow
 * has them. */
static int gather(struct admission *admission, struct string_map *out, struct err *err)
{
    const struct string_map *annotations = &admission->workflow.annotations;
    struct arena *arena = admission->report->arena;

    for (size_t i = 0; i < annotations->list.n; i++) {
        const struct policy_label *annotation = &annotations->list.items[i];
        struct report_item item = {
            .what = arena_printf(arena, "annotation '%.100s' of its Workflows", annotation->key),
        };
        struct policy_label *added;
        if (!is_handed_on(annotation->key)) {
            continue;
        }
        added = LIST_ADD(arena, &out->list);
        if (added == NULL || item.what == NULL) {
            return err_no_memory(err);
        }
        added->key = annotation->key;
        added->value = settle_value(admission, annotation, &item);
        if (report_add(admission->report, item, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int cron_hand_on(struct admission *admission, struct err *err)
{
    const struct workflow *workflow = &admission->workflow;
    struct string_map handed_on = {0};

    if (gather(admission, &handed_on, err) < 0) {
        return -1;
    }
    return emit_annotations(&workflow->workflow_annotations, &workflow->workflow_metadata,
                            handed_on.list.items, handed_on.list.n, admission->patch, err);
}

/* The Workflow that the CronWorkflow starts. */
static int foresee_workflow(struct admission *admission, struct workflow *out, struct err *err)
{
    struct report ignored = {.arena = admission->report->arena};
    struct admission copy = *admission;
    const struct string_map *own = &admission->workflow.workflow_annotations;

    copy.report = &ignored;
    *out = admission->workflow;
    out->kind = POLICY_WORKFLOW;
    out->labels = admission->workflow.workflow_labels;
    out->annotations = (struct string_map){.slot = own->slot};
    if (gather(&copy, &out->annotations, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < own->list.n; i++) {
        struct policy_label *added;
        if (string_map_get(&out->annotations, own->list.items[i].key) != NULL) {
            continue;
        }
        added = LIST_ADD(ignored.arena, &out->annotations.list);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = own->list.items[i];
    }
    return 0;
}

/* Warn of all that the Workflows will not get. */
static int
tell_foreseen(struct admission *admission, const struct report *foreseen, struct err *err)
{
    struct text_list warnings = {0};

    if (report_warnings(foreseen, &warnings, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < warnings.n; i++) {
        if (report_warn(admission->report, err, "%s", warnings.items[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

int cron_inject(struct admission *admission, struct err *err)
{
    struct report foreseen = {.arena = admission->report->arena};
    struct workflow workflow = {0};
    struct choice choice = {0};
    struct plan plan = {0};
    struct plan_input input;

    if (foresee_workflow(admission, &workflow, err) < 0) {
        return -1;
    }
    if (choose_policies(admission->options->policies, &workflow, admission->review.namespace,
                        foreseen.arena, &choice, err) < 0) {
        return err_wrap(err, "the Workflows that it starts would be refused");
    }
    input = admission_input(admission, &workflow, &choice);
    if (plan_make(&input, &foreseen, &plan, err) < 0) {
        return err_wrap(err, "the Workflows that it starts would be refused");
    }
    if (tell_foreseen(admission, &foreseen, err) < 0) {
        return -1;
    }
    return cron_hand_on(admission, err);
}
