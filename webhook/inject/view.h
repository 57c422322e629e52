/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The typed view of a workflow
 *
 * What the engine needs to know of an object of Argo's four kinds, by name, and nothing else. Only
 * those who fill it know how it is decoded; the engine sees structs. All templates stand in one
 * flat list in document order, inline ones behind the template that holds them.
 *
 *     metadata.c    names, labels, annotations: whether it opts in
 *     workflow.c    the spec
 *     templates.c   the walk over its templates
 *     template.c    one of them
 *     pod.c         and what it says of its pods
 *
 * Strings live in the request's arena; values that are only compared or copied are views of its
 * text. Field names and meanings: argo-workflows pkg/apis/workflow/v1alpha1/workflow_types.go.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_reader.h"
#include "policies/policy.h"

/* Argo documents one level of inline templates; its schema allows any. */
#define WORKFLOW_INLINE_DEPTH_MAX 16

/* Argo's CRD allows 200 in spec.templates; inline ones come on top. */
#define WORKFLOW_TEMPLATES_MAX 10000

/* Whether something can be added to a list or map of the object. */
enum slot_state {
    SLOT_NOWHERE, /* what would hold it is not there itself */
    SLOT_ABSENT,  /* or null: it must be added as a whole, to an object that is there */
    SLOT_PRESENT,
};

/* A list or map of the object that something may be added to. Its JSON Pointer is that of something
 * around it and the path from there. */
struct slot {
    const char *base;
    const char *path;
    enum slot_state state;
};

/* A path of the object, as far as it is known before Argo substitutes variables in it. */
struct known_path {
    const char *text;   /* as written */
    const char *normal; /* normal form; of the folders before the first variable when not exact */
    bool exact;         /* false: it has a variable, or cannot be normalised */
};

struct mount {
    const char *volume; /* "" when the object does not say */
    struct known_path path;
    const char *sub_path; /* NULL: none */
    bool read_only;
    const char *container; /* NULL: main's, or that of every member of a container set */
};

struct mount_list {
    LIST_OF(struct mount) list;
    struct slot slot;
};

struct volume {
    const char *name;
    const char *claim_name; /* of a persistentVolumeClaim source, else NULL */
    bool read_only;         /* likewise, else false */
    struct json_view value; /* the whole volume */
};

struct volume_list {
    LIST_OF(struct volume) list;
    struct slot slot;
};

struct claim_template {
    const char *name;
    const char *storage_class_name; /* NULL when absent */
    const char *size;               /* NULL when absent or a number */
    struct text_list access_modes;
};

struct claim_template_list {
    LIST_OF(struct claim_template) list;
    struct slot slot;
};

struct init_container {
    const char *name;
    struct json_view value;
};

struct init_container_list {
    LIST_OF(struct init_container) list;
    struct slot slot;
};

struct path_list {
    LIST_OF(struct known_path) list;
};

/*
 * A container beside main's: an init or side container, or a member of a container set. Argo gives
 * main's mounts to members, and to those with mirrorVolumeMounts, without looking at what they
 * have.
 */
struct other_container {
    const char *name;
    const char *role; /* for messages: "side container", "container set member", ... */
    bool gets_mounts;
};

struct other_container_list {
    LIST_OF(struct other_container) list;
};

/* A member of a container set. */
struct member {
    const char *name;
    struct text_list dependencies; /* members that end well before it starts */
    struct json_view value;
};

/* What a template, or templateDefaults, says of its pods beside main's container. */
struct pod_view {
    struct other_container_list others;
    struct mount_list other_mounts; /* of these containers; only its list is filled */
    struct volume_list volumes;
    struct init_container_list init_containers;
    struct path_list input_artifacts;
    struct path_list output_artifacts;
    struct text_list secret_names; /* of artifacts: Argo names volumes after them */
    const char *pod_spec_patch;
    const char *os; /* kubernetes.io/os of its nodeSelector, or NULL */
    bool has_node_selector;
    bool daemon;                       /* runs until the steps that need it are done */
    struct json_view security_context; /* of the pod, or nothing */
};

