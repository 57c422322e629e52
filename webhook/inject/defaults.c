/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policies/argo.h"
#include "policies/match.h"
#include "webhook/inject/planner.h"

/* templateDefaults as a template of each of its sections' types. */
static const enum template_type section_types[DEFAULTS_SECTIONS] = {
    [DEFAULTS_CONTAINER] = TEMPLATE_CONTAINER,
    [DEFAULTS_SCRIPT] = TEMPLATE_SCRIPT,
    [DEFAULTS_CONTAINER_SET] = TEMPLATE_CONTAINER_SET,
};

static bool may_use_defaults(const struct volume_policy *policy)
{
    return policy->argo.template_ref == POLICY_TEMPLATE_REF_INJECT &&
           argo_defaults_obstacle(&policy->argo) == NULL;
}

static const char *kind_of(const struct template_ref *ref)
{
    return ref->cluster_scope ? "ClusterWorkflowTemplate" : "WorkflowTemplate";
}

static struct template section_template(const struct planner *planner,
                                        enum defaults_section section)
{
    const struct template_defaults *defaults = &planner->workflow->defaults;

    return (struct template){
        .name = "",
        .label = "templateDefaults",
        .pointer = defaults->slot.pointer,
        .type = section_types[section],
        .type_name = "for templates of other objects",
        .pod_spec_patch = defaults->pod_spec_patch,
        .mounts = defaults->mounts[section],
        .other_mounts = defaults->other_mounts,
        .volumes = defaults->volumes,
        .init_containers = defaults->init_containers,
    };
}

/* Whether @volume or @path can be mounted by the section; anything in the way is told once, for the
 * first section. */
static int ask(struct planner *planner,
               const struct template *section,
               const char *volume,
               const char *path,
               struct mount_finding *out,
               struct err *err)
{
    const struct mount_question question = {
        .template = section,
        .workflow_patch = planner->workflow->pod_spec_patch,
        .comparisons_left = planner->comparisons_left,
        .volume = volume,
        .path = path,
    };

    return conflict_find(&question, planner->arena, out, err);
}

static int tell_reference(struct planner *planner,
                          const struct template *section,
                          const struct volume_policy *policy,
                          const char *what,
                          const char *detail,
                          struct err *err)
{
    const struct report_item item = {
        .policy = policy->name,
        .what = what,
        .action = REPORT_SKIPPED,
        .reason = REPORT_REASON_REFERENCE,
        .detail = detail,
    };

    return planner_tell(planner, section, item, err);
}

static int default_volume(struct planner *planner,
                          struct template_plan *section,
                          struct planner_volume *volume,
                          struct err *err)
{
    const struct template *target = section->template;
    bool first = target->type == TEMPLATE_CONTAINER;
    struct mount_finding finding;

    if (!policy_templates_is_all(&volume->volume->templates)) {
        return !first ? 0
                      : tell_reference(planner, target, volume->policy, volume->what,
                                       "templateDefaults cannot choose templates by name", err);
    }
    if (volume->not_default) {
        return !first ? 0
                      : tell_reference(planner, target, volume->policy, volume->what,
                                       "templateDefaults would reach a template that must not "
                                       "have it",
                                       err);
    }
    if (ask(planner, target, volume->volume->name, volume->volume->mount_path, &finding, err) < 0) {
        return -1;
    }
    if (finding.verdict != MOUNT_BLOCKED && planner_is_hidden(&target->volumes, volume)) {
        finding = (struct mount_finding){
            .verdict = MOUNT_BLOCKED,
            .reason = REPORT_REASON_VOLUME_NAME,
            .detail = "templateDefaults has another volume of that name",
        };
    }
    if (finding.verdict == MOUNT_BLOCKED) {
        return planner_block(planner, target, volume->policy,
                             (struct report_item){.what = volume->what,
                                                  .reason = finding.reason,
                                                  .detail = finding.detail},
                             err);
    }
    if (planner_use(planner, section, volume, err) < 0 ||
        (finding.verdict == MOUNT_FREE &&
         planner_add_mount(planner, &section->mounts, volume->volume, err) < 0)) {
        return -1;
    }
    return !first ? 0
                  : planner_tell(planner, target,
                                 (struct report_item){.policy = volume->policy->name,
                                                      .what = volume->what,
                                                      .action = finding.verdict == MOUNT_FREE
                                                                    ? REPORT_ADDED
                                                                    : REPORT_PRESENT},
                                 err);
}

