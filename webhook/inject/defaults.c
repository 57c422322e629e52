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
        .mounts = defaults->mounts[section],
        .pod = defaults->pod,
    };
}

/* Whether @volume can be mounted at @path by the section. */
static int ask(struct planner *planner,
               const struct template *section,
               const char *volume,
               const char *path,
               struct mount_finding *out,
               struct err *err)
{
    const struct mount_question question = {
        .template = section,
        .defaults = &conflict_no_defaults,
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

typedef bool may_use_fn(const struct volume_policy *policy);

/* Whether an earlier policy that may use templateDefaults has brought volume number @index. */
static bool is_brought(const struct planner *planner, size_t index, may_use_fn *may_use)
{
    const char *name = planner->volumes.items[index].volume->name;

    for (size_t i = 0; i < index; i++) {
        const struct planner_volume *earlier = &planner->volumes.items[i];
        if (may_use(earlier->policy) && strcmp(earlier->volume->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Why @volume must not go into templateDefaults, or NULL. */
static const char *volume_obstacle(const struct policy_templates *templates, bool not_default)
{
    if (!policy_templates_is_all(templates)) {
        return "templateDefaults cannot choose templates by name";
    }
    return not_default ? "templateDefaults would reach a template that must not have it" : NULL;
}

/* Mount @volume in one section; *@added says whether it was not there before. */
static int mount_in_section(struct planner *planner,
                            struct template_plan *section,
                            struct planner_volume *volume,
                            bool *added,
                            struct err *err)
{
    struct mount_finding finding;

    if (ask(planner, section->template, volume->volume->name, volume->volume->mount_path, &finding,
            err) < 0) {
        return -1;
    }
    if (finding.verdict == MOUNT_BLOCKED) {
        const struct report_item item = {
            .what = volume->what,
            .reason = finding.reason,
            .detail = finding.detail,
        };
        return planner_block(planner, section->template, volume->policy, item, err);
    }
    if (planner_use(planner, section, volume, err) < 0) {
        return -1;
    }
    if (finding.verdict == MOUNT_PRESENT) {
        return 0;
    }
    *added = true;
    return planner_add_mount(planner, &section->mounts, volume->volume, err);
}

static int default_volume(struct planner *planner,
                          struct template_plan sections[static DEFAULTS_SECTIONS],
                          struct planner_volume *volume,
                          struct err *err)
{
    const char *obstacle = volume_obstacle(&volume->volume->templates, volume->not_default);
    const struct template *target = sections[DEFAULTS_CONTAINER].template;
    struct report_item item = {.policy = volume->policy->name, .what = volume->what};
    bool added = false;

    if (obstacle != NULL) {
        return tell_reference(planner, target, volume->policy, volume->what, obstacle, err);
    }
    obstacle = planner_obstacle(planner, target, volume);
    if (obstacle != NULL) {
        item.reason = REPORT_REASON_VOLUME_NAME;
        item.detail = obstacle;
        return planner_block(planner, target, volume->policy, item, err);
    }
    for (size_t s = 0; s < DEFAULTS_SECTIONS; s++) {
        if (mount_in_section(planner, &sections[s], volume, &added, err) < 0) {
            return -1;
        }
    }
    item.action = added ? REPORT_ADDED : REPORT_PRESENT;
    return volume->needed ? planner_tell(planner, target, item, err) : 0;
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
        if (finding.verdict == MOUNT_BLOCKED) {
            const struct report_item item = {
                .what = mount->path,
                .reason = finding.reason,
                .detail = finding.detail,
            };
            if (planner_block(planner, to->template, planner->copying, item, err) < 0) {
                return -1;
            }
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

/* Init containers of templateDefaults also run before templates of these types. */
static bool has_other_pods(const struct workflow *workflow)
{
    for (size_t i = 0; i < workflow->templates.n; i++) {
        enum template_type type = workflow->templates.items[i].type;
        if (type == TEMPLATE_RESOURCE || type == TEMPLATE_DATA || type == TEMPLATE_UNKNOWN) {
            return true;
        }
    }
    return false;
}

/* The copies that templateDefaults may make, as a planner of their own; the others are told. */
static int choose_copies(struct planner *planner,
                         may_use_fn *may_use,
                         const struct template *section,
                         struct planner *out,
                         struct err *err)
{
    bool other_pods = has_other_pods(planner->workflow);

    *out = *planner;
    out->copies.items = NULL;
    out->copies.n = 0;
    for (size_t i = 0; i < planner->copies.n; i++) {
        const struct planner_copy *copy = &planner->copies.items[i];
        const char *obstacle =
            volume_obstacle(&copy->copy->templates, copy->not_default || other_pods);
        struct planner_copy *added;
        if (!may_use(copy->policy)) {
            continue; /* it was told that the other object must opt in */
        }
        if (obstacle != NULL) {
            if (tell_reference(planner, section, copy->policy, copy->what, obstacle, err) < 0) {
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

/* What one policy's volume or copy must not have, none of the same name may. */
static void share_obstacles(struct planner *planner)
{
    for (size_t i = 0; i < planner->volumes.n; i++) {
        for (size_t k = 0; k < planner->volumes.n; k++) {
            if (strcmp(planner->volumes.items[i].volume->name,
                       planner->volumes.items[k].volume->name) == 0) {
                planner->volumes.items[i].not_default |= planner->volumes.items[k].not_default;
            }
        }
    }
    for (size_t i = 0; i < planner->copies.n; i++) {
        for (size_t k = 0; k < planner->copies.n; k++) {
            if (strcmp(planner->copies.items[i].copy->name, planner->copies.items[k].copy->name) ==
                0) {
                planner->copies.items[i].not_default |= planner->copies.items[k].not_default;
            }
        }
    }
}

static int default_copies(struct planner *planner,
                          may_use_fn *may_use,
                          struct template_plan sections[static DEFAULTS_SECTIONS],
                          struct err *err)
{
    struct template_plan copies = {.template = sections[DEFAULTS_CONTAINER].template};
    struct planner copying;

    if (choose_copies(planner, may_use, copies.template, &copying, err) < 0 ||
        plan_copies(&copying, &copies, err) < 0) {
        return -1;
    }
    for (size_t s = 0; s < DEFAULTS_SECTIONS; s++) {
        if (repeat_copy_mounts(planner, &copies, &sections[s], err) < 0) {
            return -1;
        }
    }
    planner->plan->defaults_pod = copies.pod;
    return 0;
}

/* Fill the plan for templateDefaults with what the policies that may use them ask for. */
static int plan_defaults(struct planner *planner, may_use_fn *may_use, struct err *err)
{
    struct template templates[DEFAULTS_SECTIONS];
    struct template_plan sections[DEFAULTS_SECTIONS];

    for (size_t s = 0; s < DEFAULTS_SECTIONS; s++) {
        templates[s] = section_template(planner, (enum defaults_section)s);
        sections[s] = (struct template_plan){.template = &templates[s]};
    }
    if (planner->workflow->windows) {
        return planner_tell(planner, &templates[DEFAULTS_CONTAINER],
                            (struct report_item){.action = REPORT_SKIPPED,
                                                 .reason = REPORT_REASON_WINDOWS,
                                                 .detail = "they run on Windows nodes, where NFS "
                                                           "volumes cannot be mounted"},
                            err);
    }
    share_obstacles(planner);
    for (size_t i = 0; i < planner->volumes.n; i++) {
        struct planner_volume *volume = &planner->volumes.items[i];
        if (may_use(volume->policy) && !is_brought(planner, i, may_use) &&
            default_volume(planner, sections, volume, err) < 0) {
            return -1;
        }
    }
    if (planner->copying != NULL && default_copies(planner, may_use, sections, err) < 0) {
        return -1;
    }
    for (size_t s = 0; s < DEFAULTS_SECTIONS; s++) {
        planner->plan->defaults[s] = sections[s].mounts;
    }
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
    if (check_workflow_template_ref(planner, err) < 0) {
        return -1;
    }
    if (!planner->workflow->windows) {
        if (warn_of_claims(planner, err) < 0) {
            return -1;
        }
        need_all(planner);
    }
    return plan_defaults(planner, may_use_any, err);
}
