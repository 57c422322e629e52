/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "webhook/inject/copy_back.h"
#include "webhook/inject/same.h"

/* May main's container of @template mount @volume at @path? */
static struct mount_question ask(const struct planner *planner,
                                 const struct template *template,
                                 const char *volume,
                                 const char *path)
{
    return (struct mount_question){
        .template = template,
        .defaults = &planner->workflow->defaults,
        .workflow_patch = planner->workflow->pod_spec_patch,
        .comparisons_left = planner->comparisons_left,
        .volume = volume,
        .path = path,
    };
}

int copy_back_check_mount(const struct planner *planner,
                          const struct template *template,
                          const struct mount_spec *mount,
                          bool *lacks,
                          struct hindrance *hindrance,
                          struct err *err)
{
    struct mount_question question = ask(planner, template, mount->volume, mount->path);
    struct mount_finding finding;

    question.has_own_path = true;
    if (conflict_find(&question, planner->arena, &finding, err) < 0) {
        return -1;
    }
    *lacks = finding.verdict == MOUNT_FREE;
    *hindrance = (struct hindrance){0};
    if (finding.verdict == MOUNT_BLOCKED) {
        *hindrance = (struct hindrance){finding.reason, finding.detail};
    } else if (finding.verdict == MOUNT_PRESENT &&
               (template->type == TEMPLATE_CONTAINER_SET ||
                !same_text(finding.present->sub_path, mount->sub_path) ||
                finding.present->read_only != mount->read_only)) {
        *hindrance = (struct hindrance){REPORT_REASON_MOUNT_PATH,
                                        "the template mounts the volume there itself"};
    }
    return 0;
}

/* Whether the object has the volume called @name for pods of @template, and only to be read. A
 * template that travels takes nothing from the workflow. */
static bool
is_read_only(const struct planner *planner, const struct template *template, const char *name)
{
    const struct workflow *workflow = planner->workflow;
    const struct volume *own = conflict_volume(&template->pod.volumes, name);
    const struct volume *base = conflict_volume(&workflow->defaults.pod.volumes, name);
    const struct volume *shared = conflict_volume(&workflow->volumes, name);

    if (own != NULL || base != NULL || planner->input->travels) {
        return (own != NULL && own->read_only) || (base != NULL && base->read_only);
    }
    return shared != NULL && shared->read_only;
}

int copy_back_check_copy(const struct planner *planner,
                         const struct template *template,
                         const struct planner_copy *copy,
                         struct hindrance *hindrance,
                         struct err *err)
{
    const struct mount_question question =
        ask(planner, template, copy->volume_name, copy->copy->to);
    struct mount_finding finding;

    if (conflict_find(&question, planner->arena, &finding, err) < 0) {
        return -1;
    }
    *hindrance = (struct hindrance){0};
    if (finding.present != NULL && (!finding.present->path.exact ||
                                    strcmp(finding.present->path.normal, copy->copy->to) != 0)) {
        hindrance->detail = "the template mounts the copy elsewhere";
    } else if (is_read_only(planner, template, copy->from->volume->name)) {
        hindrance->detail = "the volume's claim is readOnly in the object";
    }
    hindrance->reason = hindrance->detail != NULL ? REPORT_REASON_COPY_BACK : REPORT_REASON_NONE;
    return 0;
}
