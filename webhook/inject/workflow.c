/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/workflow.h"

#include <string.h>

#include "base/json.h"
#include "policies/annotations.h"
#include "webhook/inject/template.h"

/* Bytes of a template's name in a label, which every template inside it repeats. Argo's names are
 * shorter (argo-workflows workflow/validate/validate.go). */
#define LABEL_PART_MAX 128

/* What the walk over templates carries along. */
struct walk {
    struct workflow *workflow;
    const char *label; /* of the template whose steps or tasks are read */
    size_t depth;      /* of inline templates */
};

/* The pairs of the map called @name in @metadata whose keys start with @prefix. */
static int read_string_map(const struct node *metadata,
                           const char *name,
                           const char *prefix,
                           struct arena *arena,
                           struct string_map *out,
                           struct err *err)
{
    struct node map;
    const char *key;
    json_t *value;

    if (node_member(metadata, name, NODE_OBJECT, &map, err) < 0 ||
        template_slot(&map, arena, &out->slot, err) < 0) {
        return -1;
    }
    json_object_foreach (map.value, key, value) {
        const char *text = NULL;
        struct policy_label *pair;
        if (strncmp(key, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (node_text(&map, key, &text, err) < 0) {
            return -1;
        }
        pair = LIST_ADD(arena, &out->list);
        if (pair == NULL) {
            return err_no_memory(err);
        }
        *pair = (struct policy_label){.key = key, .value = text != NULL ? text : ""};
    }
    return 0;
}

int workflow_read_metadata(json_t *object,
                           enum policy_kind kind,
                           struct arena *arena,
                           struct workflow *out,
                           struct err *err)
{
    const struct node top = {.value = object};
    struct node metadata;
    const char *generate_name = NULL;

    out->kind = kind;
    if (node_member(&top, "metadata", NODE_OBJECT, &metadata, err) < 0) {
        return -1;
    }
    if (metadata.value == NULL) {
        return node_error(&metadata, err, "expected an object, found nothing");
    }
    if (node_text(&metadata, "name", &out->name, err) < 0 ||
        node_text(&metadata, "generateName", &generate_name, err) < 0) {
        return -1;
    }
    if (out->name == NULL) {
        out->name = generate_name != NULL ? generate_name : "";
    }
    if (read_string_map(&metadata, "labels", "", arena, &out->labels, err) < 0) {
        return -1;
    }
    return read_string_map(&metadata, "annotations", ANNOTATION_PREFIX, arena, &out->annotations,
                           err);
}

static int
add_ref(const struct node *ref, struct arena *arena, struct template_ref_list *out, struct err *err)
{
    struct template_ref *added;

    if (ref->value == NULL) {
        return 0;
    }
    added = LIST_ADD(arena, &out->list);
    if (added == NULL) {
        return err_no_memory(err);
    }
    if (node_text(ref, "name", &added->object, err) < 0 ||
        node_text(ref, "template", &added->template, err) < 0 ||
        node_flag(ref, "clusterScope", &added->cluster_scope, err) < 0) {
        return -1;
    }
    added->object = added->object != NULL ? added->object : "";
    added->template = added->template != NULL ? added->template : "";
    return 0;
}

/* `hooks` is a map from names to steps without inline templates. */
static int
read_hooks(const struct node *parent, struct arena *arena, struct workflow *out, struct err *err)
{
    struct node hooks;
    const char *key;
    json_t *value;

    if (node_member(parent, "hooks", NODE_OBJECT, &hooks, err) < 0) {
        return -1;
    }
    json_object_foreach (hooks.value, key, value) {
        struct node hook;
        struct node ref;
        if (node_member(&hooks, key, NODE_OBJECT, &hook, err) < 0 ||
            node_member(&hook, "templateRef", NODE_OBJECT, &ref, err) < 0 ||
            add_ref(&ref, arena, &out->refs, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* How much of @text a label repeats: whole characters of at most LABEL_PART_MAX bytes. */
static int label_part(const char *text)
{
    size_t len = strnlen(text, LABEL_PART_MAX);

    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return (int)len;
}

/* "build", or "main.build" inside a template labelled "main"; NULL when @arena is full. */
static const char *make_label(const char *outer, const char *name, struct arena *arena)
{
    if (outer == NULL) {
        return arena_printf(arena, "%.*s", label_part(name), name);
    }
    return arena_printf(arena, "%.*s.%.*s", label_part(outer), outer, label_part(name), name);
}

/* The walk over templates recurses: bounded by WORKFLOW_INLINE_DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion) */
static int read_template(const struct node *node,
                         const char *name,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err);

/*
 * A step or task: Argo takes inline before templateRef before template (argo-workflows
 * workflow/templateresolution/context.go).
 */
static int read_step(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    const struct walk *walk = out;
    const char *name = NULL;
    struct node template;
    struct node ref;

    if (node_text(item, "name", &name, err) < 0 ||
        node_member(item, "inline", NODE_OBJECT, &template, err) < 0 ||
        node_member(item, "templateRef", NODE_OBJECT, &ref, err) < 0 ||
        read_hooks(item, arena, walk->workflow, err) < 0) {
        return -1;
    }
    name = name != NULL ? name : "";
    if (template.value != NULL) {
        return read_template(&template, name, walk, arena, err);
    }
    return add_ref(&ref, arena, &walk->workflow->refs, err);
}

/* `steps` is a list of lists: groups that run side by side, one group after the other. */
static int
read_steps(const struct node *node, const struct walk *walk, struct arena *arena, struct err *err)
{
    struct node groups;

    if (node_member(node, "steps", NODE_LIST, &groups, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(groups.value); i++) {
        struct node group = {.parent = &groups, .index = i};
        group.value = json_array_get(groups.value, i);
        if (!json_is_array(group.value)) {
            return node_error(&group, err, "expected a list of steps, found %s",
                              json_type_name(group.value));
        }
        for (size_t k = 0; k < json_array_size(group.value); k++) {
            struct node step = {.parent = &group, .index = k};
            step.value = json_array_get(group.value, k);
            struct walk inside = *walk;
            if (!json_is_object(step.value)) {
                return node_error(&step, err, "expected a step, an object");
            }
            if (read_step(&step, arena, &inside, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int read_children(const struct node *node,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err)
{
    struct walk inside = *walk;
    struct node dag;

    if (node_member(node, "dag", NODE_OBJECT, &dag, err) < 0 ||
        node_each(&dag, "tasks", read_step, arena, &inside, err) < 0) {
        return -1;
    }
    return read_steps(node, walk, arena, err);
}

static int read_template(const struct node *node,
                         const char *name,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err)
{
    struct template *template = LIST_ADD(arena, &walk->workflow->templates);
    struct walk inside = {.workflow = walk->workflow, .depth = walk->depth + 1};
    const char *own_name = NULL;

    if (template == NULL) {
        return err_no_memory(err);
    }
    if (walk->workflow->templates.n > WORKFLOW_TEMPLATES_MAX) {
        return node_error(node, err, "the object has more than %d templates",
                          WORKFLOW_TEMPLATES_MAX);
    }
    if (walk->depth > WORKFLOW_INLINE_DEPTH_MAX) {
        return node_error(node, err, "inline templates are nested deeper than %d levels",
                          WORKFLOW_INLINE_DEPTH_MAX);
    }
    if (node_text(node, "name", &own_name, err) < 0) {
        return -1;
    }
    if (own_name == NULL || own_name[0] == '\0') {
        own_name = name;
    }
    template->name = own_name;
    template->label = make_label(walk->label, own_name, arena);
    inside.label = template->label;
    if (inside.label == NULL) {
        return err_no_memory(err);
    }
    if (template_read(node, arena, template, err) < 0) {
        return -1;
    }
    return read_children(node, &inside, arena, err);
}
/* NOLINTEND(misc-no-recursion) */

/* A member of spec.templates, which must have a name: steps and tasks call it by that. */
static int
read_named_template(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct walk walk = {.workflow = out};
    const char *name = NULL;

    if (node_text(item, "name", &name, err) < 0) {
        return -1;
    }
    if (name == NULL || name[0] == '\0') {
        return node_error(item, err, "a template without a name; expected 'name'");
    }
    return read_template(item, name, &walk, arena, err);
}

/* Steps and tasks call templates by name: spec.templates must not repeat one. */
static int check_names(const struct node *spec, struct err *err)
{
    const json_t *templates = json_object_get(spec->value, "templates");
    json_auto_t *seen = json_object();
    size_t i;
    const json_t *template;

    if (seen == NULL) {
        return err_no_memory(err);
    }
    json_array_foreach (templates, i, template) {
        const char *name = json_string_value(json_object_get(template, "name"));
        if (json_object_get(seen, name) != NULL) {
            return node_error(spec, err, "two templates are called '%s'; names must differ", name);
        }
        if (json_object_set_new(seen, name, json_true()) < 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

static int
read_templates(const struct node *spec, struct arena *arena, struct workflow *out, struct err *err)
{
    struct node ref;

    if (node_member(spec, "workflowTemplateRef", NODE_OBJECT, &ref, err) < 0 ||
        node_text(&ref, "name", &out->workflow_template_ref.object, err) < 0 ||
        node_flag(&ref, "clusterScope", &out->workflow_template_ref.cluster_scope, err) < 0 ||
        node_each(spec, "templates", read_named_template, arena, out, err) < 0 ||
        check_names(spec, err) < 0) {
        return -1;
    }
    if (ref.value != NULL && out->workflow_template_ref.object == NULL) {
        return node_error(&ref, err, "expected 'name', the name of a WorkflowTemplate");
    }
    if (ref.value != NULL && out->templates.n > 0) {
        return node_error(spec, err, "templates and workflowTemplateRef: Argo accepts one of them");
    }
    if (ref.value == NULL && out->templates.n == 0) {
        return node_error(spec, err, "no templates; expected 'templates' with one at least");
    }
    return 0;
}

static int
read_claim_template(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct claim_template_list *claims = out;
    struct claim_template *claim = LIST_ADD(arena, &claims->list);
    struct node metadata;
    struct node spec;
    struct node resources;
    struct node requests;
    struct node modes;

    if (claim == NULL) {
        return err_no_memory(err);
    }
    if (node_member(item, "metadata", NODE_OBJECT, &metadata, err) < 0 ||
        node_text(&metadata, "name", &claim->name, err) < 0 ||
        node_member(item, "spec", NODE_OBJECT, &spec, err) < 0 ||
        node_text(&spec, "storageClassName", &claim->storage_class_name, err) < 0 ||
        node_member(&spec, "accessModes", NODE_LIST, &modes, err) < 0 ||
        node_member(&spec, "resources", NODE_OBJECT, &resources, err) < 0 ||
        node_member(&resources, "requests", NODE_OBJECT, &requests, err) < 0) {
        return -1;
    }
    claim->name = claim->name != NULL ? claim->name : "";
    claim->size = json_string_value(json_object_get(requests.value, "storage"));
    for (size_t i = 0; i < json_array_size(modes.value); i++) {
        const char *mode = json_string_value(json_array_get(modes.value, i));
        const char **added = LIST_ADD(arena, &claim->access_modes);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = mode != NULL ? mode : "";
    }
    return 0;
}

static bool is_windows(const char *os)
{
    return os != NULL && strcmp(os, "windows") == 0;
}

/*
 * Argo merges the nodeSelector of templateDefaults into that of a template, and takes that of the
 * workflow where neither has one.
 */
static int read_node_selectors(const struct node *spec, struct workflow *out, struct err *err)
{
    const struct pod_view *defaults = &out->defaults.pod;
    const char *workflow_os = NULL;
    bool present;

    if (template_read_node_selector(spec, &present, &workflow_os, err) < 0) {
        return -1;
    }
    out->windows = is_windows(defaults->has_node_selector ? defaults->os : workflow_os);
    for (size_t i = 0; i < out->templates.n; i++) {
        struct template *template = &out->templates.items[i];
        const char *os = template->pod.os != NULL ? template->pod.os : defaults->os;
        template->windows = template->pod.has_node_selector ? is_windows(os) : out->windows;
    }
    return 0;
}

static int read_workflow_spec(const struct node *spec,
                              struct arena *arena,
                              struct workflow *out,
                              struct err *err)
{
    struct node context;
    struct node claims;
    struct node gc;
    struct node defaults;

    if (spec->value == NULL) {
        return node_error(spec, err, "expected an object, found nothing");
    }
    if (read_templates(spec, arena, out, err) < 0 || read_hooks(spec, arena, out, err) < 0 ||
        template_read_volumes(spec, arena, &out->volumes, err) < 0 ||
        node_member(spec, "volumeClaimTemplates", NODE_LIST, &claims, err) < 0 ||
        template_slot(&claims, arena, &out->claim_templates.slot, err) < 0 ||
        node_each(spec, "volumeClaimTemplates", read_claim_template, arena, &out->claim_templates,
                  err) < 0 ||
        node_member(spec, "volumeClaimGC", NODE_OBJECT, &gc, err) < 0 ||
        template_slot(&gc, arena, &out->volume_claim_gc, err) < 0 ||
        node_text(spec, "podSpecPatch", &out->pod_spec_patch, err) < 0 ||
        node_member(spec, "securityContext", NODE_OBJECT, &context, err) < 0 ||
        node_member(spec, "templateDefaults", NODE_OBJECT, &defaults, err) < 0) {
        return -1;
    }
    if (template_defaults_read(&defaults, arena, &out->defaults, err) < 0) {
        return -1;
    }
    out->security_context = context.value;
    return read_node_selectors(spec, out, err);
}

static int read_cron_workflow(const struct node *spec,
                              struct arena *arena,
                              struct workflow *out,
                              struct err *err)
{
    struct node metadata;
    struct node workflow_spec;

    if (node_member(spec, "workflowMetadata", NODE_OBJECT, &metadata, err) < 0 ||
        template_slot(&metadata, arena, &out->workflow_metadata, err) < 0 ||
        read_string_map(&metadata, "annotations", ANNOTATION_PREFIX, arena,
                        &out->workflow_annotations, err) < 0 ||
        read_string_map(&metadata, "labels", "", arena, &out->workflow_labels, err) < 0 ||
        node_member(spec, "workflowSpec", NODE_OBJECT, &workflow_spec, err) < 0) {
        return -1;
    }
    return read_workflow_spec(&workflow_spec, arena, out, err);
}

int workflow_read_spec(json_t *object,
                       struct arena *arena,
                       struct workflow *workflow,
                       struct err *err)
{
    const struct node top = {.value = object};
    struct node spec;
    struct node status;
    struct node nodes;

    if (node_member(&top, "spec", NODE_OBJECT, &spec, err) < 0) {
        return -1;
    }
    if (workflow->kind == POLICY_CRON_WORKFLOW) {
        return read_cron_workflow(&spec, arena, workflow, err);
    }
    if (node_member(&top, "status", NODE_OBJECT, &status, err) < 0 ||
        node_member(&status, "nodes", NODE_OBJECT, &nodes, err) < 0) {
        return -1;
    }
    workflow->has_nodes = json_object_size(nodes.value) > 0;
    return read_workflow_spec(&spec, arena, workflow, err);
}
