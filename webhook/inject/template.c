/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/template.h"

#include "policies/annotations.h"
#include "webhook/inject/pod.h"

/* Argo's type keys. */
static const char *const type_names[] = {
    [TEMPLATE_CONTAINER] = "container", [TEMPLATE_CONTAINER_SET] = "containerSet",
    [TEMPLATE_STEPS] = "steps",         [TEMPLATE_DAG] = "dag",
    [TEMPLATE_SCRIPT] = "script",       [TEMPLATE_RESOURCE] = "resource",
    [TEMPLATE_DATA] = "data",           [TEMPLATE_SUSPEND] = "suspend",
    [TEMPLATE_HTTP] = "http",           [TEMPLATE_PLUGIN] = "plugin",
};

struct slot template_slot(const struct node *holder,
                          const struct node *member,
                          const char *base,
                          const char *path)
{
    struct slot slot = {.base = base, .path = path, .state = SLOT_PRESENT};

    if (member->value.reader == NULL) {
        slot.state = holder->value.reader != NULL ? SLOT_ABSENT : SLOT_NOWHERE;
    }
    return slot;
}

int template_read_parts(const struct node *node,
                        struct arena *arena,
                        struct template_parts *out,
                        struct err *err)
{
#define PART(literal, kind, member) NODE_FIELD(literal, kind, struct template_parts, member)
    /* What most templates have comes first: that is where it is sought first. */
    static const struct node_field fields[] = {
        PART("name", NODE_TEXT, name),
        PART("inputs", NODE_OBJECT, inputs),
        PART("container", NODE_OBJECT, sections[TEMPLATE_CONTAINER]),
        PART("outputs", NODE_OBJECT, outputs),
        PART("archiveLocation", NODE_OBJECT, archive_location),
        PART("containerSet", NODE_OBJECT, sections[TEMPLATE_CONTAINER_SET]),
        PART("daemon", NODE_FLAG, daemon),
        PART("dag", NODE_OBJECT, sections[TEMPLATE_DAG]),
        PART("data", NODE_ANY, sections[TEMPLATE_DATA]),
        PART("http", NODE_ANY, sections[TEMPLATE_HTTP]),
        PART("initContainers", NODE_LIST, init_containers),
        PART("memoize", NODE_ANY, memoize),
        PART("metadata", NODE_OBJECT, metadata),
        PART("nodeSelector", NODE_OBJECT, node_selector),
        PART("plugin", NODE_ANY, sections[TEMPLATE_PLUGIN]),
        PART("podSpecPatch", NODE_TEXT, pod_spec_patch),
        PART("resource", NODE_ANY, sections[TEMPLATE_RESOURCE]),
        PART("script", NODE_OBJECT, sections[TEMPLATE_SCRIPT]),
        PART("securityContext", NODE_OBJECT, security_context),
        PART("sidecars", NODE_LIST, sidecars),
        PART("steps", NODE_LIST, sections[TEMPLATE_STEPS]),
        PART("suspend", NODE_ANY, sections[TEMPLATE_SUSPEND]),
        PART("volumes", NODE_LIST, volumes),
        {.key = NULL},
    };
#undef PART

    return node_read(node, fields, arena, out, err);
}

/* The type is the one key of a type that is there. None is a type that a later Argo may know; two
 * Argo refuses. Neither is ours to touch. */
static void find_type(const struct template_parts *parts, struct template *out)
{
    size_t found = 0;

    out->type = TEMPLATE_UNKNOWN;
    out->type_name = "of unknown type";
    for (unsigned int i = 0; i < TEMPLATE_UNKNOWN; i++) {
        if (parts->sections[i].value.reader != NULL && found++ == 0) {
            out->type = (enum template_type)i;
            out->type_name = type_names[i];
        }
    }
    if (found > 1) {
        out->type = TEMPLATE_UNKNOWN;
        out->type_name = "of several types";
    }
}

/* A container, script or containerSet. */
struct section_parts {
    struct node mounts;
    struct node security_context;
    struct node containers;
    struct text_list command;
};

static int read_section_parts(const struct node *section,
                              struct arena *arena,
                              struct section_parts *out,
                              struct err *err)
{
    static const struct node_field fields[] = {
        NODE_FIELD("command", NODE_TEXTS, struct section_parts, command),
        NODE_FIELD("containers", NODE_LIST, struct section_parts, containers),
        NODE_FIELD("securityContext", NODE_OBJECT, struct section_parts, security_context),
        NODE_FIELD("volumeMounts", NODE_LIST, struct section_parts, mounts),
        {.key = NULL},
    };

    return node_read(section, fields, arena, out, err);
}

