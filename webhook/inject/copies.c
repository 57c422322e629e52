/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "policies/match.h"
#include "webhook/inject/planner.h"

/* An init container has bounded globs and resources; a policy file of 1 MiB bounds them all. */
#define COPIER_BYTES_MAX (2UL * 1024 * 1024)

/* A copy that nothing stands against, and which of its parts are missing. */
struct candidate {
    struct planner_copy *copy;
    const char *caution;
    bool lacks_mount;
    bool lacks_volume;
};

struct candidates {
    LIST_OF(struct candidate) list;
};

/* Another policy has the same copy, and has dealt with it for this template. */
static bool dealt_with(const struct planner *planner, size_t index, const struct template *template)
{
    const struct policy_copy *copy = planner->copies.items[index].copy;

    for (size_t i = 0; i < index; i++) {
        const struct policy_copy *other = planner->copies.items[i].copy;
        if (strcmp(other->name, copy->name) == 0 &&
            policy_templates_include(&other->templates, template->name)) {
            return true;
        }
    }
    return false;
}

/* Whether the template has the copy's volume already, or another one in its place. */
static int look_for_volume(const struct template *template,
                           const struct planner_copy *copy,
                           bool *present,
                           bool *other,
                           struct err *err)
{
    const struct volume *volume = conflict_volume(&template->volumes, copy->volume_name);
    const struct volume_spec spec = {.name = copy->volume_name, .copy = copy->copy};
    CLEANUP(buf_clear) struct buf json = BUF_INIT(COPIER_BYTES_MAX);
    struct json_out out = {.buf = &json};

    *present = false;
    *other = false;
    if (volume == NULL) {
        return 0;
    }
    object_volume(&out, &spec);
    if (buf_check(&json, "a volume", err) < 0 ||
        planner_same_json(volume->value, buf_text(&json), present, err) < 0) {
        return -1;
    }
    *other = !*present;
    return 0;
}

/* What stands in the way of @copy; reason NONE when nothing does, and @candidate is filled. */
static int examine(struct planner *planner,
                   const struct template *template,
                   struct planner_copy *copy,
                   struct candidate *candidate,
                   struct mount_finding *finding,
                   struct err *err)
{
    const struct mount_question question = {
        .template = template,
        .defaults = &planner->workflow->defaults,
        .workflow_patch = planner->workflow->pod_spec_patch,
        .comparisons_left = planner->comparisons_left,
        .volume = copy->volume_name,
        .path = copy->copy->to,
        .source = copy->from->volume->name,
    };
    bool present;
    bool other;

    if (conflict_find(&question, planner->arena, finding, err) < 0 ||
        look_for_volume(template, copy, &present, &other, err) < 0) {
        return -1;
    }
    if (other) {
        finding->reason = REPORT_REASON_VOLUME_NAME;
        finding->detail = "the template has another volume of that name";
    } else if (planner_is_hidden(&template->volumes, copy->from)) {
        finding->reason = REPORT_REASON_VOLUME_NAME;
        finding->detail = "the template has another volume under the name of the copy's source";
    }
    *candidate = (struct candidate){
        .copy = copy,
        .caution = finding->detail,
        .lacks_mount = finding->verdict == MOUNT_FREE,
        .lacks_volume = !present,
    };
    return 0;
}

static int consider(struct planner *planner,
                    const struct template *template,
                    struct planner_copy *copy,
                    struct candidates *out,
                    struct err *err)
{
    struct mount_finding finding;
    struct candidate candidate;
    struct candidate *added;

    if (!policy_templates_include(&copy->copy->templates, template->name)) {
        copy->not_default = true;
        return planner_tell(planner, template,
                            (struct report_item){.policy = copy->policy->name,
                                                 .what = copy->what,
                                                 .action = REPORT_LEFT,
                                                 .reason = REPORT_REASON_NOT_CHOSEN},
                            err);
    }
    if (examine(planner, template, copy, &candidate, &finding, err) < 0) {
        return -1;
    }
    if (finding.reason != REPORT_REASON_NONE) {
        copy->not_default = true;
        return planner_block(planner, template, copy->policy,
                             (struct report_item){.what = copy->what,
                                                  .reason = finding.reason,
                                                  .detail = finding.detail},
                             err);
    }
    added = LIST_ADD(planner->arena, &out->list);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = candidate;
    return 0;
}

