/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/emit.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

/* What a template with one mount takes of the patch. */
#define USUAL_BYTES 128

/* How item number @index of @items is written. */
typedef void write_item_fn(struct json_out *out, const void *items, size_t index);

static void write_list(struct json_out *out, const void *items, size_t n, write_item_fn *write)
{
    json_out_array(out);
    for (size_t i = 0; i < n; i++) {
        write(out, items, i);
    }
    json_out_array_end(out);
}

/* A patch is never sent that adds to what is not there: only a bug asks for it. */
static int check_place(const struct slot *slot, struct err *err)
{
    return slot->state != SLOT_NOWHERE
               ? 0
               : err_set(err, ERR_INTERNAL, "nothing can be added at '%s%s'", slot->base,
                         slot->path);
}

/* Add @n items to the list at @slot, which is added as a whole where it is absent. */
static int emit_items(const struct slot *slot,
                      const void *items,
                      size_t n,
                      write_item_fn *write,
                      struct patch *patch,
                      struct err *err)
{
    if (n == 0) {
        return 0;
    }
    if (check_place(slot, err) < 0) {
        return -1;
    }
    if (slot->state == SLOT_ABSENT) {
        write_list(patch_add(patch, slot->base, slot->path, ""), items, n, write);
        patch_close(patch);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        write(patch_add(patch, slot->base, slot->path, "/-"), items, i);
        patch_close(patch);
    }
    return 0;
}

static void write_mount(struct json_out *out, const void *items, size_t index)
{
    object_mount(out, &((const struct mount_spec *)items)[index]);
}

static void write_volume(struct json_out *out, const void *items, size_t index)
{
    object_volume(out, &((const struct volume_spec *)items)[index]);
}

static void write_claim_template(struct json_out *out, const void *items, size_t index)
{
    object_claim_template(out, ((const struct policy_volume *const *)items)[index]);
}

static void write_init_container(struct json_out *out, const void *items, size_t index)
{
    json_out_raw(out, ((const char *const *)items)[index]);
}

static int emit_init_container(const struct slot *slot,
                               const struct pod_plan *pod,
                               struct patch *patch,
                               struct err *err)
{
    if (pod->init_container == NULL) {
        return 0;
    }
    if (slot->state != SLOT_PRESENT || !pod->init_container_first) {
        return emit_items(slot, &pod->init_container, 1, write_init_container, patch, err);
    }
    json_out_raw(patch_add(patch, slot->base, slot->path, "/0"), pod->init_container);
    patch_close(patch);
    return 0;
}

static void emit_command(const struct template_plan *plan, const char *path, struct patch *patch)
{
    const char *base = plan->template->pointer;

    object_texts(plan->template->command.n > 0 ? patch_replace(patch, base, path, "")
                                               : patch_add(patch, base, path, ""),
                 &plan->command);
    patch_close(patch);
}

/* What copies back: a container or script has a command, a container set has members. */
static void emit_work(const struct template_plan *plan, struct patch *patch)
{
    const bool is_script = plan->template->type == TEMPLATE_SCRIPT;

    if (plan->command.n > 0) {
        emit_command(plan, is_script ? "/script/command" : "/container/command", patch);
    }
    if (plan->member != NULL) {
        json_out_raw(patch_add(patch, plan->template->pointer, "/containerSet/containers", "/-"),
                     plan->member);
        patch_close(patch);
    }
}

static int emit_template(const struct template_plan *plan, struct patch *patch, struct err *err)
{
    const struct template *template = plan->template;

    if (emit_items(&template->mounts.slot, plan->mounts.list.items, plan->mounts.list.n,
                   write_mount, patch, err) < 0 ||
        emit_items(&template->pod.volumes.slot, plan->pod.volumes.items, plan->pod.volumes.n,
                   write_volume, patch, err) < 0 ||
        emit_init_container(&template->pod.init_containers.slot, &plan->pod, patch, err) < 0) {
        return -1;
    }
    emit_work(plan, patch);
    return 0;
}

