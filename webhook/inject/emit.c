/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/emit.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

/* Pointers to what is edited are a few steps of keys and numbers; annotation keys have 316 bytes.
 */
#define POINTER_MAX 8192

/* How item number @index of @items is written. */
typedef void write_item_fn(struct json_out *out, const void *items, size_t index);

/* Write the JSON Pointer @base with @suffix behind it into @pointer. */
static int point(struct buf *pointer, const char *base, const char *suffix, struct err *err)
{
    buf_cut(pointer, 0);
    buf_add_text(pointer, base);
    buf_add_text(pointer, suffix);
    return buf_check(pointer, "a JSON Pointer", err);
}

static void write_list(struct json_out *out, const void *items, size_t n, write_item_fn *write)
{
    json_out_array(out);
    for (size_t i = 0; i < n; i++) {
        write(out, items, i);
    }
    json_out_array_end(out);
}

/* Add @n items to the list at @slot, which is added as a whole where it is absent. */
static int emit_items(const struct slot *slot,
                      const void *items,
                      size_t n,
                      write_item_fn *write,
                      struct patch *patch,
                      struct err *err)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);

    if (n == 0) {
        return 0;
    }
    if (!slot->present) {
        write_list(patch_add(patch, slot->pointer), items, n, write);
        patch_close(patch);
        return 0;
    }
    if (point(&pointer, slot->pointer, "/-", err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        write(patch_add(patch, buf_text(&pointer)), items, i);
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
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);

    if (pod->init_container == NULL) {
        return 0;
    }
    if (!slot->present || !pod->init_container_first) {
        return emit_items(slot, &pod->init_container, 1, write_init_container, patch, err);
    }
    if (point(&pointer, slot->pointer, "/0", err) < 0) {
        return -1;
    }
    json_out_raw(patch_add(patch, buf_text(&pointer)), pod->init_container);
    patch_close(patch);
    return 0;
}

static int emit_command(const struct template_plan *plan,
                        const char *path,
                        struct patch *patch,
                        struct err *err)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);
    const char *text;

    if (point(&pointer, plan->template->pointer, path, err) < 0) {
        return -1;
    }
    text = buf_text(&pointer);
    object_texts(plan->template->command.n > 0 ? patch_replace(patch, text)
                                               : patch_add(patch, text),
                 &plan->command);
    patch_close(patch);
    return 0;
}

static int emit_member(const struct template_plan *plan, struct patch *patch, struct err *err)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);

    if (point(&pointer, plan->template->pointer, "/containerSet/containers/-", err) < 0) {
        return -1;
    }
    json_out_raw(patch_add(patch, buf_text(&pointer)), plan->member);
    patch_close(patch);
    return 0;
}

/* What copies back. */
static int emit_work(const struct template_plan *plan, struct patch *patch, struct err *err)
{
    const bool is_script = plan->template->type == TEMPLATE_SCRIPT;

    if (plan->command.n > 0 &&
        emit_command(plan, is_script ? "/script/command" : "/container/command", patch, err) < 0) {
        return -1;
    }
    return plan->member != NULL ? emit_member(plan, patch, err) : 0;
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
    return emit_work(plan, patch, err);
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
        json_out_key(out, "containers");
        json_out_array(out);
        json_out_array_end(out);
    }
    json_out_key(out, "volumeMounts");
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
        json_out_key(out, "volumes");
        write_list(out, pod->volumes.items, pod->volumes.n, write_volume);
    }
    if (pod->init_container != NULL) {
        json_out_key(out, "initContainers");
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
    if (mounts->list.n == 0) {
        return 0;
    }
    if (!defaults->sections[section].present) {
        write_section(patch_add(patch, defaults->sections[section].pointer), section, mounts);
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
    if (!defaults->slot.present) {
        write_defaults(patch_add(patch, defaults->slot.pointer), plan);
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

static void
emit_claim_gc(const struct workflow *workflow, const struct plan *plan, struct patch *patch)
{
    struct json_out *out;

    if (plan->volume_claim_gc == NULL) {
        return;
    }
    out = patch_add(patch, workflow->volume_claim_gc.pointer);
    json_out_object(out);
    json_out_pair(out, "strategy", plan->volume_claim_gc);
    json_out_object_end(out);
    patch_close(patch);
}

int emit_plan(const struct workflow *workflow,
              const struct plan *plan,
              struct patch *patch,
              struct err *err)
{
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
    emit_claim_gc(workflow, plan, patch);
    return 0;
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
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);
    const char *value = string_map_get(have, annotation->key);

    if (value != NULL && strcmp(value, annotation->value) == 0) {
        return 0;
    }
    buf_add_text(&pointer, have->slot.pointer);
    json_pointer_add(&pointer, annotation->key);
    if (buf_check(&pointer, "a JSON Pointer", err) < 0) {
        return -1;
    }
    json_out_string(value != NULL ? patch_replace(patch, buf_text(&pointer))
                                  : patch_add(patch, buf_text(&pointer)),
                    annotation->value);
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
    if (n_annotations == 0) {
        return 0;
    }
    if (have->slot.present) {
        for (size_t i = 0; i < n_annotations; i++) {
            if (emit_annotation(have, &annotations[i], patch, err) < 0) {
                return -1;
            }
        }
        return 0;
    }
    if (parent == NULL || parent->present) {
        write_annotations(patch_add(patch, have->slot.pointer), annotations, n_annotations);
    } else {
        struct json_out *out = patch_add(patch, parent->pointer);
        json_out_object(out);
        json_out_key(out, "annotations");
        write_annotations(out, annotations, n_annotations);
        json_out_object_end(out);
    }
    patch_close(patch);
    return 0;
}
