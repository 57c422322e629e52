/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/copy_back.h"

#include <string.h>

#include "policies/reserved.h"

static bool is_set(const struct template *template)
{
    return template->type == TEMPLATE_CONTAINER_SET;
}

/* The command that the object gives @template: its own, or that of templateDefaults, which does not
 * follow templates that other objects use (argo-workflows workflow/controller/operator.go). */
static const struct text_list *find_command(const struct planner *planner,
                                            const struct template *template)
{
    const struct template_defaults *defaults = &planner->workflow->defaults;

    return template->command.n > 0 || planner->input->travels
               ? &template->command
               : &defaults->commands[template_defaults_section(template)];
}

/* What about @template itself forbids it. */
static const char *find_obstacle(const struct planner *planner, const struct template *template)
{
    if (template->pod.daemon || planner->workflow->defaults.pod.daemon) {
        return "a daemon does not end by itself";
    }
    if (is_set(template)) {
        return template->members.n == 0 ? "it has no containers of its own" : NULL;
    }
    return find_command(planner, template)->n == 0
               ? "it has no command, and what its image runs is not known here"
               : NULL;
}

static int add_mount(struct planner *planner,
                     const struct mount_spec *mount,
                     struct mount_spec_list *out,
                     struct err *err)
{
    struct mount_spec *added = LIST_ADD(planner->arena, &out->list);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = *mount;
    return 0;
}

/* Whether one of @mounts mounts the volume of tools where hawser does not. */
static bool is_used(const struct mount_list *mounts)
{
    for (size_t i = 0; i < mounts->list.n; i++) {
        const struct mount *mount = &mounts->list.items[i];
        if (strcmp(mount->volume, RESERVED_TOOLS_NAME) == 0 &&
            (!mount->path.exact || strcmp(mount->path.normal, TOOLS_PATH) != 0)) {
            return true;
        }
    }
    return false;
}

/* Whether any container of the pod has a volume of the author's under the name of tools. */
static bool is_name_in_use(const struct planner *planner, const struct template *template)
{
    const struct template_defaults *defaults = &planner->workflow->defaults;

    return is_used(&template->mounts) || is_used(&template->pod.other_mounts) ||
           is_used(&defaults->mounts[template_defaults_section(template)]) ||
           is_used(&defaults->pod.other_mounts);
}

/* What a wrapped command needs besides: its program. */
static int plan_tools(struct planner *planner,
                      const struct template *template,
                      struct copy_back *out,
                      struct hindrance *hindrance,
                      struct err *err)
{
    static const struct mount_spec mount = {
        .volume = RESERVED_TOOLS_NAME,
        .path = TOOLS_PATH,
        .read_only = true,
    };
    const struct volume_spec volume = {.name = RESERVED_TOOLS_NAME};
    bool present;
    bool other;
    bool lacks;

    if (planner_look_for_volume(planner, template, &volume, &present, &other, err) < 0 ||
        copy_back_check_mount(planner, template, &mount, &lacks, hindrance, err) < 0) {
        return -1;
    }
    if (other || is_name_in_use(planner, template)) {
        *hindrance = (struct hindrance){REPORT_REASON_VOLUME_NAME,
                                        "there is another volume '" RESERVED_TOOLS_NAME "'"};
    }
    out->installs = true;
    out->lacks_tools = !present;
    return lacks ? add_mount(planner, &mount, &out->mounts, err) : 0;
}

static int tell_hindrance(struct planner *planner,
                          const struct template *template,
                          const struct planner_copy *copy,
                          const struct hindrance *hindrance,
                          struct err *err)
{
    const struct report_item item = {
        .what = copy->back_what,
        .reason = hindrance->reason,
        .detail = hindrance->detail,
    };

    return planner_block(planner, template, copy->policy, item, err);
}

