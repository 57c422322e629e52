/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/pod.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/mount_path.h"
#include "webhook/inject/template.h"

/* What read_mount() adds to. */
struct mount_reader {
    struct mount_list *mounts;
    const char *container;
};

/* What read_other() adds to, and what it says of the containers. */
struct other_reader {
    struct pod_view *pod;
    const char *role;
};

/*
 * Keep what is certain of @text: all of it, or the folders before its first variable. The kubelet
 * takes a relative path from the root.
 */
static int know_path(const char *text, struct arena *arena, struct known_path *out, struct err *err)
{
    const char *variable = strstr(text, "{{");
    size_t len = variable != NULL ? (size_t)(variable - text) : strlen(text);
    char prefix[MOUNT_PATH_MAX + 1]; /* and a slash in front */
    char normal[MOUNT_PATH_MAX];

    *out = (struct known_path){.text = text};
    while (variable != NULL && len > 0 && text[len - 1] != '/') {
        len--;
    }
    if (len == 0 || len + 1 >= sizeof(prefix)) {
        return 0;
    }
    prefix[0] = '/';
    memcpy(prefix + 1, text, len);
    prefix[len + 1] = '\0';
    if (!mount_path_normalize(text[0] == '/' ? prefix + 1 : prefix, normal)) {
        return 0;
    }
    out->exact = variable == NULL;
    out->normal = arena_strndup(arena, normal, strlen(normal));
    return out->normal != NULL ? 0 : err_no_memory(err);
}

static int read_mount(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    static const struct node_field fields[] = {
        NODE_FIELD("name", NODE_TEXT, struct mount, volume),
        NODE_FIELD("mountPath", NODE_TEXT, struct mount, path.text),
        NODE_FIELD("subPath", NODE_TEXT, struct mount, sub_path),
        NODE_FIELD("readOnly", NODE_FLAG, struct mount, read_only),
        {.key = NULL},
    };
    struct mount_reader *reader = out;
    struct mount *mount = LIST_ADD(arena, &reader->mounts->list);

    if (mount == NULL) {
        return err_no_memory(err);
    }
    mount->container = reader->container;
    if (node_read(item, fields, arena, mount, err) < 0) {
        return -1;
    }
    mount->volume = mount->volume != NULL ? mount->volume : "";
    return know_path(mount->path.text != NULL ? mount->path.text : "", arena, &mount->path, err);
}

int pod_read_mounts(const struct node *list,
                    struct arena *arena,
                    struct mount_list *out,
                    struct err *err)
{
    struct mount_reader reader = {.mounts = out};

    return node_each(list, read_mount, arena, &reader, err);
}

/* What is read of a container of any kind. */
struct container_parts {
    const char *name;
    bool mirrors;
    struct node mounts;
    struct node security_context;
    struct text_list dependencies;
};

static int read_container(const struct node *item,
                          struct arena *arena,
                          struct container_parts *out,
                          struct err *err)
{
    static const struct node_field fields[] = {
        NODE_FIELD("name", NODE_TEXT, struct container_parts, name),
        NODE_FIELD("mirrorVolumeMounts", NODE_FLAG, struct container_parts, mirrors),
        NODE_FIELD("volumeMounts", NODE_LIST, struct container_parts, mounts),
        NODE_FIELD("securityContext", NODE_OBJECT, struct container_parts, security_context),
        NODE_FIELD("dependencies", NODE_TEXTS, struct container_parts, dependencies),
        {.key = NULL},
    };

    if (node_read(item, fields, arena, out, err) < 0) {
        return -1;
    }
    out->name = out->name != NULL ? out->name : "";
    return 0;
}

/* A container beside main's, with its mounts. */
static int add_other(const struct container_parts *parts,
                     const char *role,
                     bool gets_mounts,
                     struct arena *arena,
                     struct pod_view *out,
                     struct err *err)
{
    struct other_container *other = LIST_ADD(arena, &out->others.list);
    struct mount_reader reader = {.mounts = &out->other_mounts, .container = parts->name};