/* Give the other sections the mounts that the copies gave the first one. */
static int repeat_copy_mounts(struct planner *planner,
                              const struct template_plan *from,
                              struct template_plan *to,
                              struct err *err)
{
    for (size_t i = 0; i < from->mounts.list.n; i++) {
        const struct mount_spec *mount = &from->mounts.list.items[i];
        struct mount_finding finding;
        struct mount_spec *added;
        if (ask(planner, to->template, mount->volume, mount->path, &finding, err) < 0) {
            return -1;
        }
        if (finding.verdict != MOUNT_FREE) {
            continue;
        }
        added = LIST_ADD(planner->arena, &to->mounts.list);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = *mount;
    }
    return 0;
}

/* Init containers of templateDefaults also run before resource and data templates. */
static bool has_other_pods(const struct workflow *workflow)
{
    for (size_t i = 0; i < workflow->templates.n; i++) {
        enum template_type type = workflow->templates.items[i].type;
        if (type == TEMPLATE_RESOURCE || type == TEMPLATE_DATA) {
            return true;
        }
    }
    return false;
}

/* The copies that templateDefaults may make, as a planner of their own; the others are told. */
static int choose_copies(struct planner *planner,
                         const struct template *section,
                         struct planner *out,
                         struct err *err)
{
    *out = *planner;
    out->copies.items = NULL;
    out->copies.n = 0;
    for (size_t i = 0; i < planner->copies.n; i++) {
        const struct planner_copy *copy = &planner->copies.items[i];
        struct planner_copy *added;
        if (copy->not_default || has_other_pods(planner->workflow) ||
            !policy_templates_is_all(&copy->copy->templates)) {
            if (tell_reference(planner, section, copy->policy, copy->what,
                               "templateDefaults would reach a template that must not have it",
                               err) < 0) {
                return -1;
            }
            continue;
        }
        added = LIST_ADD(planner->arena, &out->copies);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = *copy;
    }
    return 0;
}

/* Fill the plan for templateDefaults with what the policies that may use them ask for. */
static int plan_defaults(struct planner *planner,
                         bool (*may_use)(const struct volume_policy *),
                         struct err *err)
{
    struct template templates[DEFAULTS_SECTIONS];
    struct template_plan sections[DEFAULTS_SECTIONS];
    struct template_plan copies;
    struct planner copying;

    for (size_t s = 0; s < DEFAULTS_SECTIONS; s++) {
        templates[s] = section_template(planner, (enum defaults_section)s);
        sections[s] = (struct template_plan){.template = &templates[s]};
        for (size_t i = 0; i < planner->volumes.n; i++) {
            struct planner_volume *volume = &planner->volumes.items[i];
            if (may_use(volume->policy) && default_volume(planner, &sections[s], volume, err) < 0) {
                return -1;
            }
        }
    }
    copies = (struct template_plan){.template = &templates[DEFAULTS_CONTAINER]};
    if (planner->copying != NULL && may_use(planner->copying)) {
        if (choose_copies(planner, copies.template, &copying, err) < 0 ||
            plan_copies(&copying, &copies, err) < 0) {
            return -1;
        }
    }
    for (size_t s = 0; s < DEFAULTS_SECTIONS; s++) {
        if (repeat_copy_mounts(planner, &copies, &sections[s], err) < 0) {
            return -1;
        }
        planner->plan->defaults[s] = sections[s].mounts;
    }
    planner->plan->defaults_pod = copies.pod;
    return 0;
}

/* References that are told; an object with more is told enough by these. */
#define REFS_TOLD_MAX 64