/* The JSON of the one init container that makes all of @candidates. */
static const char *write_copier(struct planner *planner,
                                const struct template *template,
                                const struct candidates *candidates,
                                struct err *err)
{
    const struct policy_copier *copier = &planner->copying->copier;
    CLEANUP(buf_clear) struct buf json = BUF_INIT(COPIER_BYTES_MAX);
    struct json_out out = {.buf = &json};
    struct copier_spec spec = {
        .image = copier->image != NULL ? copier->image : planner->input->copier_image,
        .copier = copier,
        .security_context = template->security_context,
    };
    const char *text;

    for (size_t i = 0; i < candidates->list.n; i++) {
        const struct planner_copy *copy = candidates->list.items[i].copy;
        struct copy_spec *added = LIST_ADD(planner->arena, &spec.copies);
        if (added == NULL) {
            err_no_memory(err);
            return NULL;
        }
        *added = (struct copy_spec){.copy = copy->copy, .from = copy->from->volume};
    }
    object_copier(&out, &spec);
    if (buf_check(&json, "an init container", err) < 0) {
        return NULL;
    }
    text = arena_strndup(planner->arena, buf_text(&json), json.len);
    if (text == NULL) {
        err_no_memory(err);
    }
    return text;
}

static int add_volume(struct planner *planner,
                      struct template_plan *template,
                      const struct planner_copy *copy,
                      struct err *err)
{
    struct volume_spec *added = LIST_ADD(planner->arena, &template->pod.volumes);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = (struct volume_spec){.name = copy->volume_name, .copy = copy->copy};
    return 0;
}

static int add_mount(struct planner *planner,
                     struct template_plan *template,
                     const struct planner_copy *copy,
                     struct err *err)
{
    struct mount_spec *added = LIST_ADD(planner->arena, &template->mounts.list);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = (struct mount_spec){.volume = copy->volume_name, .path = copy->copy->to};
    return 0;
}

static int add_copy(struct planner *planner,
                    struct template_plan *template,
                    const struct candidate *candidate,
                    bool new_container,
                    struct err *err)
{
    bool adds = candidate->lacks_mount || candidate->lacks_volume || new_container;

    if (planner_use(planner, template, candidate->copy->from, err) < 0 ||
        (candidate->lacks_volume && add_volume(planner, template, candidate->copy, err) < 0) ||
        (candidate->lacks_mount && add_mount(planner, template, candidate->copy, err) < 0)) {
        return -1;
    }
    return planner_tell(planner, template->template,
                        (struct report_item){.policy = candidate->copy->policy->name,
                                             .what = candidate->copy->what,
                                             .action = adds ? REPORT_ADDED : REPORT_PRESENT,
                                             .detail = candidate->caution},
                        err);
}

/* The template has an init container of our name that is not ours of today: it stays. */
static int block_all(struct planner *planner,
                     const struct template *template,
                     const struct candidates *candidates,
                     struct err *err)
{
    for (size_t i = 0; i < candidates->list.n; i++) {
        struct planner_copy *copy = candidates->list.items[i].copy;
        copy->not_default = true;
        if (planner_block(planner, template, copy->policy,
                          (struct report_item){.what = copy->what,
                                               .reason = REPORT_REASON_INIT_CONTAINER,
                                               .detail = "the template has an init container "
                                                         "'" COPIER_NAME "' that differs from the "
                                                         "policy's"},
                          err) < 0) {
            return -1;
        }
    }
    return 0;
}

int plan_copies(struct planner *planner, struct template_plan *template, struct err *err)
{
    const struct init_container *existing =
        conflict_init_container(&template->template->init_containers, COPIER_NAME);
    struct candidates candidates = {0};
    const char *copier;
    bool same = true;

    for (size_t i = 0; i < planner->copies.n; i++) {
        if (!dealt_with(planner, i, template->template) &&
            consider(planner, template->template, &planner->copies.items[i], &candidates, err) <
                0) {
            return -1;
        }
    }
    if (candidates.list.n == 0) {
        return 0;
    }
    copier = write_copier(planner, template->template, &candidates, err);
    if (copier == NULL ||
        (existing != NULL && planner_same_json(existing->value, copier, &same, err) < 0)) {
        return -1;
    }
    if (!same) {
        return block_all(planner, template->template, &candidates, err);
    }
    for (size_t i = 0; i < candidates.list.n; i++) {
        if (add_copy(planner, template, &candidates.list.items[i], existing == NULL, err) < 0) {
            return -1;
        }
    }
    if (existing == NULL) {
        template->pod.init_container = copier;
        template->pod.init_container_first =
            planner->copying->init_container == POLICY_INIT_CONTAINER_FIRST;
    }
    return 0;
}
