/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tree/tree_template.h"

#include <string.h>

#include "policies/annotations.h"
#include "policies/mount_path.h"
#include "tests/tree/tree.h"

/* Argo's type keys, in the order of enum template_type. */
static const char *const type_names[] = {
    "container", "containerSet", "steps",   "dag",  "script",
    "resource",  "data",         "suspend", "http", "plugin",
};

/* What read_mount() adds to. */
struct mount_reader {
    struct mount_list *mounts;
    const char *container;
};

int tree_template_slot(const struct tree_node *node,
                       struct arena *arena,
                       struct slot *out,
                       struct err *err)
{
    out->base = tree_node_pointer(node, arena);
    out->path = "";
    out->state = node->value != NULL ? SLOT_PRESENT : SLOT_ABSENT;
    return out->base != NULL ? 0 : err_no_memory(err);
}

/*
 * Keep what is certain of @text: all of it, or the folders before its first variable. The kubelet
 * takes a relative path from the root.
 */
static int know_path(const char *text, struct arena *arena, struct known_path *out, struct err *err)
{
    const char *variable = strstr(text, "{{");
    size_t len = variable != NULL ? (size_t)(variable - text) : strlen(text);
    char normal[MOUNT_PATH_MAX];
    const char *prefix;

    *out = (struct known_path){.text = text};
    while (variable != NULL && len > 0 && text[len - 1] != '/') {
        len--;
    }
    if (len == 0) {
        return 0;
    }
    prefix = arena_printf(arena, "%s%.*s", text[0] != '/' ? "/" : "", (int)len, text);
    if (prefix == NULL) {
        return err_no_memory(err);
    }
    if (!mount_path_normalize(prefix, normal)) {
        return 0;
    }
    out->exact = variable == NULL;
    out->normal = arena_strndup(arena, normal, strlen(normal));
    return out->normal != NULL ? 0 : err_no_memory(err);
}

static int read_mount(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct mount_reader *reader = out;
    struct mount *mount = LIST_ADD(arena, &reader->mounts->list);
    const char *path = NULL;

    if (mount == NULL) {
        return err_no_memory(err);
    }
    mount->container = reader->container;
    if (tree_node_text(item, "name", &mount->volume, err) < 0 ||
        tree_node_text(item, "mountPath", &path, err) < 0 ||
        tree_node_text(item, "subPath", &mount->sub_path, err) < 0 ||
        tree_node_flag(item, "readOnly", &mount->read_only, err) < 0) {
        return -1;
    }
    mount->volume = mount->volume != NULL ? mount->volume : "";
    return know_path(path != NULL ? path : "", arena, &mount->path, err);
}

/* The `volumeMounts` of the container or set at @node. */
static int read_mounts(const struct tree_node *node,
                       const char *container,
                       struct arena *arena,
                       struct mount_list *out,
                       struct err *err)
{
    struct mount_reader reader = {.mounts = out, .container = container};

    return tree_node_each(node, "volumeMounts", read_mount, arena, &reader, err);
}

/* The same with the place of the list, to which mounts may be added. */
static int read_own_mounts(const struct tree_node *node,
                           struct arena *arena,
                           struct mount_list *out,
                           struct err *err)
{
    struct tree_node list;

    if (tree_node_member(node, "volumeMounts", TREE_LIST, &list, err) < 0 ||
        tree_template_slot(&list, arena, &out->slot, err) < 0) {
        return -1;
    }
    return read_mounts(node, NULL, arena, out, err);
}

/* A container beside main's, with its mounts. */
static int read_other(const struct tree_node *item,
                      const char *role,
                      bool gets_mounts,
                      struct arena *arena,
                      struct pod_view *out,
                      struct err *err)
{
    struct other_container *other = LIST_ADD(arena, &out->others.list);

    if (other == NULL) {
        return err_no_memory(err);
    }
    other->role = role;
    other->gets_mounts = gets_mounts;
    if (tree_node_text(item, "name", &other->name, err) < 0) {
        return -1;
    }
    other->name = other->name != NULL ? other->name : "";
    return read_mounts(item, other->name, arena, &out->other_mounts, err);
}

static int read_mirror(const struct tree_node *item,
                       const char *role,
                       struct arena *arena,
                       struct pod_view *out,
                       struct err *err)
{
    bool mirrors;

    if (tree_node_flag(item, "mirrorVolumeMounts", &mirrors, err) < 0) {
        return -1;
    }
    return read_other(item, role, mirrors, arena, out, err);
}

static int read_init(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    return read_mirror(item, "init container", arena, out, err);
}

static int
read_sidecar(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    return read_mirror(item, "side container", arena, out, err);
}

