/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policies/match.h"
#include "webhook/inject/planner.h"

/* templateDefaults as a template of each of its sections' types. */
static const enum template_type section_types[DEFAULTS_SECTIONS] = {
    [DEFAULTS_CONTAINER] = TEMPLATE_CONTAINER,
    [DEFAULTS_SCRIPT] = TEMPLATE_SCRIPT,
    [DEFAULTS_CONTAINER_SET] = TEMPLATE_CONTAINER_SET,
};

static struct template section_template(const struct planner *planner,
                                        enum defaults_section section)
{
    const struct template_defaults *defaults = &planner->workflow->defaults;

    return (struct template){
        .name = "",
        .label = "templateDefaults",
        .pointer = defaults->pointer,
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

/* Whether an earlier policy that may use templateDefaults has brought @volume. */
static bool is_brought(const struct planner_volume *volume, planner_may_use_fn *may_use)
{
    for (const struct planner_volume *earlier = volume->before; earlier != NULL;
         earlier = earlier->before) {
        if (may_use(earlier->policy)) {
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
        return planner_tell_reference(planner, target, volume->policy, volume->what, obstacle, err);
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
        enum template_type type = workflow->templates.items[i]->type;
        if (type == TEMPLATE_RESOURCE || type == TEMPLATE_DATA || type == TEMPLATE_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static bool has_copy(const struct planner *planner, const char *name)
{
    for (size_t i = 0; i < planner->copies.n; i++) {
        if (strcmp(planner->copies.items[i].copy->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The copies that templateDefaults may make, as a planner of their own; the others are told. */
static int choose_copies(struct planner *planner,
                         planner_may_use_fn *may_use,
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
        if (has_copy(out, copy->copy->name)) {
            continue; /* of another policy, which has dealt with it */
        }
        if (obstacle != NULL) {
            if (planner_tell_reference(planner, section, copy->policy, copy->what, obstacle, err) <
                0) {
                return -1;
            }
            continue;
        }
        added = LIST_ADD(planner->arena, &out->copies);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = *copy;
        added->no_copy_back = true;
        if (copy->back_what != NULL &&
            planner_tell_reference(
                planner, section, copy->policy, copy->back_what,
                "templateDefaults cannot do that; opt in where the templates are", err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What one policy's volume or copy must not have, none of the same name may: the first one of them
 * hears it, and the others of that. */
static void share_obstacles(struct planner *planner)
{
    for (size_t i = planner->volumes.n; i > 0; i--) {
        struct planner_volume *volume = &planner->volumes.items[i - 1];
        if (volume->before != NULL) {
            volume->before->not_default |= volume->not_default;
        }
    }
    for (size_t i = 0; i < planner->volumes.n; i++) {
        struct planner_volume *volume = &planner->volumes.items[i];
        volume->not_default |= volume->before != NULL && volume->before->not_default;
    }
    for (size_t i = planner->copies.n; i > 0; i--) {
        struct planner_copy *copy = &planner->copies.items[i - 1];
        if (copy->before != NULL) {
            copy->before->not_default |= copy->not_default;
        }
    }
    for (size_t i = 0; i < planner->copies.n; i++) {
        struct planner_copy *copy = &planner->copies.items[i];
        copy->not_default |= copy->before != NULL && copy->before->not_default;
    }
}

static int default_copies(struct planner *planner,
                          planner_may_use_fn *may_use,
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

int plan_defaults(struct planner *planner, planner_may_use_fn *may_use, struct err *err)
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
        if (may_use(volume->policy) && !is_brought(volume, may_use) &&
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