/* Whether an earlier reference names the same template. */
static bool named_before(const struct template_ref_list *refs, size_t index)
{
    const struct template_ref *ref = &refs->list.items[index];

    for (size_t i = 0; i < index; i++) {
        const struct template_ref *other = &refs->list.items[i];
        if (other->cluster_scope == ref->cluster_scope && strcmp(other->object, ref->object) == 0 &&
            strcmp(other->template, ref->template) == 0) {
            return true;
        }
    }
    return false;
}

/* Tell for each template of another object that it should opt in itself. */
static int
warn_of_refs(struct planner *planner, const struct volume_policy *policy, struct err *err)
{
    const struct template_ref_list *refs = &planner->workflow->refs;
    const char *reason = policy->argo.template_ref == POLICY_TEMPLATE_REF_INJECT
                             ? argo_defaults_obstacle(&policy->argo)
                             : NULL;

    for (size_t i = 0; i < refs->list.n && i < REFS_TOLD_MAX; i++) {
        const struct template_ref *ref = &refs->list.items[i];
        const char *what;
        const char *detail;
        if (named_before(refs, i)) {
            continue;
        }
        what = arena_printf(planner->arena, "template '%.63s' of %s '%.63s'", ref->template,
                            kind_of(ref), ref->object);
        detail =
            arena_printf(planner->arena, "it gets policy '%s' when that object opts in%s%s",
                         policy->name, reason != NULL ? "; " : "", reason != NULL ? reason : "");
        if (what == NULL || detail == NULL) {
            return err_no_memory(err);
        }
        if (tell_reference(planner, NULL, policy, what, detail, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Templates of other objects may mount any volume: the one that runs them must have it. */
static void need_all(struct planner *planner)
{
    for (size_t i = 0; i < planner->volumes.n; i++) {
        struct planner_volume *volume = &planner->volumes.items[i];
        if (volume->claim != CLAIM_TAKEN) {
            volume->needed = true;
            volume->declared = true;
        }
    }
}

int plan_references(struct planner *planner, struct err *err)
{
    const struct volume_policy *last = NULL;

    if (planner->workflow->refs.list.n == 0) {
        return 0;
    }
    need_all(planner);
    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct volume_policy *policy = planner->volumes.items[i].policy;
        if (policy != last && !may_use_defaults(policy) && warn_of_refs(planner, policy, err) < 0) {
            return -1;
        }
        last = policy;
    }
    return plan_defaults(planner, may_use_defaults, err);
}

static bool may_use_any(const struct volume_policy *policy)
{
    (void)policy; /* all were checked before */
    return true;
}

static int check_workflow_template_ref(const struct planner *planner, struct err *err)
{
    const struct template_ref *ref = &planner->workflow->workflow_template_ref;

    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct volume_policy *policy = planner->volumes.items[i].policy;
        const char *reason = argo_defaults_obstacle(&policy->argo);
        if (policy->argo.workflow_template_ref == POLICY_WORKFLOW_TEMPLATE_REF_DENY) {
            reason = "argo.workflowTemplateRef is Deny";
        }
        if (reason != NULL) {
            return err_set(err, ERR_INVALID,
                           "policy '%s' does not inject into a Workflow that runs %s '%.63s': "
                           "annotate %s '%.63s' instead (%s)",
                           policy->name, kind_of(ref), ref->object, kind_of(ref), ref->object,
                           reason);
        }
    }
    return 0;
}

/* A list of claim templates replaces that of the WorkflowTemplate as a whole. */
static int warn_of_claims(struct planner *planner, struct err *err)
{
    const struct template_ref *ref = &planner->workflow->workflow_template_ref;

    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct planner_volume *volume = &planner->volumes.items[i];
        if (volume->volume->transient != NULL && volume->claim == CLAIM_FREE &&
            planner->workflow->claim_templates.list.n == 0) {
            return report_warn(planner->report, err,
                               "claim template '%s' takes the place of all claim templates of %s "
                               "'%.63s'",
                               volume->volume->name, kind_of(ref), ref->object);
        }
    }
    return 0;
}

int plan_workflow_template_ref(struct planner *planner, struct err *err)
{
    if (check_workflow_template_ref(planner, err) < 0 || warn_of_claims(planner, err) < 0) {
        return -1;
    }
    need_all(planner);
    return plan_defaults(planner, may_use_any, err);
}