static const char *const section_names[DEFAULTS_SECTIONS] = {
    [DEFAULTS_CONTAINER] = "container",
    [DEFAULTS_SCRIPT] = "script",
    [DEFAULTS_CONTAINER_SET] = "containerSet",
};

/* A section of templateDefaults with its mounts. The CRD requires containers in a containerSet. */
static void write_section(struct json_out *out,
                          enum defaults_section section,
                          const struct mount_spec_list *mounts)
{
    json_out_object(out);
    if (section == DEFAULTS_CONTAINER_SET) {
        JSON_OUT_KEY(out, "containers");
        json_out_array(out);
        json_out_array_end(out);
    }
    JSON_OUT_KEY(out, "volumeMounts");
    write_list(out, mounts->list.items, mounts->list.n, write_mount);
    json_out_object_end(out);
}

static void write_defaults(struct json_out *out, const struct plan *plan)
{
    const struct pod_plan *pod = &plan->defaults_pod;

    json_out_object(out);
    for (size_t i = 0; i < DEFAULTS_SECTIONS; i++) {
        if (plan->defaults[i].list.n > 0) {
            json_out_key(out, section_names[i]);
            write_section(out, (enum defaults_section)i, &plan->defaults[i]);
        }
    }
    if (pod->volumes.n > 0) {
        JSON_OUT_KEY(out, "volumes");
        write_list(out, pod->volumes.items, pod->volumes.n, write_volume);
    }
    if (pod->init_container != NULL) {
        JSON_OUT_KEY(out, "initContainers");
        write_list(out, &pod->init_container, 1, write_init_container);
    }
    json_out_object_end(out);
}

static int emit_section(const struct template_defaults *defaults,
                        enum defaults_section section,
                        const struct mount_spec_list *mounts,
                        struct patch *patch,
                        struct err *err)
{
    const struct slot *slot = &defaults->sections[section];

    if (mounts->list.n == 0) {
        return 0;
    }
    if (slot->state == SLOT_ABSENT) {
        write_section(patch_add(patch, slot->base, slot->path, ""), section, mounts);
        patch_close(patch);
        return 0;
    }
    return emit_items(&defaults->mounts[section].slot, mounts->list.items, mounts->list.n,
                      write_mount, patch, err);
}

static bool has_defaults(const struct plan *plan)
{
    for (size_t i = 0; i < DEFAULTS_SECTIONS; i++) {
        if (plan->defaults[i].list.n > 0) {
            return true;
        }
    }
    return plan->defaults_pod.volumes.n > 0 || plan->defaults_pod.init_container != NULL;
}

static int emit_defaults(const struct template_defaults *defaults,
                         const struct plan *plan,
                         struct patch *patch,
                         struct err *err)
{
    const struct pod_plan *pod = &plan->defaults_pod;

    if (!has_defaults(plan)) {
        return 0;
    }
    if (check_place(&defaults->slot, err) < 0) {
        return -1;
    }
    if (defaults->slot.state == SLOT_ABSENT) {
        write_defaults(patch_add(patch, defaults->slot.base, defaults->slot.path, ""), plan);
        patch_close(patch);
        return 0;
    }
    for (size_t i = 0; i < DEFAULTS_SECTIONS; i++) {
        if (emit_section(defaults, (enum defaults_section)i, &plan->defaults[i], patch, err) < 0) {
            return -1;
        }
    }
    if (emit_items(&defaults->pod.volumes.slot, pod->volumes.items, pod->volumes.n, write_volume,
                   patch, err) < 0) {
        return -1;
    }
    return emit_init_container(&defaults->pod.init_containers.slot, pod, patch, err);
}

