/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>

#include "base/json.h"
#include "policies/annotations.h"
#include "tests/tree/tree.h"
#include "tests/tree/tree_template.h"

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
static int read_string_map(const struct tree_node *metadata,
                           const char *name,
                           const char *prefix,
                           struct arena *arena,
                           struct string_map *out,
                           struct err *err)
{
    struct tree_node map;
    const char *key;
    json_t *value;

    if (tree_node_member(metadata, name, TREE_OBJECT, &map, err) < 0 ||
        tree_template_slot(&map, arena, &out->slot, err) < 0) {
        return -1;
    }
    json_object_foreach (map.value, key, value) {
        const char *text = NULL;
        struct policy_label *pair;
        if (strncmp(key, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (tree_node_text(&map, key, &text, err) < 0) {
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

static int read_metadata(json_t *object,
                         enum policy_kind kind,
                         struct arena *arena,
                         struct workflow *out,
                         struct err *err)
{
    const struct tree_node top = {.value = object};
    struct tree_node metadata;
    const char *generate_name = NULL;

    out->kind = kind;
    if (tree_node_member(&top, "metadata", TREE_OBJECT, &metadata, err) < 0) {
        return -1;
    }
    if (metadata.value == NULL) {
        return tree_node_error(&metadata, err, "expected an object, found nothing");
    }
    if (tree_node_text(&metadata, "name", &out->name, err) < 0 ||
        tree_node_text(&metadata, "generateName", &generate_name, err) < 0) {
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

static int add_ref(const struct tree_node *ref,
                   struct arena *arena,
                   struct template_ref_list *out,
                   struct err *err)
{
    struct template_ref *added;

    if (ref->value == NULL) {
        return 0;
    }
    added = LIST_ADD(arena, &out->list);
    if (added == NULL) {
        return err_no_memory(err);
    }
    if (tree_node_text(ref, "name", &added->object, err) < 0 ||
        tree_node_text(ref, "template", &added->template, err) < 0 ||
        tree_node_flag(ref, "clusterScope", &added->cluster_scope, err) < 0) {
        return -1;
    }
    added->object = added->object != NULL ? added->object : "";
    added->template = added->template != NULL ? added->template : "";
    return 0;
}

/* `hooks` is a map from names to steps without inline templates. */
static int read_hooks(const struct tree_node *parent,
                      struct arena *arena,
                      struct workflow *out,
                      struct err *err)
{
    struct tree_node hooks;
    const char *key;
    json_t *value;

    if (tree_node_member(parent, "hooks", TREE_OBJECT, &hooks, err) < 0) {
        return -1;
    }
    json_object_foreach (hooks.value, key, value) {
        struct tree_node hook;
        struct tree_node ref;
        if (tree_node_member(&hooks, key, TREE_OBJECT, &hook, err) < 0 ||
            tree_node_member(&hook, "templateRef", TREE_OBJECT, &ref, err) < 0 ||
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
static int read_template(const struct tree_node *node,
                         const char *name,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err);

/*
 * A step or task: Argo takes inline before templateRef before template (argo-workflows
 * workflow/templateresolution/context.go).
 */
static int read_step(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    const struct walk *walk = out;
    const char *name = NULL;
    struct tree_node template;
    struct tree_node ref;

    if (tree_node_text(item, "name", &name, err) < 0 ||
        tree_node_member(item, "inline", TREE_OBJECT, &template, err) < 0 ||
        tree_node_member(item, "templateRef", TREE_OBJECT, &ref, err) < 0 ||
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
static int read_steps(const struct tree_node *node,
                      const struct walk *walk,
                      struct arena *arena,
                      struct err *err)
{
    struct tree_node groups;

    if (tree_node_member(node, "steps", TREE_LIST, &groups, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(groups.value); i++) {
        struct tree_node group = {.parent = &groups, .index = i};
        group.value = json_array_get(groups.value, i);
        if (!json_is_array(group.value)) {
            return tree_node_error(&group, err, "expected a list of steps, found %s",
                                   json_type_name(group.value));
        }
        for (size_t k = 0; k < json_array_size(group.value); k++) {
            struct tree_node step = {.parent = &group, .index = k};
            step.value = json_array_get(group.value, k);
            struct walk inside = *walk;
            if (!json_is_object(step.value)) {
                return tree_node_error(&step, err, "expected a step, an object");
            }
            if (read_step(&step, arena, &inside, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int read_children(const struct tree_node *node,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err)
{
    struct walk inside = *walk;
    struct tree_node dag;

    if (tree_node_member(node, "dag", TREE_OBJECT, &dag, err) < 0 ||
        tree_node_each(&dag, "tasks", read_step, arena, &inside, err) < 0) {
        return -1;
    }
    return read_steps(node, walk, arena, err);
}

static int read_template(const struct tree_node *node,
                         const char *name,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err)
{
    struct template **added = LIST_ADD(arena, &walk->workflow->templates);
    struct template *template = added != NULL ? arena_alloc(arena, sizeof(*template)) : NULL;
    struct walk inside = {.workflow = walk->workflow, .depth = walk->depth + 1};
    const char *own_name = NULL;

    if (template == NULL) {
        return err_no_memory(err);
    }
    *added = template;
    if (walk->workflow->templates.n > WORKFLOW_TEMPLATES_MAX) {
        return tree_node_error(node, err, "the object has more than %d templates",
                               WORKFLOW_TEMPLATES_MAX);
    }
    if (walk->depth > WORKFLOW_INLINE_DEPTH_MAX) {
        return tree_node_error(node, err, "inline templates are nested deeper than %d levels",
                               WORKFLOW_INLINE_DEPTH_MAX);
    }
    if (tree_node_text(node, "name", &own_name, err) < 0) {
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
    if (tree_template_read(node, arena, template, err) < 0) {
        return -1;
    }
    return read_children(node, &inside, arena, err);
}
/* NOLINTEND(misc-no-recursion) */

/* A member of spec.templates, which must have a name: steps and tasks call it by that. */
static int
read_named_template(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct walk walk = {.workflow = out};
    const char *name = NULL;

    if (tree_node_text(item, "name", &name, err) < 0) {
        return -1;
    }
    if (name == NULL || name[0] == '\0') {
        return tree_node_error(item, err, "a template without a name; expected 'name'");
    }
    return read_template(item, name, &walk, arena, err);
}

/* Steps and tasks call templates by name: spec.templates must not repeat one. */
static int check_names(const struct tree_node *spec, struct err *err)
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
            return tree_node_error(spec, err, "two templates are called '%s'; names must differ",
                                   name);
        }
        if (json_object_set_new(seen, name, json_true()) < 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

static int read_templates(const struct tree_node *spec,
                          struct arena *arena,
                          struct workflow *out,
                          struct err *err)
{
    struct tree_node ref;

    if (tree_node_member(spec, "workflowTemplateRef", TREE_OBJECT, &ref, err) < 0 ||
        tree_node_text(&ref, "name", &out->workflow_template_ref.object, err) < 0 ||
        tree_node_flag(&ref, "clusterScope", &out->workflow_template_ref.cluster_scope, err) < 0 ||
        tree_node_each(spec, "templates", read_named_template, arena, out, err) < 0 ||
        check_names(spec, err) < 0) {
        return -1;
    }
    if (ref.value != NULL && out->workflow_template_ref.object == NULL) {
        return tree_node_error(&ref, err, "expected 'name', the name of a WorkflowTemplate");
    }
    if (ref.value != NULL && out->templates.n > 0) {
        return tree_node_error(spec, err,
                               "templates and workflowTemplateRef: Argo accepts one of them");
    }
    if (ref.value == NULL && out->templates.n == 0) {
        return tree_node_error(spec, err, "no templates; expected 'templates' with one at least");
    }
    return 0;
}

static int
read_claim_template(const struct tree_node *item, struct arena *arena, void *out, struct err *err)
{
    struct claim_template_list *claims = out;
    struct claim_template *claim = LIST_ADD(arena, &claims->list);
    struct tree_node metadata;
    struct tree_node spec;
    struct tree_node resources;
    struct tree_node requests;
    struct tree_node modes;

    if (claim == NULL) {
        return err_no_memory(err);
    }
    if (tree_node_member(item, "metadata", TREE_OBJECT, &metadata, err) < 0 ||
        tree_node_text(&metadata, "name", &claim->name, err) < 0 ||
        tree_node_member(item, "spec", TREE_OBJECT, &spec, err) < 0 ||
        tree_node_text(&spec, "storageClassName", &claim->storage_class_name, err) < 0 ||
        tree_node_member(&spec, "accessModes", TREE_LIST, &modes, err) < 0 ||
        tree_node_member(&spec, "resources", TREE_OBJECT, &resources, err) < 0 ||
        tree_node_member(&resources, "requests", TREE_OBJECT, &requests, err) < 0) {
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
static int read_node_selectors(const struct tree_node *spec, struct workflow *out, struct err *err)
{
    const struct pod_view *defaults = &out->defaults.pod;
    const char *workflow_os = NULL;
    bool present;

    if (tree_template_read_node_selector(spec, &present, &workflow_os, err) < 0) {
        return -1;
    }
    out->windows = is_windows(defaults->has_node_selector ? defaults->os : workflow_os);
    for (size_t i = 0; i < out->templates.n; i++) {
        struct template *template = out->templates.items[i];
        const char *os = template->pod.os != NULL ? template->pod.os : defaults->os;
        template->windows = template->pod.has_node_selector ? is_windows(os) : out->windows;
    }
    return 0;
}

static int read_workflow_spec(const struct tree_node *spec,
                              struct arena *arena,
                              struct workflow *out,
                              struct err *err)
{
    struct tree_node context;
    struct tree_node claims;
    struct tree_node gc;
    struct tree_node defaults;

    if (spec->value == NULL) {
        return tree_node_error(spec, err, "expected an object, found nothing");
    }
    if (read_templates(spec, arena, out, err) < 0 || read_hooks(spec, arena, out, err) < 0 ||
        tree_template_read_volumes(spec, arena, &out->volumes, err) < 0 ||
        tree_node_member(spec, "volumeClaimTemplates", TREE_LIST, &claims, err) < 0 ||
        tree_template_slot(&claims, arena, &out->claim_templates.slot, err) < 0 ||
        tree_node_each(spec, "volumeClaimTemplates", read_claim_template, arena,
                       &out->claim_templates, err) < 0 ||
        tree_node_member(spec, "volumeClaimGC", TREE_OBJECT, &gc, err) < 0 ||
        tree_template_slot(&gc, arena, &out->volume_claim_gc, err) < 0 ||
        tree_node_text(spec, "podSpecPatch", &out->pod_spec_patch, err) < 0 ||
        tree_node_member(spec, "securityContext", TREE_OBJECT, &context, err) < 0 ||
        tree_node_member(spec, "templateDefaults", TREE_OBJECT, &defaults, err) < 0) {
        return -1;
    }
    if (tree_template_defaults_read(&defaults, arena, &out->defaults, err) < 0) {
        return -1;
    }
    if (tree_view(context.value, arena, &out->security_context, err) < 0) {
        return -1;
    }
    return read_node_selectors(spec, out, err);
}

static int read_cron_workflow(const struct tree_node *spec,
                              struct arena *arena,
                              struct workflow *out,
                              struct err *err)
{
    struct tree_node metadata;
    struct tree_node workflow_spec;

    if (tree_node_member(spec, "workflowMetadata", TREE_OBJECT, &metadata, err) < 0 ||
        tree_template_slot(&metadata, arena, &out->workflow_metadata, err) < 0 ||
        read_string_map(&metadata, "annotations", ANNOTATION_PREFIX, arena,
                        &out->workflow_annotations, err) < 0 ||
        read_string_map(&metadata, "labels", "", arena, &out->workflow_labels, err) < 0 ||
        tree_node_member(spec, "workflowSpec", TREE_OBJECT, &workflow_spec, err) < 0) {
        return -1;
    }
    return read_workflow_spec(&workflow_spec, arena, out, err);
}

static int
read_spec(json_t *object, struct arena *arena, struct workflow *workflow, struct err *err)
{
    const struct tree_node top = {.value = object};
    struct tree_node spec;
    struct tree_node status;
    struct tree_node nodes;

    if (tree_node_member(&top, "spec", TREE_OBJECT, &spec, err) < 0) {
        return -1;
    }
    if (workflow->kind == POLICY_CRON_WORKFLOW) {
        return read_cron_workflow(&spec, arena, workflow, err);
    }
    if (tree_node_member(&top, "status", TREE_OBJECT, &status, err) < 0 ||
        tree_node_member(&status, "nodes", TREE_OBJECT, &nodes, err) < 0) {
        return -1;
    }
    workflow->has_nodes = json_object_size(nodes.value) > 0;
    return read_workflow_spec(&spec, arena, workflow, err);
}

/* The tree of @object. */
static json_t *tree_of(const struct json_view *object, struct err *err)
{
    const char *text;
    size_t len;

    return json_view_text(object, &text, &len, err) == 0 ? tree_parse(text, len, err) : NULL;
}

int tree_metadata_read(const struct json_view *object,
                       enum policy_kind kind,
                       struct arena *arena,
                       struct workflow *out,
                       struct err *err)
{
    json_t *tree = tree_of(object, err);

    return tree != NULL ? read_metadata(tree, kind, arena, out, err) : -1;
}

int tree_metadata_read_annotations(const struct json_view *object,
                                   struct arena *arena,
                                   struct string_map *out,
                                   struct err *err)
{
    struct workflow workflow = {0};

    if (object->reader == NULL) {
        return 0;
    }
    if (tree_metadata_read(object, POLICY_WORKFLOW, arena, &workflow, err) < 0) {
        return -1;
    }
    *out = workflow.annotations;
    return 0;
}

int tree_workflow_read_spec(const struct json_view *object,
                            struct arena *arena,
                            struct workflow *workflow,
                            struct err *err)
{
    json_t *tree = tree_of(object, err);

    return tree != NULL ? read_spec(tree, arena, workflow, err) : -1;
}
