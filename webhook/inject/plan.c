/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/plan.h"

#include <string.h>

#include "policies/annotations.h"
#include "policies/match.h"
#include "webhook/inject/planner.h"
#include "webhook/inject/same.h"

/* Another policy has the same volume, and has dealt with it for this template. */
static bool dealt_with(const struct planner_volume *volume, const struct template *template)
{
    for (const struct planner_volume *other = volume->before; other != NULL;
         other = other->before) {
        if (policy_templates_include(&other->volume->templates, template->name)) {
            return true;
        }
    }
    return false;
}

/* A hint for a mount that works but may not do what the author expects. */
static const char *caution(const struct mount_finding *finding,
                           const struct template *template,
                           const struct policy_volume *volume)
{
    if (finding->detail == NULL && template->memoized && volume->transient != NULL) {
        return "a memoized step that is skipped writes nothing to it";
    }
    return finding->detail;
}

static int tell_volume(struct planner *planner,
                       const struct template *template,
                       const struct planner_volume *volume,
                       enum report_action action,
                       const char *detail,
                       struct err *err)
{
    const struct report_item item = {
        .policy = volume->policy->name,
        .what = volume->what,
        .action = action,
        .reason = action == REPORT_LEFT ? REPORT_REASON_NOT_CHOSEN : REPORT_REASON_NONE,
        .detail = detail,
    };

    return planner_tell(planner, template, item, err);
}

/* What is different about the author's own @mount of @volume; NULL when nothing is. */
static const char *
difference(const struct mount *mount, const struct policy_volume *volume, struct arena *arena)
{
    if (mount->path.normal == NULL || !mount->path.exact) {
        return "the template mounts it elsewhere";
    }
    if (strcmp(mount->path.normal, volume->mount_path) != 0) {
        return arena_printf(arena, "the template mounts it at %.100s", mount->path.normal);
    }
    if (!same_text(mount->sub_path, volume->sub_path) || mount->read_only != volume->read_only) {
        return "the template mounts it with a subPath or readOnly of its own";
    }
    return NULL;
}

/* The author mounts the volume already. Where he does so otherwise, even if only in spelling,
 * templateDefaults would merge badly with it. */
static int keep_mount(struct planner *planner,
                      struct template_plan *template,
                      struct planner_volume *volume,
                      const struct mount_finding *finding,
                      struct err *err)
{
    const char *detail = difference(finding->present, volume->volume, planner->arena);

    if (detail != NULL || strcmp(finding->present->path.text, volume->volume->mount_path) != 0) {
        volume->not_default = true;
    }
    if (detail == NULL) {
        detail = caution(finding, template->template, volume->volume);
    }
    if (planner_use(planner, template, volume, err) < 0) {
        return -1;
    }
    return tell_volume(planner, template->template, volume, REPORT_PRESENT, detail, err);
}

static int add_mount(struct planner *planner,
                     struct template_plan *template,
                     struct planner_volume *volume,
                     const struct mount_finding *finding,
                     struct err *err)
{
    if (planner_use(planner, template, volume, err) < 0 ||
        planner_add_mount(planner, &template->mounts, volume->volume, err) < 0) {
        return -1;
    }
    return tell_volume(planner, template->template, volume, REPORT_ADDED,
                       caution(finding, template->template, volume->volume), err);
}

static int plan_volume(struct planner *planner,
                       struct template_plan *template,
                       struct planner_volume *volume,
                       struct err *err)
{
    const struct template *target = template->template;
    const struct mount_question question = {
        .template = target,
        .defaults = &planner->workflow->defaults,
        .workflow_patch = planner->workflow->pod_spec_patch,
        .comparisons_left = planner->comparisons_left,
        .volume = volume->volume->name,
        .path = volume->volume->mount_path,
    };
    struct mount_finding finding;
    const char *obstacle;

    if (!policy_templates_include(&volume->volume->templates, target->name)) {
        volume->not_default = true;
        return tell_volume(planner, target, volume, REPORT_LEFT, NULL, err);
    }
    if (conflict_find(&question, planner->arena, &finding, err) < 0) {
        return -1;
    }
    obstacle = planner_obstacle(planner, target, volume);
    if (obstacle != NULL) {
        finding = (struct mount_finding){
            .verdict = MOUNT_BLOCKED,
            .reason = REPORT_REASON_VOLUME_NAME,
            .detail = obstacle,
        };
    }
    switch (finding.verdict) {
    case MOUNT_FREE:
        return add_mount(planner, template, volume, &finding, err);
    case MOUNT_PRESENT:
        return keep_mount(planner, template, volume, &finding, err);
    case MOUNT_BLOCKED:
        volume->blocked = true;
        volume->not_default = true;
        return planner_block(planner, target, volume->policy,
                             (struct report_item){.what = volume->what,
                                                  .reason = finding.reason,
                                                  .detail = finding.detail},
                             err);
    }
    return err_set(err, ERR_INTERNAL, "a mount without a verdict");
}

static bool is_mounted(const struct mount_list *mounts, const char *volume)
{
    for (size_t i = 0; i < mounts->list.n; i++) {
        if (strcmp(mounts->list.items[i].volume, volume) == 0) {
            return true;
        }
    }
    return false;
}

/* Whoever mounts a policy's volume by himself needs it declared, unless @pod, or what is planned
 * for it (NULL: nothing), has one of that name. */
