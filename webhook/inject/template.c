/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/template.h"

#include <string.h>

#include "policies/mount_path.h"
#include "webhook/inject/annotations.h"

/* Argo's type keys, in the order of enum template_type. */
static const char *const type_names[] = {
    "container", "containerSet", "steps",   "dag",  "script",
    "resource",  "data",         "suspend", "http", "plugin",
};

/* What read_mount() adds to. */
struct mount_reader {
    struct mount_list *mounts;
    const char *owner;
};

int template_slot(const struct node *node, struct arena *arena, struct slot *out, struct err *err)
{
    out->pointer = node_pointer(node, arena);
    out->present = node->value != NULL;
    return out->pointer != NULL ? 0 : err_no_memory(err);
}

/* Keep what is certain of @text: all of it, or the folders before its first variable. */
static int know_path(const char *text, struct arena *arena, struct known_path *out, struct err *err)
{
    const char *variable = strstr(text, "{{");
    char normal[MOUNT_PATH_MAX];
    const char *prefix = text;

    *out = (struct known_path){.text = text};
    if (variable != NULL) {
        while (variable > text && variable[-1] != '/') {
            variable--;
        }
        prefix = arena_strndup(arena, text, (size_t)(variable - text));
        if (prefix == NULL) {
            return err_no_memory(err);
        }
    }
    if (!mount_path_normalize(prefix, normal)) {
        return 0;
    }
    out->exact = variable == NULL;
    out->normal = arena_strndup(arena, normal, strlen(normal));
    return out->normal != NULL ? 0 : err_no_memory(err);
}

static int read_mount(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct mount_reader *reader = out;
    struct mount *mount = LIST_ADD(arena, &reader->mounts->list);
    const char *path = NULL;

    if (mount == NULL) {
        return err_no_memory(err);
    }
    mount->owner = reader->owner;
    if (node_text(item, "name", &mount->volume, err) < 0 ||
        node_text(item, "mountPath", &path, err) < 0) {
        return -1;
    }
    mount->volume = mount->volume != NULL ? mount->volume : "";
    return know_path(path != NULL ? path : "", arena, &mount->path, err);
}

/* The `volumeMounts` of the container or set at @node. */
static int read_mounts(const struct node *node,
                       const char *owner,
                       struct arena *arena,
                       struct mount_list *out,
                       struct err *err)
{
    struct mount_reader reader = {.mounts = out, .owner = owner};

    return node_each(node, "volumeMounts", read_mount, arena, &reader, err);
}

/* The same with the place of the list, to which mounts may be added. */
static int read_own_mounts(const struct node *node,
                           struct arena *arena,
                           struct mount_list *out,
                           struct err *err)
{
    struct node list;

    if (node_member(node, "volumeMounts", NODE_LIST, &list, err) < 0 ||
        template_slot(&list, arena, &out->slot, err) < 0) {
        return -1;
    }
    return read_mounts(node, NULL, arena, out, err);
}

static int read_member(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct template *template = out;
    struct node context;
    const char *name = NULL;
    const char *owner;

    if (node_text(item, "name", &name, err) < 0 ||
        node_member(item, "securityContext", NODE_OBJECT, &context, err) < 0) {
        return -1;
    }
    name = name != NULL ? name : "";
    owner = arena_printf(arena, "container set member '%s'", name);
    if (owner == NULL) {
        return err_no_memory(err);
    }
    if (template->security_context == NULL || strcmp(name, "main") == 0) {
        template->security_context = context.value;
    }
    return read_mounts(item, owner, arena, &template->other_mounts, err);
}

/* A side container that mirrors main's mounts must not have one of them already (Argo adds without
 * looking, argo-workflows workflow/controller/workflowpod.go, mirrorVolumeMounts). */
static int read_mirror(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    const char *name = NULL;
    const char *owner;
    bool mirrors;

    if (node_text(item, "name", &name, err) < 0 ||
        node_flag(item, "mirrorVolumeMounts", &mirrors, err) < 0) {
        return -1;
    }
    if (!mirrors) {
        return 0;
    }
    owner = arena_printf(arena, "side container '%s'", name != NULL ? name : "");
    if (owner == NULL) {
        return err_no_memory(err);
    }
    return read_mounts(item, owner, arena, out, err);
}