static int
emit_claim_gc(const struct slot *slot, const char *strategy, struct patch *patch, struct err *err)
{
    struct json_out *out;

    if (strategy == NULL) {
        return 0;
    }
    if (check_place(slot, err) < 0) {
        return -1;
    }
    out = patch_add(patch, slot->base, slot->path, "");
    json_out_object(out);
    JSON_OUT_PAIR(out, "strategy", strategy);
    json_out_object_end(out);
    patch_close(patch);
    return 0;
}

int emit_plan(const struct workflow *workflow,
              const struct plan *plan,
              struct patch *patch,
              struct err *err)
{
    const size_t usual = plan->templates.n * USUAL_BYTES;

    (void)buf_reserve(&patch->text, usual < PATCH_BYTES_MAX ? usual : 0); /* else it grows */
    for (size_t i = 0; i < plan->templates.n; i++) {
        if (emit_template(&plan->templates.items[i], patch, err) < 0) {
            return -1;
        }
    }
    if (emit_defaults(&workflow->defaults, plan, patch, err) < 0 ||
        emit_items(&workflow->volumes.slot, plan->volumes.items, plan->volumes.n, write_volume,
                   patch, err) < 0 ||
        emit_items(&workflow->claim_templates.slot, plan->claim_templates.items,
                   plan->claim_templates.n, write_claim_template, patch, err) < 0) {
        return -1;
    }
    return emit_claim_gc(&workflow->volume_claim_gc, plan->volume_claim_gc, patch, err);
}

static void write_annotations(struct json_out *out,
                              const struct policy_label *annotations,
                              size_t n_annotations)
{
    json_out_object(out);
    for (size_t i = 0; i < n_annotations; i++) {
        json_out_pair(out, annotations[i].key, annotations[i].value);
    }
    json_out_object_end(out);
}

static int emit_annotation(const struct string_map *have,
                           const struct policy_label *annotation,
                           struct patch *patch,
                           struct err *err)
{
    CLEANUP(buf_clear) struct buf key = BUF_INIT(PATCH_POINTER_MAX);
    const char *value = string_map_get(have, annotation->key);
    const struct slot *slot = &have->slot;

    if (value != NULL && strcmp(value, annotation->value) == 0) {
        return 0;
    }
    json_pointer_add(&key, annotation->key);
    if (buf_check(&key, "a JSON Pointer", err) < 0) {
        return -1;
    }
    json_out_string(value != NULL ? patch_replace(patch, slot->base, slot->path, buf_text(&key))
                                  : patch_add(patch, slot->base, slot->path, buf_text(&key)),
                    annotation->value);
    patch_close(patch);
    return 0;
}

/* All of them in a map of their own, or with @parent in an object around that. */
static int emit_new_annotations(const struct slot *slot,
                                bool is_parent,
                                const struct policy_label *annotations,
                                size_t n_annotations,
                                struct patch *patch,
                                struct err *err)
{
    struct json_out *out;

    if (check_place(slot, err) < 0) {
        return -1;
    }
    out = patch_add(patch, slot->base, slot->path, "");
    if (is_parent) {
        json_out_object(out);
        JSON_OUT_KEY(out, "annotations");
    }
    write_annotations(out, annotations, n_annotations);
    if (is_parent) {
        json_out_object_end(out);
    }
    patch_close(patch);
    return 0;
}

int emit_annotations(const struct string_map *have,
                     const struct slot *parent,
                     const struct policy_label *annotations,
                     size_t n_annotations,
                     struct patch *patch,
                     struct err *err)
{
    const bool needs_parent = parent != NULL && parent->state != SLOT_PRESENT;

    if (n_annotations == 0) {
        return 0;
    }
    if (have->slot.state != SLOT_PRESENT) {
        return emit_new_annotations(needs_parent ? parent : &have->slot, needs_parent, annotations,
                                    n_annotations, patch, err);
    }
    for (size_t i = 0; i < n_annotations; i++) {
        if (emit_annotation(have, &annotations[i], patch, err) < 0) {
            return -1;
        }
    }
    return 0;
}