static void note_own_mounts(struct planner *planner,
                            const struct mount_list *mounts,
                            const struct pod_view *pod,
                            const struct pod_plan *planned)
{
    for (size_t i = 0; i < planner->volumes.n; i++) {
        struct planner_volume *volume = &planner->volumes.items[i];
        const char *name = volume->volume->name;
        if ((is_mounted(mounts, name) || is_mounted(&pod->other_mounts, name)) &&
            conflict_volume(&pod->volumes, name) == NULL &&
            (planned == NULL || !planner_brings(planned, name))) {
            volume->needed = true;
            volume->declared = true;
        }
    }
}

/* templateDefaults reaches every template: nothing that this one must not have may go there. */
static void keep_from_defaults(struct planner *planner)
{
    for (size_t i = 0; i < planner->volumes.n; i++) {
        planner->volumes.items[i].not_default = true;
    }
    for (size_t i = 0; i < planner->copies.n; i++) {
        planner->copies.items[i].not_default = true;
    }
}

/* A template that must get nothing, whatever the policies say. */
static int leave_template(struct planner *planner,
                          const struct template *template,
                          enum report_reason reason,
                          const char *detail,
                          struct err *err)
{
    keep_from_defaults(planner);
    note_own_mounts(planner, &template->mounts, &template->pod, NULL);
    return planner_tell(
        planner, template,
        (struct report_item){.action = detail != NULL ? REPORT_SKIPPED : REPORT_LEFT,
                             .reason = reason,
                             .detail = detail},
        err);
}

static int
inject_template(struct planner *planner, const struct template *template, struct err *err)
{
    struct template_plan planned = {.template = template};
    struct plan *plan = planner->plan;

    for (size_t i = 0; i < planner->volumes.n; i++) {
        if (!dealt_with(&planner->volumes.items[i], template) &&
            plan_volume(planner, &planned, &planner->volumes.items[i], err) < 0) {
            return -1;
        }
    }
    if (plan_copies(planner, &planned, err) < 0) {
        return -1;
    }
    note_own_mounts(planner, &template->mounts, &template->pod, &planned.pod);
    if (planned.mounts.list.n == 0 && planned.pod.volumes.n == 0 &&
        planned.pod.init_container == NULL && planned.command.n == 0 && planned.member == NULL) {
        return 0;
    }
    plan->templates.items[plan->templates.n++] = planned; /* there is room for each template */
    return 0;
}

/* A template that runs no container of the author's. One of a type that nobody knows may. */
static int pass_template(struct planner *planner, const struct template *template, struct err *err)
{
    struct report_item item = {.action = REPORT_LEFT, .reason = REPORT_REASON_NO_CONTAINER};

    if (template->type == TEMPLATE_UNKNOWN) {
        item.action = REPORT_SKIPPED;
        item.detail = "expected exactly one type that Argo v4 has";
    }
    return planner_tell(planner, template, item, err);
}

static int plan_template(struct planner *planner, const struct template *template, struct err *err)
{
    if (!template_can_mount(template)) {
        return pass_template(planner, template, err);
    }
    if (template->inject != NULL && strcmp(template->inject, "false") == 0) {
        return leave_template(planner, template, REPORT_REASON_OPTED_OUT, NULL, err);
    }
    if (template->inject != NULL && strcmp(template->inject, "true") != 0) {
        return err_set(err, ERR_INVALID,
                       "template '%.100s', annotation " ANNOTATION_INJECT
                       ": expected \"true\" or \"false\", found '%.100s'",
                       template->label, template->inject);
    }
    if (template->windows) {
        return leave_template(planner, template, REPORT_REASON_WINDOWS,
                              "it runs on Windows nodes, where NFS volumes cannot be mounted", err);
    }
    return inject_template(planner, template, err);
}

/* Steps that a resubmission does not run again wrote to volumes that are gone. */
static int warn_of_nodes(struct planner *planner, struct err *err)
{
    for (size_t i = 0; i < planner->volumes.n && planner->workflow->has_nodes; i++) {
        const struct planner_volume *volume = &planner->volumes.items[i];
        if (volume->needed && volume->volume->transient != NULL) {
            return report_warn(planner->report, err,
                               "status has nodes of an earlier run: what they wrote to volume '%s' "
                               "is not there any more",
                               volume->volume->name);
        }
    }
    return 0;
}

static int plan_templates(struct planner *planner, struct err *err)
{
    const struct workflow *workflow = planner->workflow;
    struct plan *plan = planner->plan;

    plan->templates.items =
        arena_alloc(planner->arena, workflow->templates.n * sizeof(*plan->templates.items));
    if (plan->templates.items == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < workflow->templates.n; i++) {
        if (plan_template(planner, workflow->templates.items[i], err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < DEFAULTS_SECTIONS; i++) {
        note_own_mounts(planner, &workflow->defaults.mounts[i], &workflow->defaults.pod, NULL);
    }
    return plan_references(planner, err);
}

int plan_make(const struct plan_input *input,
              struct report *report,
              struct plan *out,
              struct err *err)
{
    size_t comparisons_left = CONFLICT_COMPARISONS_MAX;
    struct planner planner = {
        .input = input,
        .workflow = input->workflow,
        .comparisons_left = &comparisons_left,
        .arena = report->arena,
        .report = report,
        .plan = out,
    };
    int planned;

    if (plan_gather(&planner, err) < 0) {
        return -1;
    }
    planned = planner.workflow->workflow_template_ref.object != NULL
                  ? plan_workflow_template_ref(&planner, err)
                  : plan_templates(&planner, err);
    if (planned < 0 || plan_claims(&planner, err) < 0) {
        return -1;
    }
    return warn_of_nodes(&planner, err);
}
