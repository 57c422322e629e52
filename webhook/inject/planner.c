/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/planner.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "webhook/inject/same.h"

/* An emptyDir or a claim: names and amounts that were checked when the policy was loaded. */
#define VOLUME_BYTES_MAX 4096

int planner_tell(struct planner *planner,
                 const struct template *template,
                 struct report_item item,
                 struct err *err)
{
    if (template != NULL) {
        item.template = template->label;
        item.type = template->type_name;
    }
    return report_add(planner->report, item, err);
}

int planner_block(struct planner *planner,
                  const struct template *template,
                  const struct volume_policy *policy,
                  struct report_item item,
                  struct err *err)
{
    if (policy->on_conflict == POLICY_ON_CONFLICT_DENY) {
        return err_set(err, ERR_INVALID, "policy '%s', template '%.100s': %s: %s", policy->name,
                       template->label, item.what, item.detail);
    }
    item.policy = policy->name;
    item.action = REPORT_SKIPPED;
    return planner_tell(planner, template, item, err);
}

int planner_tell_reference(struct planner *planner,
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

int planner_same_json(const struct planner *planner,
                      const struct json_view *value,
                      const char *json,
                      bool *out,
                      struct err *err)
{
    struct json_reader reader;
    struct json_view other;

    if (json_reader_open(&reader, planner->arena, json, strlen(json), &other, err) < 0) {
        return -1;
    }
    return same_value(value, &other, planner->arena, out, err);
}

/* Whether a volume among @volumes hides the workflow's of the same name, being another thing. */
static bool is_hidden(const struct volume_list *volumes, const struct policy_volume *volume)
{
    const struct volume *other = conflict_volume(volumes, volume->name);

    if (other == NULL) {
        return false;
    }
    return volume->persistent == NULL || other->claim_name == NULL ||
           strcmp(other->claim_name, volume->persistent->claim_name) != 0;
}

const char *planner_obstacle(const struct planner *planner,
                             const struct template *template,
                             const struct planner_volume *volume)
{
    const struct pod_view *defaults = &planner->workflow->defaults.pod;
    const struct policy_volume *wanted = volume->volume;

    if (conflict_is_secret(&template->pod, wanted->name) ||
        conflict_is_secret(defaults, wanted->name)) {
        return "Argo gives that name to the volume of an artifact's Secret";
    }
    if (is_hidden(&template->pod.volumes, wanted)) {
        return "the template has another volume of that name";
    }
    if (is_hidden(&defaults->volumes, wanted)) {
        return "templateDefaults has another volume of that name";
    }
    return NULL;
}

int planner_add_mount(struct planner *planner,
                      struct mount_spec_list *mounts,
                      const struct policy_volume *volume,
                      struct err *err)
{
    struct mount_spec *mount = LIST_ADD(planner->arena, &mounts->list);

    if (mount == NULL) {
        return err_no_memory(err);
    }
    *mount = (struct mount_spec){
        .volume = volume->name,
        .path = volume->mount_path,
        .sub_path = volume->sub_path,
        .read_only = volume->read_only,
    };
    return 0;
}

bool planner_brings(const struct pod_plan *pod, const char *name)
{
    for (size_t i = 0; i < pod->volumes.n; i++) {
        if (strcmp(pod->volumes.items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

int planner_use(struct planner *planner,
                struct template_plan *template,
                struct planner_volume *volume,
                struct err *err)
{
    const char *name = volume->volume->name;
    bool travels = planner->input->travels && volume->volume->persistent != NULL;
    struct volume_spec *added;

    if (volume->claim == CLAIM_TAKEN) {
        return err_set(err, ERR_INVALID,
                       "policy '%s': the workflow has another volume called '%s'; rename it, or "
                       "leave out the policy",
                       volume->policy->name, name);
    }
    volume->needed = true;
    volume->declared = volume->declared || !travels || volume->claim == CLAIM_PRESENT;
    if (!travels || conflict_volume(&template->template->pod.volumes, name) != NULL ||
        planner_brings(&template->pod, name)) {
        return 0;
    }
    added = LIST_ADD(planner->arena, &template->pod.volumes);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = (struct volume_spec){
        .name = name,
        .persistent = volume->volume->persistent,
        .read_only = volume->volume->read_only,
    };
    return 0;
}

/* The security context of @template's pods: its own, or else that of the workflow (argo-workflows
 * workflow/controller/workflowpod.go). */
static struct joined find_pod_context(const struct planner *planner,
                                      const struct template *template)
{
    struct joined context = {
        .own = template->pod.security_context,
        .base = planner->workflow->defaults.pod.security_context,
    };

    if (!joined_is_there(&context)) {
        context.base = planner->workflow->security_context;
    }
    return context;
}

/* The member @key of the container's context, or else of the pod's. */
static int find_in_contexts(const struct joined *container,
                            const struct joined *pod,
                            const char *key,
                            struct json_view *out,
                            struct err *err)
{
    if (joined_get(container, key, out, err) < 0) {
        return -1;
    }
    return out->reader != NULL ? 0 : joined_get(pod, key, out, err);
}

/* Whether the kubelet would refuse an image without a user: root is forbidden, and nobody named. */
static int
needs_user(const struct joined *container, const struct joined *pod, bool *out, struct err *err)
{
    struct json_view non_root;
    struct json_view user;

    if (find_in_contexts(container, pod, "runAsNonRoot", &non_root, err) < 0 ||
        find_in_contexts(container, pod, "runAsUser", &user, err) < 0) {
        return -1;
    }
    *out = json_view_is_true(&non_root) && user.reader == NULL;
    return 0;
}

int planner_describe_copier(const struct planner *planner,
                            const struct template *template,
                            const struct planner_copies *copies,
                            struct copier_spec *out,
                            struct err *err)
{
    const struct policy_copier *copier = &planner->copying->copier;
    const enum defaults_section section = template_defaults_section(template);
    const struct joined pod = find_pod_context(planner, template);

    *out = (struct copier_spec){
        .image = copier->image != NULL ? copier->image : planner->input->copier_image,
        .copier = copier,
        .security_context =
            {
                .own = template->security_context,
                .base = planner->workflow->defaults.security_contexts[section],
            },
    };
    if (joined_check(&out->security_context, err) < 0 || joined_check(&pod, err) < 0 ||
        needs_user(&out->security_context, &pod, &out->needs_user, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < copies->list.n; i++) {
        const struct planner_copy *copy = copies->list.items[i];
        struct copy_spec *added = LIST_ADD(planner->arena, &out->copies);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = (struct copy_spec){.copy = copy->copy, .from = copy->from->volume};
    }
    return 0;
}

/* Whether one of @volumes is the one of @spec, or another one in its place. */
static int look_in(const struct planner *planner,
                   const struct volume_list *volumes,
                   const struct volume_spec *spec,
                   bool *present,
                   bool *other,
                   struct err *err)
{
    const struct volume *volume = conflict_volume(volumes, spec->name);
    CLEANUP(buf_clear) struct buf json = BUF_INIT(VOLUME_BYTES_MAX);
    struct json_out out = {.buf = &json};

    *present = false;
    *other = false;
    if (volume == NULL) {
        return 0;
    }
    object_volume(&out, spec);
    if (buf_check(&json, "a volume", err) < 0 ||
        planner_same_json(planner, &volume->value, buf_text(&json), present, err) < 0) {
        return -1;
    }
    *other = !*present;
    return 0;
}

int planner_look_for_volume(const struct planner *planner,
                            const struct template *template,
                            const struct volume_spec *spec,
                            bool *present,
                            bool *other,
                            struct err *err)
{
    bool in_defaults;
    bool other_in_defaults;

    if (look_in(planner, &template->pod.volumes, spec, present, other, err) < 0 ||
        look_in(planner, &planner->workflow->defaults.pod.volumes, spec, &in_defaults,
                &other_in_defaults, err) < 0) {
        return -1;
    }
    *other = *other || other_in_defaults;
    return 0;
}

const char *planner_keep_json(struct planner *planner,
                              const struct buf *json,
                              const char *what,
                              struct err *err)
{
    const char *text;

    if (buf_check(json, what, err) < 0) {
        return NULL;
    }
    text = arena_strndup(planner->arena, buf_text(json), json->len);
    if (text == NULL) {
        err_no_memory(err);
    }
    return text;
}