static int
read_mirrors(const struct node *node, struct arena *arena, struct mount_list *out, struct err *err)
{
    if (node_each(node, "initContainers", read_mirror, arena, out, err) < 0) {
        return -1;
    }
    return node_each(node, "sidecars", read_mirror, arena, out, err);
}

static int read_volume(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct volume_list *volumes = out;
    struct volume *volume = LIST_ADD(arena, &volumes->list);
    struct node claim;

    if (volume == NULL) {
        return err_no_memory(err);
    }
    volume->value = item->value;
    if (node_text(item, "name", &volume->name, err) < 0 ||
        node_member(item, "persistentVolumeClaim", NODE_OBJECT, &claim, err) < 0 ||
        node_text(&claim, "claimName", &volume->claim_name, err) < 0) {
        return -1;
    }
    volume->name = volume->name != NULL ? volume->name : "";
    return 0;
}

int template_read_volumes(const struct node *parent,
                          struct arena *arena,
                          struct volume_list *out,
                          struct err *err)
{
    struct node list;

    if (node_member(parent, "volumes", NODE_LIST, &list, err) < 0 ||
        template_slot(&list, arena, &out->slot, err) < 0) {
        return -1;
    }
    return node_each(parent, "volumes", read_volume, arena, out, err);
}

static int
read_init_container(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct init_container_list *containers = out;
    struct init_container *container = LIST_ADD(arena, &containers->list);

    if (container == NULL) {
        return err_no_memory(err);
    }
    container->value = item->value;
    if (node_text(item, "name", &container->name, err) < 0) {
        return -1;
    }
    container->name = container->name != NULL ? container->name : "";
    return 0;
}

static int read_init_containers(const struct node *node,
                                struct arena *arena,
                                struct init_container_list *out,
                                struct err *err)
{
    struct node list;

    if (node_member(node, "initContainers", NODE_LIST, &list, err) < 0 ||
        template_slot(&list, arena, &out->slot, err) < 0) {
        return -1;
    }
    return node_each(node, "initContainers", read_init_container, arena, out, err);
}