/* Whether a mount at @path is to be added already, for another copy. */
static bool is_mounted(const struct copy_back *back, const char *path)
{
    for (size_t i = 0; i < back->mounts.list.n; i++) {
        if (strcmp(back->mounts.list.items[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* See whether what @copy holds can go back to its volume. A member mounts that itself,
 * and one that is there already has done so. */
static int plan_volume(struct planner *planner,
                       const struct template *template,
                       const struct planner_copy *copy,
                       struct copy_back *out,
                       struct hindrance *hindrance,
                       struct err *err)
{
    const struct policy_volume *volume = copy->from->volume;
    const struct mount_spec mount = {
        .volume = volume->name,
        .path = container_copy_back_path(volume->name, planner->arena),
        .sub_path = volume->sub_path,
    };
    bool lacks;

    if (mount.path == NULL) {
        return err_no_memory(err);
    }
    if (copy_back_check_copy(planner, template, copy, hindrance, err) < 0) {
        return -1;
    }
    if (hindrance->reason != REPORT_REASON_NONE || copy_back_find_member(template) != NULL) {
        return 0;
    }
    if (copy_back_check_mount(planner, template, &mount, &lacks, hindrance, err) < 0) {
        return -1;
    }
    return lacks && !is_set(template) && !is_mounted(out, mount.path)
               ? add_mount(planner, &mount, &out->mounts, err)
               : 0;
}

static int add_copy(struct planner *planner,
                    struct planner_copy *copy,
                    struct planner_copies *out,
                    struct err *err)
{
    struct planner_copy **added = LIST_ADD(planner->arena, &out->list);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = copy;
    return 0;
}

/* Keep those of @wanted whose volume can be written to. */
static int plan_volumes(struct planner *planner,
                        const struct template *template,
                        const struct planner_copies *wanted,
                        struct copy_back *out,
                        struct err *err)
{
    for (size_t i = 0; i < wanted->list.n; i++) {
        struct planner_copy *copy = wanted->list.items[i];
        struct hindrance hindrance = {0};
        if (plan_volume(planner, template, copy, out, &hindrance, err) < 0) {
            return -1;
        }
        if (hindrance.reason != REPORT_REASON_NONE
                ? tell_hindrance(planner, template, copy, &hindrance, err) < 0
                : add_copy(planner, copy, &out->copies, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool starts_with(const struct text_list *words, const struct text_list *prefix)
{
    for (size_t i = 0; i < prefix->n; i++) {
        if (i >= words->n || strcmp(words->items[i], prefix->items[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Wrap the command of @template, if it is not wrapped. */
static int plan_command(struct planner *planner,
                        const struct template *template,
                        const struct copier_spec *spec,
                        struct copy_back *out,
                        struct hindrance *hindrance,
                        struct err *err)
{
    const struct text_list *command = find_command(planner, template);
    struct text_list words = {0};

    if (container_wrap(spec, planner->arena, &words, err) < 0) {
        return -1;
    }
    if (starts_with(command, &words)) {
        return 0;
    }
    if (strcmp(command->items[0], words.items[0]) == 0) {
        *hindrance = (struct hindrance){
            REPORT_REASON_COPY_BACK,
            "its command copies back already, and not what the policy says",
        };
        return 0;
    }
    for (size_t i = 0; i < command->n; i++) {
        const char **added = LIST_ADD(planner->arena, &words);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = command->items[i];
    }
    out->command = words;
    return 0;
}

/* Fill @out for as many of @wanted as can be had. A @hindrance is for all those that it has in
 * copies, or if there are none for all of @wanted. */
static int plan_all(struct planner *planner,
                    const struct template *template,
                    const struct planner_copies *wanted,
                    struct copy_back *out,
                    struct hindrance *hindrance,
                    struct err *err)
{
    struct copier_spec spec;

    *hindrance = (struct hindrance){REPORT_REASON_COPY_BACK, find_obstacle(planner, template)};
    if (hindrance->detail != NULL) {
        return 0;
    }
    *hindrance = (struct hindrance){0};
    if (!is_set(template) && plan_tools(planner, template, out, hindrance, err) < 0) {
        return -1;
    }
    if (hindrance->reason != REPORT_REASON_NONE) {
        return 0;
    }
    if (plan_volumes(planner, template, wanted, out, err) < 0) {
        return -1;
    }
    if (out->copies.list.n == 0) {
        return 0;
    }
    if (planner_describe_copier(planner, template, &out->copies, &spec, err) < 0) {
        return -1;
    }
    return is_set(template) ? copy_back_plan_member(planner, template, &spec, out, hindrance, err)
                            : plan_command(planner, template, &spec, out, hindrance, err);
}

/* Those of @copies whose policies want them copied back. */
static int find_wanted(struct planner *planner,
                       const struct planner_copies *copies,
                       struct planner_copies *out,
                       struct err *err)
{
    for (size_t i = 0; i < copies->list.n; i++) {
        struct planner_copy *copy = copies->list.items[i];
        if (copy->copy->copy_back != NULL && !copy->no_copy_back &&
            add_copy(planner, copy, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int copy_back_choose(struct planner *planner,
                     const struct template *template,
                     const struct planner_copies *copies,
                     struct copy_back *out,
                     struct err *err)
{
    struct planner_copies refused = {0};
    struct hindrance hindrance = {0};

    *out = (struct copy_back){0};
    if (find_wanted(planner, copies, &refused, err) < 0 ||
        (refused.list.n > 0 && plan_all(planner, template, &refused, out, &hindrance, err) < 0)) {
        return -1;
    }
    if (hindrance.reason == REPORT_REASON_NONE && out->copies.list.n > 0) {
        return 0;
    }
    refused = out->copies.list.n > 0 ? out->copies : refused;
    *out = (struct copy_back){0};
    for (size_t i = 0; i < refused.list.n && hindrance.reason != REPORT_REASON_NONE; i++) {
        if (tell_hindrance(planner, template, refused.list.items[i], &hindrance, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What works but may not be what the policy's author expects, or NULL. */
static const char *caution(const struct planner *planner,
                           const struct template *template,
                           const struct planner_copy *copy)
{
    const struct mount_question pod = {
        .template = template,
        .defaults = &planner->workflow->defaults,
        .workflow_patch = planner->workflow->pod_spec_patch,
    };

    if (is_set(template)) {
        return copy->copy->copy_back->when == POLICY_COPY_BACK_ALWAYS
                   ? "a container set's are copied back after success only"
                   : NULL;
    }
    return conflict_patches_name(&pod, "command")
               ? "a podSpecPatch names 'command': one that it sets is not wrapped"
               : NULL;
}

static int add_tools(struct planner *planner, struct template_plan *template, struct err *err)
{
    struct volume_spec *added = LIST_ADD(planner->arena, &template->pod.volumes);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = (struct volume_spec){.name = RESERVED_TOOLS_NAME};
    return 0;
}

int copy_back_add(struct planner *planner,
                  struct template_plan *template,
                  const struct copy_back *back,
                  struct err *err)
{
    const bool adds =
        back->lacks_tools || back->mounts.list.n > 0 || back->command.n > 0 || back->member != NULL;

    if (back->lacks_tools && add_tools(planner, template, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < back->mounts.list.n; i++) {
        if (add_mount(planner, &back->mounts.list.items[i], &template->mounts, err) < 0) {
            return -1;
        }
    }
    template->command = back->command;
    template->member = back->member;
    for (size_t i = 0; i < back->copies.list.n; i++) {
        const struct planner_copy *copy = back->copies.list.items[i];
        const struct report_item item = {
            .policy = copy->policy->name,
            .what = copy->back_what,
            .action = adds ? REPORT_ADDED : REPORT_PRESENT,
            .detail = caution(planner, template->template, copy),
        };
        if (planner_tell(planner, template->template, item, err) < 0) {
            return -1;
        }
    }
    return 0;
}