/* The member called main, or else the first one, stands for what the author runs as. */
static int
read_member(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct template *template = out;
    bool first = template->members.n == 0;
    struct member *member = LIST_ADD(arena, &template->members);
    struct tree_node context;

    if (member == NULL) {
        return err_no_memory(err);
    }
    if (tree_node_text(item, "name", &member->name, err) < 0 ||
        tree_node_texts(item, "dependencies", arena, &member->dependencies, err) < 0 ||
        tree_node_member(item, "securityContext", TREE_OBJECT, &context, err) < 0 ||
        read_other(item, "container set member", true, arena, &template->pod, err) < 0) {
        return -1;
    }
    member->name = member->name != NULL ? member->name : "";
    if ((first || strcmp(member->name, "main") == 0) &&
        tree_view(context.value, arena, &template->security_context, err) < 0) {
        return -1;
    }
    return tree_view(item->value, arena, &member->value, err);
}

static int
read_volume(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct volume_list *volumes = out;
    struct volume *volume = LIST_ADD(arena, &volumes->list);
    struct tree_node claim;

    if (volume == NULL) {
        return err_no_memory(err);
    }
    if (tree_node_text(item, "name", &volume->name, err) < 0 ||
        tree_node_member(item, "persistentVolumeClaim", TREE_OBJECT, &claim, err) < 0 ||
        tree_node_text(&claim, "claimName", &volume->claim_name, err) < 0 ||
        tree_node_flag(&claim, "readOnly", &volume->read_only, err) < 0) {
        return -1;
    }
    volume->name = volume->name != NULL ? volume->name : "";
    return tree_view(item->value, arena, &volume->value, err);
}

int tree_template_read_volumes(const struct tree_node *parent,
                               struct arena *arena,
                               struct volume_list *out,
                               struct err *err)
{
    struct tree_node list;

    if (tree_node_member(parent, "volumes", TREE_LIST, &list, err) < 0 ||
        tree_template_slot(&list, arena, &out->slot, err) < 0) {
        return -1;
    }
    return tree_node_each(parent, "volumes", read_volume, arena, out, err);
}

static int
read_init_container(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct init_container_list *containers = out;
    struct init_container *container = LIST_ADD(arena, &containers->list);

    if (container == NULL) {
        return err_no_memory(err);
    }
    if (tree_node_text(item, "name", &container->name, err) < 0) {
        return -1;
    }
    container->name = container->name != NULL ? container->name : "";
    return tree_view(item->value, arena, &container->value, err);
}

static int read_init_containers(const struct tree_node *node,
                                struct arena *arena,
                                struct init_container_list *out,
                                struct err *err)
{
    struct tree_node list;

    if (tree_node_member(node, "initContainers", TREE_LIST, &list, err) < 0 ||
        tree_template_slot(&list, arena, &out->slot, err) < 0) {
        return -1;
    }
    return tree_node_each(node, "initContainers", read_init_container, arena, out, err);
}