static int
read_artifact_path(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct path_list *paths = out;
    struct known_path *path;
    const char *text = NULL;

    if (node_text(item, "path", &text, err) < 0) {
        return -1;
    }
    if (text == NULL) {
        return 0;
    }
    path = LIST_ADD(arena, &paths->list);
    return path != NULL ? know_path(text, arena, path, err) : err_no_memory(err);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/*
 * Collect the names of all Secrets below @value: the `name` of each object whose key ends in
 * "Secret" (accessKeySecret, sshPrivateKeySecret, ...).
 */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static int find_secrets(json_t *value, struct arena *arena, struct text_list *out, struct err *err)
{
    const char *key;
    json_t *member;

    json_object_foreach (value, key, member) {
        const char *name = json_string_value(json_object_get(member, "name"));
        if (name != NULL && ends_with(key, "Secret")) {
            const char **added = LIST_ADD(arena, out);
            if (added == NULL) {
                return err_no_memory(err);
            }
            *added = name;
        }
        if (find_secrets(member, arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_artifact_secrets(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    return find_secrets(item->value, arena, out, err);
}

static int
read_artifacts(const struct node *node, struct arena *arena, struct template *out, struct err *err)
{
    struct node inputs;
    struct node outputs;
    struct node archive;

    if (node_member(node, "inputs", NODE_OBJECT, &inputs, err) < 0 ||
        node_member(node, "outputs", NODE_OBJECT, &outputs, err) < 0 ||
        node_member(node, "archiveLocation", NODE_OBJECT, &archive, err) < 0 ||
        node_each(&inputs, "artifacts", read_artifact_path, arena, &out->input_artifacts, err) <
            0 ||
        node_each(&outputs, "artifacts", read_artifact_path, arena, &out->output_artifacts, err) <
            0 ||
        node_each(&inputs, "artifacts", read_artifact_secrets, arena, &out->secret_names, err) <
            0 ||
        node_each(&outputs, "artifacts", read_artifact_secrets, arena, &out->secret_names, err) <
            0) {
        return -1;
    }
    return find_secrets(archive.value, arena, &out->secret_names, err);
}

int template_read_node_selector(const struct node *parent,
                                bool *present,
                                bool *windows,
                                struct err *err)
{
    struct node selector;
    const char *os = NULL;

    if (node_member(parent, "nodeSelector", NODE_OBJECT, &selector, err) < 0 ||
        node_text(&selector, "kubernetes.io/os", &os, err) < 0) {
        return -1;
    }
    *present = json_object_size(selector.value) > 0;
    *windows = os != NULL && strcmp(os, "windows") == 0;
    return 0;
}

/* The type is the one key of a type that is there. None is a type that a later Argo may know; two
 * Argo refuses. Neither is ours to touch. */
static void find_type(const struct node *node, struct template *out)
{
    size_t found = 0;

    out->type = TEMPLATE_UNKNOWN;
    out->type_name = "of unknown type";
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        const json_t *section = json_object_get(node->value, type_names[i]);
        if (section != NULL && !json_is_null(section) && found++ == 0) {
            out->type = (enum template_type)i;
            out->type_name = type_names[i];
        }
    }
    if (found > 1) {
        out->type = TEMPLATE_UNKNOWN;
        out->type_name = "of several types";
    }
}

/* The part of a template that only those with containers of the author's have. */
static int
read_section(const struct node *node, struct arena *arena, struct template *out, struct err *err)
{
    struct node section;
    struct node context;

    if (node_member(node, out->type_name, NODE_OBJECT, &section, err) < 0 ||
        node_member(&section, "securityContext", NODE_OBJECT, &context, err) < 0 ||
        read_own_mounts(&section, arena, &out->mounts, err) < 0) {
        return -1;
    }
    if (out->type != TEMPLATE_CONTAINER_SET) {
        out->security_context = context.value;
        return 0;
    }
    return node_each(&section, "containers", read_member, arena, out, err);
}

static int read_annotation(const struct node *node, struct template *out, struct err *err)
{
    struct node metadata;
    struct node annotations;

    if (node_member(node, "metadata", NODE_OBJECT, &metadata, err) < 0 ||
        node_member(&metadata, "annotations", NODE_OBJECT, &annotations, err) < 0) {
        return -1;
    }
    return node_text(&annotations, ANNOTATION_INJECT, &out->inject, err);
}

int template_read(const struct node *node,
                  struct arena *arena,
                  struct template *out,
                  struct err *err)
{
    bool has_selector;

    out->pointer = node_pointer(node, arena);
    if (out->pointer == NULL) {
        return err_no_memory(err);
    }
    find_type(node, out);
    if (!template_can_mount(out)) {
        return 0;
    }
    if (template_read_node_selector(node, &has_selector, &out->windows, err) < 0 ||
        read_annotation(node, out, err) < 0 ||
        node_text(node, "podSpecPatch", &out->pod_spec_patch, err) < 0 ||
        read_section(node, arena, out, err) < 0 ||
        read_mirrors(node, arena, &out->other_mounts, err) < 0 ||
        template_read_volumes(node, arena, &out->volumes, err) < 0 ||
        read_init_containers(node, arena, &out->init_containers, err) < 0) {
        return -1;
    }
    out->has_node_selector = has_selector;
    out->memoized = json_is_object(json_object_get(node->value, "memoize"));
    return read_artifacts(node, arena, out, err);
}

int template_defaults_read(const struct node *node,
                           struct arena *arena,
                           struct template_defaults *out,
                           struct err *err)
{
    static const char *const sections[] = {
        [DEFAULTS_CONTAINER] = "container",
        [DEFAULTS_SCRIPT] = "script",
        [DEFAULTS_CONTAINER_SET] = "containerSet",
    };

    if (template_slot(node, arena, &out->slot, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < DEFAULTS_SECTIONS; i++) {
        struct node section;
        if (node_member(node, sections[i], NODE_OBJECT, &section, err) < 0 ||
            template_slot(&section, arena, &out->sections[i], err) < 0 ||
            read_own_mounts(&section, arena, &out->mounts[i], err) < 0) {
            return -1;
        }
    }
    if (node_text(node, "podSpecPatch", &out->pod_spec_patch, err) < 0 ||
        read_mirrors(node, arena, &out->other_mounts, err) < 0 ||
        template_read_volumes(node, arena, &out->volumes, err) < 0) {
        return -1;
    }
    return read_init_containers(node, arena, &out->init_containers, err);
}
