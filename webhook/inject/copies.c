/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "policies/match.h"
#include "webhook/inject/copy_back.h"

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
static bool dealt_with(const struct planner_copy *copy, const struct template *template)
{
    for (const struct planner_copy *other = copy->before; other != NULL; other = other->before) {
        if (policy_templates_include(&other->copy->templates, template->name)) {
            return true;
        }
    }
    return false;
}

/* What of the pods' volumes stands in the way of @copy; NULL when nothing does. @present says
 * whether its own is there. */
static int check_volumes(const struct planner *planner,
                         const struct template *template,
                         const struct planner_copy *copy,
                         bool *present,
                         const char **obstacle,
                         struct err *err)
{
    const struct volume_spec spec = {.name = copy->volume_name, .copy = copy->copy};
    bool other;

    if (planner_look_for_volume(planner, template, &spec, present, &other, err) < 0) {
        return -1;
    }
    *obstacle = NULL;
    if (other) {
        *obstacle = "there is another volume of that name";
    } else if (planner_obstacle(planner, template, copy->from) != NULL) {
        *obstacle = "there is another volume under the name of the copy's source";
    }
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
    const char *obstacle;
    bool present;

    if (conflict_find(&question, planner->arena, finding, err) < 0 ||
        check_volumes(planner, template, copy, &present, &obstacle, err) < 0) {
        return -1;
    }
    if (obstacle != NULL) {
        finding->reason = REPORT_REASON_VOLUME_NAME;
        finding->detail = obstacle;
    } else if (finding->present != NULL &&
               (!finding->present->path.exact ||
                strcmp(finding->present->path.normal, copy->copy->to) != 0)) {
        finding->detail = "the template mounts it elsewhere";
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

/* The JSON of the one init container that makes all copies of @spec. */
static const char *
write_copier(struct planner *planner, const struct copier_spec *spec, struct err *err)
{
    CLEANUP(buf_clear) struct buf json = BUF_INIT(PLANNER_CONTAINER_BYTES_MAX);
    struct json_out out = {.buf = &json};

    if (container_copier(&out, spec, err) < 0) {
        return NULL;
    }
    return planner_keep_json(planner, &json, "an init container", err);
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

/* None of @candidates can be made, because of @detail. */
static int block_all(struct planner *planner,
                     const struct template *template,
                     const struct candidates *candidates,
                     const char *detail,
                     struct err *err)
{
    for (size_t i = 0; i < candidates->list.n; i++) {
        struct planner_copy *copy = candidates->list.items[i].copy;
        const struct report_item item = {
            .what = copy->what,
            .reason = REPORT_REASON_INIT_CONTAINER,
            .detail = detail,
        };
        copy->not_default = true;
        if (planner_block(planner, template, copy->policy, item, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether a side container or member has the copier's name. Init containers are looked at closer.
 */
static bool is_name_taken(const struct pod_view *pod)
{
    size_t n = 0;

    for (size_t i = 0; i < pod->others.list.n; i++) {
        n += strcmp(pod->others.list.items[i].name, COPIER_NAME) == 0 ? 1 : 0;
    }
    return n > (conflict_init_container(&pod->init_containers, COPIER_NAME) != NULL ? 1 : 0);
}

/*
 * Whether @container, of templateDefaults, is the one of @spec. Its program is not installed there,
 * as no command can be wrapped there; Argo joins init containers by name, and what the template
 * says goes before.
 */
static int is_default_copier(struct planner *planner,
                             const struct init_container *container,
                             const struct copier_spec *spec,
                             bool *out,
                             struct err *err)
{
    struct copier_spec plain = *spec;
    const char *json;

    plain.installs = false;
    json = write_copier(planner, &plain, err);
    return json != NULL ? planner_same_json(planner, &container->value, json, out, err) : -1;
}

/* The template's own init container of the copier's name, or NULL. */
static const struct init_container *find_copier(const struct template *template)
{
    return conflict_init_container(&template->pod.init_containers, COPIER_NAME);
}

/* Whether the init container that makes the copies of @spec may be @copier. */
static int check_copier(struct planner *planner,
                        const struct template *template,
                        const struct copier_spec *spec,
                        const char *copier,
                        const char **obstacle,
                        struct err *err)
{
    const struct pod_view *defaults = &planner->workflow->defaults.pod;
    const struct init_container *existing = find_copier(template);
    const struct init_container *other =
        conflict_init_container(&defaults->init_containers, COPIER_NAME);
    bool same = true;
    int compared = 0;

    *obstacle = NULL;
    if (is_name_taken(&template->pod) || is_name_taken(defaults)) {
        *obstacle = "another container is called '" COPIER_NAME "'";
        return 0;
    }
    if (existing != NULL) {
        compared = planner_same_json(planner, &existing->value, copier, &same, err);
    } else if (other != NULL) {
        compared = is_default_copier(planner, other, spec, &same, err);
    }
    if (!same) {
        *obstacle = "there is an init container '" COPIER_NAME "' that differs from the policy's";
    }
    return compared;
}

static int gather(struct planner *planner,
                  const struct template *template,
                  struct candidates *out,
                  struct err *err)
{
    for (size_t i = 0; i < planner->copies.n; i++) {
        if (!dealt_with(&planner->copies.items[i], template) &&
            consider(planner, template, &planner->copies.items[i], out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The copies of @candidates, as the other parts of the plan know them. */
static int list_copies(struct planner *planner,
                       const struct candidates *candidates,
                       struct planner_copies *out,
                       struct err *err)
{
    for (size_t i = 0; i < candidates->list.n; i++) {
        struct planner_copy **added = LIST_ADD(planner->arena, &out->list);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = candidates->list.items[i].copy;
    }
    return 0;
}

static int add_copies(struct planner *planner,
                      struct template_plan *template,
                      const struct candidates *candidates,
                      const struct copy_back *back,
                      bool new_container,
                      struct err *err)
{
    for (size_t i = 0; i < candidates->list.n; i++) {
        if (add_copy(planner, template, &candidates->list.items[i], new_container, err) < 0) {
            return -1;
        }
    }
    return copy_back_add(planner, template, back, err);
}

int plan_copies(struct planner *planner, struct template_plan *template, struct err *err)
{
    const bool is_new = find_copier(template->template) == NULL;
    struct candidates candidates = {0};
    struct planner_copies copies = {0};
    struct copier_spec spec = {0};
    struct copy_back back = {0};
    const char *obstacle;
    const char *copier;

    if (gather(planner, template->template, &candidates, err) < 0) {
        return -1;
    }
    if (candidates.list.n == 0) {
        return 0;
    }
    if (list_copies(planner, &candidates, &copies, err) < 0 ||
        planner_describe_copier(planner, template->template, &copies, &spec, err) < 0 ||
        copy_back_choose(planner, template->template, &copies, &back, err) < 0) {
        return -1;
    }
    spec.installs = back.installs;
    copier = write_copier(planner, &spec, err);
    if (copier == NULL ||
        check_copier(planner, template->template, &spec, copier, &obstacle, err) < 0) {
        return -1;
    }
    if (obstacle != NULL) {
        return block_all(planner, template->template, &candidates, obstacle, err);
    }
    if (is_new) {
        template->pod.init_container = copier;
        template->pod.init_container_first =
            planner->copying->init_container == POLICY_INIT_CONTAINER_FIRST;
    }
    return add_copies(planner, template, &candidates, &back, is_new, err);
}