    if (other == NULL) {
        return err_no_memory(err);
    }
    *other = (struct other_container){
        .name = parts->name,
        .role = role,
        .gets_mounts = gets_mounts,
    };
    return node_each(&parts->mounts, read_mount, arena, &reader, err);
}

static int read_init(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct pod_view *pod = out;
    struct init_container *container = LIST_ADD(arena, &pod->init_containers.list);
    struct container_parts parts = {0};

    if (container == NULL) {
        return err_no_memory(err);
    }
    if (read_container(item, arena, &parts, err) < 0) {
        return -1;
    }
    *container = (struct init_container){.name = parts.name, .value = item->value};
    return add_other(&parts, "init container", parts.mirrors, arena, pod, err);
}

static int read_sidecar(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct container_parts parts = {0};

    if (read_container(item, arena, &parts, err) < 0) {
        return -1;
    }
    return add_other(&parts, "side container", parts.mirrors, arena, out, err);
}

/* The member called main, or else the first one, stands for what the author runs as. */
static int read_member(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct template *template = out;
    bool first = template->members.n == 0;
    struct member *member = LIST_ADD(arena, &template->members);
    struct container_parts parts = {0};

    if (member == NULL) {
        return err_no_memory(err);
    }
    if (read_container(item, arena, &parts, err) < 0) {
        return -1;
    }
    *member = (struct member){
        .name = parts.name,
        .dependencies = parts.dependencies,
        .value = item->value,
    };
    if (first || strcmp(member->name, "main") == 0) {
        template->security_context = parts.security_context.value;
    }
    return add_other(&parts, "container set member", true, arena, &template->pod, err);
}

int pod_read_members(const struct node *list,
                     struct arena *arena,
                     struct template *out,
                     struct err *err)
{
    return node_each(list, read_member, arena, out, err);
}

static int read_volume(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct parts {
        const char *name;
        struct node claim;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("name", NODE_TEXT, struct parts, name),
        NODE_FIELD("persistentVolumeClaim", NODE_OBJECT, struct parts, claim),
        {.key = NULL},
    };
    static const struct node_field claim_fields[] = {
        NODE_FIELD("claimName", NODE_TEXT, struct volume, claim_name),
        NODE_FIELD("readOnly", NODE_FLAG, struct volume, read_only),
        {.key = NULL},
    };
    struct volume_list *volumes = out;
    struct volume *volume = LIST_ADD(arena, &volumes->list);

    if (volume == NULL) {
        return err_no_memory(err);
    }
    if (node_read(item, fields, arena, &parts, err) < 0) {
        return -1;
    }
    volume->value = item->value;
    volume->name = parts.name != NULL ? parts.name : "";
    return node_read(&parts.claim, claim_fields, arena, volume, err);
}

int pod_read_volumes(const struct node *holder,
                     const struct node *list,
                     const char *base,
                     struct arena *arena,
                     struct volume_list *out,
                     struct err *err)
{
    out->slot = template_slot(holder, list, base, "/volumes");
    return node_each(list, read_volume, arena, out, err);
}

static bool is_secret(const char *key)
{
    static const char end[] = "Secret";
    const size_t len = strlen(key);
    const size_t end_len = sizeof(end) - 1;

    return len >= end_len && strcmp(key + len - end_len, end) == 0;
}

/* The `name` of the object @secret, where it has one. */
static int
add_secret(const struct node *secret, struct arena *arena, struct text_list *out, struct err *err)
{
    const struct json_string key = json_string_of("name");
    struct node name = {.parent = secret, .key = key.bytes};
    const char **added;

    if (json_view_member(&secret->value, &key, &name.value, err) < 0) {
        return -1;
    }
    if (json_view_type(&name.value) != JSON_VIEW_STRING) {
        return 0;
    }
    added = LIST_ADD(arena, out);
    return added != NULL ? node_text(&name, arena, added, err) : err_no_memory(err);
}