static int
read_artifact_path(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct path_list *paths = out;
    struct known_path *path;
    const char *text = NULL;

    if (tree_node_text(item, "path", &text, err) < 0) {
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

static int add_secret(
    const char *key, json_t *value, struct arena *arena, struct text_list *out, struct err *err)
{
    const char *name = json_string_value(json_object_get(value, "name"));
    const char **added;

    if (name == NULL || !ends_with(key, "Secret")) {
        return 0;
    }
    added = LIST_ADD(arena, out);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = name;
    return 0;
}

/*
 * Collect the names of all Secrets below @value: the `name` of each object whose key ends in
 * "Secret" (accessKeySecret, sshPrivateKeySecret, ...). Bounded by JSON_DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion)
 */
static int find_secrets(json_t *value, struct arena *arena, struct text_list *out, struct err *err)
{
    const char *key;
    json_t *member;

    json_object_foreach (value, key, member) {
        if (add_secret(key, member, arena, out, err) < 0 ||
            find_secrets(member, arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}
/* NOLINTEND(misc-no-recursion) */

static int
read_artifact_secrets(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    return find_secrets(item->value, arena, out, err);
}

static int read_artifacts(const struct tree_node *node,
                          struct arena *arena,
                          struct pod_view *out,
                          struct err *err)
{
    struct tree_node inputs;
    struct tree_node outputs;
    struct tree_node archive;

    if (tree_node_member(node, "inputs", TREE_OBJECT, &inputs, err) < 0 ||
        tree_node_member(node, "outputs", TREE_OBJECT, &outputs, err) < 0 ||
        tree_node_member(node, "archiveLocation", TREE_OBJECT, &archive, err) < 0 ||
        tree_node_each(&inputs, "artifacts", read_artifact_path, arena, &out->input_artifacts,
                       err) < 0 ||
        tree_node_each(&outputs, "artifacts", read_artifact_path, arena, &out->output_artifacts,
                       err) < 0 ||
        tree_node_each(&inputs, "artifacts", read_artifact_secrets, arena, &out->secret_names,
                       err) < 0 ||
        tree_node_each(&outputs, "artifacts", read_artifact_secrets, arena, &out->secret_names,
                       err) < 0) {
        return -1;
    }
    return find_secrets(archive.value, arena, &out->secret_names, err);
}

int tree_template_read_node_selector(const struct tree_node *parent,
                                     bool *present,
                                     const char **os,
                                     struct err *err)
{
    struct tree_node selector;

    if (tree_node_member(parent, "nodeSelector", TREE_OBJECT, &selector, err) < 0 ||
        tree_node_text(&selector, "kubernetes.io/os", os, err) < 0) {
        return -1;
    }
    *present = json_object_size(selector.value) > 0;
    return 0;
}

/* What templates and templateDefaults have in common. */
static int
read_pod(const struct tree_node *node, struct arena *arena, struct pod_view *out, struct err *err)
{
    struct tree_node context;

    if (tree_template_read_node_selector(node, &out->has_node_selector, &out->os, err) < 0 ||
        tree_node_text(node, "podSpecPatch", &out->pod_spec_patch, err) < 0 ||
        tree_node_flag(node, "daemon", &out->daemon, err) < 0 ||
        tree_node_member(node, "securityContext", TREE_OBJECT, &context, err) < 0 ||
        tree_node_each(node, "initContainers", read_init, arena, out, err) < 0 ||
        tree_node_each(node, "sidecars", read_sidecar, arena, out, err) < 0 ||
        tree_template_read_volumes(node, arena, &out->volumes, err) < 0 ||
        read_init_containers(node, arena, &out->init_containers, err) < 0) {
        return -1;
    }
    if (tree_view(context.value, arena, &out->security_context, err) < 0) {
        return -1;
    }
    return read_artifacts(node, arena, out, err);
}

/* The type is the one key of a type that is there. None is a type that a later Argo may know; two
 * Argo refuses. Neither is ours to touch. */
static void find_type(const struct tree_node *node, struct template *out)
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
static int read_section(const struct tree_node *node,
                        struct arena *arena,
                        struct template *out,
                        struct err *err)
{
    struct tree_node section;
    struct tree_node context;

    if (tree_node_member(node, out->type_name, TREE_OBJECT, &section, err) < 0 ||
        tree_node_member(&section, "securityContext", TREE_OBJECT, &context, err) < 0 ||
        read_own_mounts(&section, arena, &out->mounts, err) < 0) {
        return -1;
    }
    if (out->type != TEMPLATE_CONTAINER_SET) {
        if (tree_view(context.value, arena, &out->security_context, err) < 0) {
            return -1;
        }
        return tree_node_texts(&section, "command", arena, &out->command, err);
    }
    return tree_node_each(&section, "containers", read_member, arena, out, err);
}

static int read_annotation(const struct tree_node *node, struct template *out, struct err *err)
{
    struct tree_node metadata;
    struct tree_node annotations;

    if (tree_node_member(node, "metadata", TREE_OBJECT, &metadata, err) < 0 ||
        tree_node_member(&metadata, "annotations", TREE_OBJECT, &annotations, err) < 0) {
        return -1;
    }
    return tree_node_text(&annotations, ANNOTATION_INJECT, &out->inject, err);
}

int tree_template_read(const struct tree_node *node,
                       struct arena *arena,
                       struct template *out,
                       struct err *err)
{
    out->pointer = tree_node_pointer(node, arena);
    if (out->pointer == NULL) {
        return err_no_memory(err);
    }
    find_type(node, out);
    if (!template_can_mount(out)) {
        return 0;
    }
    out->memoized = json_is_object(json_object_get(node->value, "memoize"));
    if (read_annotation(node, out, err) < 0 || read_section(node, arena, out, err) < 0) {
        return -1;
    }
    return read_pod(node, arena, &out->pod, err);
}

static int read_default_section(const struct tree_node *node,
                                const char *key,
                                enum defaults_section section,
                                struct arena *arena,
                                struct template_defaults *out,
                                struct err *err)
{
    struct tree_node value;
    struct tree_node context;

    if (tree_node_member(node, key, TREE_OBJECT, &value, err) < 0 ||
        tree_template_slot(&value, arena, &out->sections[section], err) < 0 ||
        tree_node_member(&value, "securityContext", TREE_OBJECT, &context, err) < 0 ||
        tree_node_texts(&value, "command", arena, &out->commands[section], err) < 0) {
        return -1;
    }
    if (tree_view(context.value, arena, &out->security_contexts[section], err) < 0) {
        return -1;
    }
    return read_own_mounts(&value, arena, &out->mounts[section], err);
}

int tree_template_defaults_read(const struct tree_node *node,
                                struct arena *arena,
                                struct template_defaults *out,
                                struct err *err)
{
    static const char *const sections[] = {
        [DEFAULTS_CONTAINER] = "container",
        [DEFAULTS_SCRIPT] = "script",
        [DEFAULTS_CONTAINER_SET] = "containerSet",
    };

    if (tree_template_slot(node, arena, &out->slot, err) < 0) {
        return -1;
    }
    out->pointer = out->slot.base;
    for (size_t i = 0; i < DEFAULTS_SECTIONS; i++) {
        if (read_default_section(node, sections[i], (enum defaults_section)i, arena, out, err) <
            0) {
            return -1;
        }
    }
    return read_pod(node, arena, &out->pod, err);
}