/* A template of another object that a step, task or hook runs. */
struct template_ref {
    const char *object;   /* name of the WorkflowTemplate */
    const char *template; /* name in it */
    bool cluster_scope;   /* a ClusterWorkflowTemplate */
};

struct template_ref_list {
    LIST_OF(struct template_ref) list;
};

/* In Argo's own order of precedence (Template.GetType). */
enum template_type {
    TEMPLATE_CONTAINER,
    TEMPLATE_CONTAINER_SET,
    TEMPLATE_STEPS,
    TEMPLATE_DAG,
    TEMPLATE_SCRIPT,
    TEMPLATE_RESOURCE,
    TEMPLATE_DATA,
    TEMPLATE_SUSPEND,
    TEMPLATE_HTTP,
    TEMPLATE_PLUGIN,
    TEMPLATE_UNKNOWN,
};

struct template
{
    const char *name;    /* its own, or for an inline one its step's or task's */
    const char *label;   /* for messages: the name, below those of the templates around it */
    const char *pointer; /* JSON Pointer */
    enum template_type type;
    const char *type_name; /* its key in the object: "container", ... */
    const char *inject;    /* its own hawser.dev/inject annotation, or NULL */
    bool windows;          /* runs on Windows nodes, all nodeSelectors taken together */
    bool memoized;
    struct mount_list mounts;       /* of container, script or containerSet; else empty */
    struct text_list command;       /* of container or script; empty: what the image says */
    LIST_OF(struct member) members; /* of containerSet */
    struct pod_view pod;
    struct json_view security_context; /* of the container that the author's program runs in */
};

/* The type sections of templateDefaults, each merged into templates of its type only. */
enum defaults_section {
    DEFAULTS_CONTAINER,
    DEFAULTS_SCRIPT,
    DEFAULTS_CONTAINER_SET,
    DEFAULTS_SECTIONS,
};

struct template_defaults {
    const char *pointer; /* JSON Pointer */
    struct slot slot;
    struct slot sections[DEFAULTS_SECTIONS];
    struct mount_list mounts[DEFAULTS_SECTIONS];
    struct json_view security_contexts[DEFAULTS_SECTIONS]; /* of container and script */
    struct text_list commands[DEFAULTS_SECTIONS];          /* likewise, or empty */
    struct pod_view pod;
};

/* Labels or annotations. */
struct string_map {
    LIST_OF(struct policy_label) list;
    struct slot slot;
};

struct workflow {
    enum policy_kind kind;
    const char *name;              /* metadata.name, else generateName, else "" */
    struct string_map annotations; /* those of hawser's */
    struct string_map labels;

    /* CronWorkflow: what becomes labels and annotations of the Workflows that it starts. */
    struct slot workflow_metadata;
    struct string_map workflow_labels;
    struct string_map workflow_annotations;

    /* The WorkflowSpec, which a CronWorkflow holds below spec.workflowSpec. */
    LIST_OF(struct template *) templates;
    struct template_ref_list refs;
    struct template_ref workflow_template_ref; /* object is NULL when there is none */
    struct volume_list volumes;
    struct claim_template_list claim_templates;
    struct slot volume_claim_gc;
    struct template_defaults defaults;
    const char *pod_spec_patch;
    struct json_view security_context; /* of pods whose templates have none */
    bool windows;                      /* by its own nodeSelector and that of templateDefaults */
    bool has_nodes; /* status.nodes: a memoized resubmission or an archived retry */
};

/* The value of @key, or NULL. */
const char *string_map_get(const struct string_map *map, const char *key) __attribute__((nonnull));

/* Whether a template of this type runs a container of the author's that can mount volumes. */
bool template_can_mount(const struct template *template) __attribute__((nonnull));

/* The section of templateDefaults that Argo merges into @template, which can mount. */
enum defaults_section template_defaults_section(const struct template *template)
    __attribute__((nonnull));