/*
 * Collect the names of all Secrets below @node: the `name` of each object whose key ends in
 * "Secret" (accessKeySecret, sshPrivateKeySecret, ...). Bounded by JSON_DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion)
 */
static int
find_secrets(const struct node *node, struct arena *arena, struct text_list *out, struct err *err)
{
    struct json_walk walk = json_walk_of(&node->value);
    int status;

    if (json_view_type(&node->value) != JSON_VIEW_OBJECT) {
        return 0;
    }
    while ((status = json_walk_next(&walk, err)) > 0) {
        struct node member = {.parent = node, .value = walk.value};
        if (json_view_type(&member.value) != JSON_VIEW_OBJECT) {
            continue;
        }
        member.key = node_keep(&walk.key, arena);
        if (member.key == NULL) {
            return err_no_memory(err);
        }
        if ((is_secret(member.key) && add_secret(&member, arena, out, err) < 0) ||
            find_secrets(&member, arena, out, err) < 0) {
            return -1;
        }
    }
    return status;
}
/* NOLINTEND(misc-no-recursion) */

/* What read_artifact() adds to. */
struct artifact_reader {
    struct path_list *paths;
    struct text_list *secret_names;
};

static int read_artifact(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct parts {
        const char *path;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("path", NODE_TEXT, struct parts, path),
        {.key = NULL},
    };
    struct artifact_reader *reader = out;

    if (node_read(item, fields, arena, &parts, err) < 0) {
        return -1;
    }
    if (parts.path != NULL) {
        struct known_path *path = LIST_ADD(arena, &reader->paths->list);
        if (path == NULL) {
            return err_no_memory(err);
        }
        if (know_path(parts.path, arena, path, err) < 0) {
            return -1;
        }
    }
    return find_secrets(item, arena, reader->secret_names, err);
}

/* The artifacts of @node, `inputs` or `outputs`. */
static int read_artifacts(const struct node *node,
                          struct arena *arena,
                          struct path_list *paths,
                          struct text_list *secret_names,
                          struct err *err)
{
    struct parts {
        struct node artifacts;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("artifacts", NODE_LIST, struct parts, artifacts),
        {.key = NULL},
    };
    struct artifact_reader reader = {.paths = paths, .secret_names = secret_names};

    if (node_read(node, fields, arena, &parts, err) < 0) {
        return -1;
    }
    return node_each(&parts.artifacts, read_artifact, arena, &reader, err);
}

int pod_read_node_selector(const struct node *node,
                           struct arena *arena,
                           struct node_selector *out,
                           struct err *err)
{
    static const struct node_field fields[] = {
        NODE_FIELD("kubernetes.io/os", NODE_TEXT, struct node_selector, os),
        {.key = NULL},
    };

    if (node_read(node, fields, arena, out, err) < 0) {
        return -1;
    }
    return node_has_items(node, &out->is_present, err);
}

int pod_read(const struct node *node,
             const struct template_parts *parts,
             const char *pointer,
             struct arena *arena,
             struct pod_view *out,
             struct err *err)
{
    struct node_selector selector = {0};

    if (pod_read_node_selector(&parts->node_selector, arena, &selector, err) < 0 ||
        pod_read_volumes(node, &parts->volumes, pointer, arena, &out->volumes, err) < 0 ||
        node_each(&parts->init_containers, read_init, arena, out, err) < 0 ||
        node_each(&parts->sidecars, read_sidecar, arena, out, err) < 0 ||
        read_artifacts(&parts->inputs, arena, &out->input_artifacts, &out->secret_names, err) < 0 ||
        read_artifacts(&parts->outputs, arena, &out->output_artifacts, &out->secret_names, err) <
            0) {
        return -1;
    }
    out->init_containers.slot =
        template_slot(node, &parts->init_containers, pointer, "/initContainers");
    out->pod_spec_patch = parts->pod_spec_patch;
    out->os = selector.os;
    out->has_node_selector = selector.is_present;
    out->daemon = parts->daemon;
    out->security_context = parts->security_context.value;
    return find_secrets(&parts->archive_location, arena, &out->secret_names, err);
}