/* Where the mounts of a section are, from its template or templateDefaults. */
static const char *mounts_path(enum template_type type)
{
    if (type == TEMPLATE_CONTAINER) {
        return "/container/volumeMounts";
    }
    return type == TEMPLATE_SCRIPT ? "/script/volumeMounts" : "/containerSet/volumeMounts";
}

/* The part of a template that only those with containers of the author's have. */
static int
read_section(const struct node *section, struct arena *arena, struct template *out, struct err *err)
{
    struct section_parts parts = {0};

    if (read_section_parts(section, arena, &parts, err) < 0) {
        return -1;
    }
    out->mounts.slot = template_slot(section, &parts.mounts, out->pointer, mounts_path(out->type));
    if (pod_read_mounts(&parts.mounts, arena, &out->mounts, err) < 0) {
        return -1;
    }
    if (out->type == TEMPLATE_CONTAINER_SET) {
        return pod_read_members(&parts.containers, arena, out, err);
    }
    out->security_context = parts.security_context.value;
    out->command = parts.command;
    return 0;
}

static int read_annotation(const struct node *metadata,
                           struct arena *arena,
                           struct template *out,
                           struct err *err)
{
    struct parts {
        struct node annotations;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("annotations", NODE_OBJECT, struct parts, annotations),
        {.key = NULL},
    };
    static const struct node_field annotation_fields[] = {
        NODE_FIELD(ANNOTATION_INJECT, NODE_TEXT, struct template, inject),
        {.key = NULL},
    };

    if (node_read(metadata, fields, arena, &parts, err) < 0) {
        return -1;
    }
    return node_read(&parts.annotations, annotation_fields, arena, out, err);
}

int template_read(const struct node *node,
                  const struct template_parts *parts,
                  struct arena *arena,
                  struct template *out,
                  struct err *err)
{
    out->pointer = node_pointer(node, arena);
    if (out->pointer == NULL) {
        return err_no_memory(err);
    }
    find_type(parts, out);
    if (!template_can_mount(out)) {
        return 0;
    }
    out->memoized = json_view_type(&parts->memoize.value) == JSON_VIEW_OBJECT;
    if (read_annotation(&parts->metadata, arena, out, err) < 0 ||
        read_section(&parts->sections[out->type], arena, out, err) < 0) {
        return -1;
    }
    return pod_read(node, parts, out->pointer, arena, &out->pod, err);
}

/* The sections of templateDefaults, as types of templates. */
static const enum template_type section_types[DEFAULTS_SECTIONS] = {
    [DEFAULTS_CONTAINER] = TEMPLATE_CONTAINER,
    [DEFAULTS_SCRIPT] = TEMPLATE_SCRIPT,
    [DEFAULTS_CONTAINER_SET] = TEMPLATE_CONTAINER_SET,
};

static int read_default_section(const struct node *defaults,
                                const struct node *node,
                                enum defaults_section section,
                                struct arena *arena,
                                struct template_defaults *out,
                                struct err *err)
{
    static const char *const paths[] = {
        [DEFAULTS_CONTAINER] = "/container",
        [DEFAULTS_SCRIPT] = "/script",
        [DEFAULTS_CONTAINER_SET] = "/containerSet",
    };
    struct section_parts parts = {0};

    if (read_section_parts(node, arena, &parts, err) < 0) {
        return -1;
    }
    out->sections[section] = template_slot(defaults, node, out->pointer, paths[section]);
    out->security_contexts[section] = parts.security_context.value;
    out->commands[section] = parts.command;
    out->mounts[section].slot =
        template_slot(node, &parts.mounts, out->pointer, mounts_path(section_types[section]));
    return pod_read_mounts(&parts.mounts, arena, &out->mounts[section], err);
}

int template_defaults_read(const struct node *spec,
                           const struct node *node,
                           const char *base,
                           struct arena *arena,
                           struct template_defaults *out,
                           struct err *err)
{
    struct template_parts parts = {0};

    out->slot = template_slot(spec, node, base, "/templateDefaults");
    out->pointer = arena_printf(arena, "%s%s", out->slot.base, out->slot.path);
    if (out->pointer == NULL) {
        return err_no_memory(err);
    }
    if (template_read_parts(node, arena, &parts, err) < 0) {
        return -1;
    }
    for (unsigned int i = 0; i < DEFAULTS_SECTIONS; i++) {
        if (read_default_section(node, &parts.sections[section_types[i]], (enum defaults_section)i,
                                 arena, out, err) < 0) {
            return -1;
        }
    }
    return pod_read(node, &parts, out->pointer, arena, &out->pod, err);
}
