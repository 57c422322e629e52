/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/workflow.h"

#include <stdlib.h>
#include <string.h>

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

/* Compare two texts for qsort(). */
static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

/* A text that @texts, which are put in order, hold twice; NULL when there is none. */
static const char *find_twin(struct text_list *texts)
{
    size_t n_sorted = 1; /* API servers send maps in order, and people number their templates */

    while (n_sorted < texts->n && strcmp(texts->items[n_sorted - 1], texts->items[n_sorted]) < 0) {
        n_sorted++;
    }
    if (n_sorted >= texts->n) {
        return NULL;
    }
    qsort(texts->items, texts->n, sizeof(texts->items[0]), compare_texts);
    for (size_t i = 1; i < texts->n; i++) {
        if (strcmp(texts->items[i - 1], texts->items[i]) == 0) {
            return texts->items[i];
        }
    }
    return NULL;
}

/* What a map of strings is read with. */
struct map_reader {
    const struct node *map;
    const char *prefix; /* of the keys that are wanted */
    struct string_map *out;
};

/* Keep the pair that @walk has found, where it is wanted. */
static int read_pair(const struct json_walk *walk,
                     struct map_reader *reader,
                     struct arena *arena,
                     struct err *err)
{
    const struct node value = {
        .parent = reader->map,
        .key = node_keep(&walk->key, arena),
        .value = walk->value,
    };
    struct policy_label *pair;

    if (walk->index >= JSON_MEMBERS_MAX) {
        return node_error(reader->map, err, "expected at most %d members", JSON_MEMBERS_MAX);
    }
    if (value.key == NULL) {
        return err_no_memory(err);
    }
    if (strncmp(value.key, reader->prefix, strlen(reader->prefix)) != 0) {
        return 0;
    }
    pair = LIST_ADD(arena, &reader->out->list);
    if (pair == NULL) {
        return err_no_memory(err);
    }
    pair->key = value.key;
    if (json_view_type(&value.value) != JSON_VIEW_NULL &&
        node_text(&value, arena, &pair->value, err) < 0) {
        return -1;
    }
    pair->value = pair->value != NULL ? pair->value : "";
    return 0;
}

/* Refuse the map @node when a key of @map stands in it twice. */
static int check_keys(const struct node *node,
                      const struct string_map *map,
                      struct arena *arena,
                      struct err *err)
{
    struct text_list keys = {0};
    const char *twin;

    for (size_t i = 0; i < map->list.n; i++) {
        const char **key = LIST_ADD(arena, &keys);
        if (key == NULL) {
            return err_no_memory(err);
        }
        *key = map->list.items[i].key;
    }
    twin = find_twin(&keys);
    return twin == NULL ? 0 : node_error(node, err, "the key '%.100s' is there twice", twin);
}

/* The pairs of the map @node whose keys start with @prefix. */
static int read_string_map(const struct node *node,
                           const char *prefix,
                           struct arena *arena,
                           struct string_map *out,
                           struct err *err)
{
    struct map_reader reader = {.map = node, .prefix = prefix, .out = out};
    struct json_walk walk = json_walk_of(&node->value);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        if (read_pair(&walk, &reader, arena, err) < 0) {
            return -1;
        }
    }
    return status < 0 ? -1 : check_keys(node, out, arena, err);
}

/* The node of the metadata of @top, which is the object. What is behind it is not looked at. */
static int find_metadata(const struct node *top, struct node *out, struct err *err)
{
    const struct json_string key = json_string_of("metadata");

    *out = (struct node){.parent = top, .key = key.bytes};
    if (json_view_member(&top->value, &key, &out->value, err) < 0) {
        return -1;
    }
    if (json_view_type(&out->value) != JSON_VIEW_OBJECT) {
        return node_error(out, err, "expected an object, found %s",
                          json_view_type_name(&out->value));
    }
    return 0;
}

int workflow_read_metadata(const struct json_view *object,
                           enum policy_kind kind,
                           struct arena *arena,
                           struct workflow *out,
                           struct err *err)
{
    struct parts {
        const char *name;
        const char *generate_name;
        struct node annotations;
        struct node labels;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("annotations", NODE_OBJECT, struct parts, annotations),
        NODE_FIELD("generateName", NODE_TEXT, struct parts, generate_name),
        NODE_FIELD("labels", NODE_OBJECT, struct parts, labels),
        NODE_FIELD("name", NODE_TEXT, struct parts, name),
        {.key = NULL},
    };
    const struct node top = {.value = *object};
    struct node metadata;

    *out = (struct workflow){.kind = kind};
    if (find_metadata(&top, &metadata, err) < 0 ||
        node_read(&metadata, fields, arena, &parts, err) < 0) {
        return -1;
    }
    out->name = parts.name != NULL ? parts.name : parts.generate_name;
    out->name = out->name != NULL ? out->name : "";
    out->annotations.slot =
        template_slot(&metadata, &parts.annotations, "/metadata", "/annotations");
    if (read_string_map(&parts.labels, "", arena, &out->labels, err) < 0) {
        return -1;
    }
    return read_string_map(&parts.annotations, ANNOTATION_PREFIX, arena, &out->annotations, err);
}

int workflow_read_annotations(const struct json_view *object,
                              struct arena *arena,
                              struct string_map *out,
                              struct err *err)
{
    struct workflow workflow = {0};

    if (object->reader == NULL) {
        return 0;
    }
    if (workflow_read_metadata(object, POLICY_WORKFLOW, arena, &workflow, err) < 0) {
        return -1;
    }
    *out = workflow.annotations;
    return 0;
}

static const struct node_field ref_fields[] = {
    NODE_FIELD("clusterScope", NODE_FLAG, struct template_ref, cluster_scope),
    NODE_FIELD("name", NODE_TEXT, struct template_ref, object),
    NODE_FIELD("template", NODE_TEXT, struct template_ref, template),
    {.key = NULL},
};

static int
add_ref(const struct node *ref, struct arena *arena, struct template_ref_list *out, struct err *err)
{
    struct template_ref *added;

    if (ref->value.reader == NULL) {
        return 0;
    }
    added = LIST_ADD(arena, &out->list);
    if (added == NULL) {
        return err_no_memory(err);
    }
    if (node_read(ref, ref_fields, arena, added, err) < 0) {
        return -1;
    }
    added->object = added->object != NULL ? added->object : "";
    added->template = added->template != NULL ? added->template : "";
    return 0;
}

/* A member of `hooks`, a map from names to steps without inline templates. */
static int read_hook(const struct node *hook, struct arena *arena, void *out, struct err *err)
{
    struct parts {
        struct node ref;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("templateRef", NODE_OBJECT, struct parts, ref),
        {.key = NULL},
    };
    struct workflow *workflow = out;

    if (node_read(hook, fields, arena, &parts, err) < 0) {
        return -1;
    }
    return add_ref(&parts.ref, arena, &workflow->refs, err);
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
        return arena_strndup(arena, name, (size_t)label_part(name));
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
    struct parts {
        const char *name;
        struct node hooks;
        struct node template;
        struct node ref;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("hooks", NODE_OBJECT, struct parts, hooks),
        NODE_FIELD("inline", NODE_OBJECT, struct parts, template),
        NODE_FIELD("name", NODE_TEXT, struct parts, name),
        NODE_FIELD("templateRef", NODE_OBJECT, struct parts, ref),
        {.key = NULL},
    };
    const struct walk *walk = out;

    if (node_read(item, fields, arena, &parts, err) < 0 ||
        node_each_member(&parts.hooks, read_hook, arena, walk->workflow, err) < 0) {
        return -1;
    }
    if (parts.template.value.reader != NULL) {
        return read_template(&parts.template, parts.name != NULL ? parts.name : "", walk, arena,
                             err);
    }
    return add_ref(&parts.ref, arena, &walk->workflow->refs, err);
}

/* `steps` is a list of lists: groups that run side by side, one group after the other. */
static int
read_steps(const struct node *groups, struct walk *walk, struct arena *arena, struct err *err)
{
    struct json_walk items = json_walk_of(&groups->value);
    int status;

    while ((status = json_walk_next(&items, err)) > 0) {
        const struct node group = {.parent = groups, .index = items.index, .value = items.value};
        if (json_view_type(&group.value) != JSON_VIEW_LIST) {
            return node_error(&group, err, "expected a list of steps, found %s",
                              json_view_type_name(&group.value));
        }
        if (node_each(&group, read_step, arena, walk, err) < 0) {
            return -1;
        }
    }
    return status;
}

static int read_dag(const struct node *dag, struct walk *walk, struct arena *arena, struct err *err)
{
    struct parts {
        struct node tasks;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("tasks", NODE_LIST, struct parts, tasks),
        {.key = NULL},
    };

    if (node_read(dag, fields, arena, &parts, err) < 0) {
        return -1;
    }
    return node_each(&parts.tasks, read_step, arena, walk, err);
}

/* Refuse one more template below @node where there are too many, or too deep. */
static int check_limits(const struct node *node, const struct walk *walk, struct err *err)
{
    if (walk->workflow->templates.n > WORKFLOW_TEMPLATES_MAX) {
        return node_error(node, err, "the object has more than %d templates",
                          WORKFLOW_TEMPLATES_MAX);
    }
    if (walk->depth > WORKFLOW_INLINE_DEPTH_MAX) {
        return node_error(node, err, "inline templates are nested deeper than %d levels",
                          WORKFLOW_INLINE_DEPTH_MAX);
    }
    return 0;
}

/* NULL when @arena is full. */
static struct template *add_template(struct workflow *workflow, struct arena *arena)
{
    struct template **added = LIST_ADD(arena, &workflow->templates);

    if (added != NULL) {
        *added = arena_alloc(arena, sizeof(**added));
    }
    return added != NULL ? *added : NULL;
}

/* @name is that of the step or task; NULL for a member of spec.templates, which must have a name of
 * its own: steps and tasks call it by that. */
static int read_template(const struct node *node,
                         const char *name,
                         const struct walk *walk,
                         struct arena *arena,
                         struct err *err)
{
    struct template *template = add_template(walk->workflow, arena);
    struct walk inside = {.workflow = walk->workflow, .depth = walk->depth + 1};
    struct template_parts parts = {0};

    if (template == NULL) {
        return err_no_memory(err);
    }
    if (check_limits(node, walk, err) < 0 || template_read_parts(node, arena, &parts, err) < 0) {
        return -1;
    }
    template->name = parts.name != NULL &&parts.name[0] != '\0' ? parts.name : name;
    if (template->name == NULL) {
        return node_error(node, err, "a template without a name; expected 'name'");
    }
    template->label = make_label(walk->label, template->name, arena);
    inside.label = template->label;
    if (inside.label == NULL) {
        return err_no_memory(err);
    }
    if (template_read(node, &parts, arena, template, err) < 0 ||
        read_dag(&parts.sections[TEMPLATE_DAG], &inside, arena, err) < 0) {
        return -1;
    }
    return read_steps(&parts.sections[TEMPLATE_STEPS], &inside, arena, err);
}
/* NOLINTEND(misc-no-recursion) */

/* What read_named_template() adds to. */
struct named_templates {
    struct workflow *workflow;
    struct text_list names;
};

/* A member of spec.templates. */
static int
read_named_template(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct named_templates *named = out;
    const struct walk walk = {.workflow = named->workflow};
    const size_t index = named->workflow->templates.n;
    const char **name;

    if (read_template(item, NULL, &walk, arena, err) < 0) {
        return -1;
    }
    name = LIST_ADD(arena, &named->names);
    if (name == NULL) {
        return err_no_memory(err);
    }
    *name = named->workflow->templates.items[index]->name;
    return 0;
}

/* What is read of a WorkflowSpec. */
struct spec_parts {
    const char *pod_spec_patch;
    struct node claim_gc;
    struct node claim_templates;
    struct node defaults;
    struct node hooks;
    struct node node_selector;
    struct node ref;
    struct node security_context;
    struct node templates;
    struct node volumes;
};

static int read_templates(const struct node *spec,
                          const struct spec_parts *parts,
                          struct arena *arena,
                          struct workflow *out,
                          struct err *err)
{
    const bool has_ref = parts->ref.value.reader != NULL;
    struct named_templates named = {.workflow = out};
    const char *twin;

    if (node_read(&parts->ref, ref_fields, arena, &out->workflow_template_ref, err) < 0 ||
        node_each(&parts->templates, read_named_template, arena, &named, err) < 0) {
        return -1;
    }
    twin = find_twin(&named.names);
    if (twin != NULL) {
        return node_error(spec, err, "two templates are called '%s'; names must differ", twin);
    }
    if (has_ref && out->workflow_template_ref.object == NULL) {
        return node_error(&parts->ref, err, "expected 'name', the name of a WorkflowTemplate");
    }
    if (has_ref && out->templates.n > 0) {
        return node_error(spec, err, "templates and workflowTemplateRef: Argo accepts one of them");
    }
    if (!has_ref && out->templates.n == 0) {
        return node_error(spec, err, "no templates; expected 'templates' with one at least");
    }
    return 0;
}

/* Of the spec of a claim template: what is asked for. */
static int read_claim_size(const struct node *resources,
                           struct arena *arena,
                           struct claim_template *out,
                           struct err *err)
{
    struct parts {
        struct node requests;
        struct node storage;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("requests", NODE_OBJECT, struct parts, requests),
        {.key = NULL},
    };
    static const struct node_field request_fields[] = {
        NODE_FIELD("storage", NODE_ANY, struct parts, storage),
        {.key = NULL},
    };

    if (node_read(resources, fields, arena, &parts, err) < 0 ||
        node_read(&parts.requests, request_fields, arena, &parts, err) < 0) {
        return -1;
    }
    if (json_view_type(&parts.storage.value) != JSON_VIEW_STRING) {
        return 0;
    }
    return node_text(&parts.storage, arena, &out->size, err);
}

static int read_claim_spec(const struct node *spec,
                           struct arena *arena,
                           struct claim_template *out,
                           struct err *err)
{
    struct parts {
        const char *storage_class_name;
        struct text_list access_modes;
        struct node resources;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("accessModes", NODE_TEXTS, struct parts, access_modes),
        NODE_FIELD("resources", NODE_OBJECT, struct parts, resources),
        NODE_FIELD("storageClassName", NODE_TEXT, struct parts, storage_class_name),
        {.key = NULL},
    };

    if (node_read(spec, fields, arena, &parts, err) < 0) {
        return -1;
    }
    out->storage_class_name = parts.storage_class_name;
    out->access_modes = parts.access_modes;
    return read_claim_size(&parts.resources, arena, out, err);
}

static int
read_claim_template(const struct node *item, struct arena *arena, void *out, struct err *err)
{
    struct parts {
        struct node metadata;
        struct node spec;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("metadata", NODE_OBJECT, struct parts, metadata),
        NODE_FIELD("spec", NODE_OBJECT, struct parts, spec),
        {.key = NULL},
    };
    static const struct node_field metadata_fields[] = {
        NODE_FIELD("name", NODE_TEXT, struct claim_template, name),
        {.key = NULL},
    };
    struct claim_template_list *claims = out;
    struct claim_template *claim = LIST_ADD(arena, &claims->list);

    if (claim == NULL) {
        return err_no_memory(err);
    }
    if (node_read(item, fields, arena, &parts, err) < 0 ||
        node_read(&parts.metadata, metadata_fields, arena, claim, err) < 0) {
        return -1;
    }
    claim->name = claim->name != NULL ? claim->name : "";
    return read_claim_spec(&parts.spec, arena, claim, err);
}

static bool is_windows(const char *os)
{
    return os != NULL && strcmp(os, "windows") == 0;
}

/*
 * Argo merges the nodeSelector of templateDefaults into that of a template, and takes that of the
 * workflow where neither has one.
 */
static int read_node_selectors(const struct node *node,
                               struct arena *arena,
                               struct workflow *out,
                               struct err *err)
{
    const struct pod_view *defaults = &out->defaults.pod;
    struct node_selector selector = {0};

    if (template_read_node_selector(node, arena, &selector, err) < 0) {
        return -1;
    }
    out->windows = is_windows(defaults->has_node_selector ? defaults->os : selector.os);
    for (size_t i = 0; i < out->templates.n; i++) {
        struct template *template = out->templates.items[i];
        const char *os = template->pod.os != NULL ? template->pod.os : defaults->os;
        template->windows = template->pod.has_node_selector ? is_windows(os) : out->windows;
    }
    return 0;
}

static int read_spec_parts(const struct node *spec,
                           struct arena *arena,
                           struct spec_parts *out,
                           struct err *err)
{
    static const struct node_field fields[] = {
        NODE_FIELD("hooks", NODE_OBJECT, struct spec_parts, hooks),
        NODE_FIELD("nodeSelector", NODE_OBJECT, struct spec_parts, node_selector),
        NODE_FIELD("podSpecPatch", NODE_TEXT, struct spec_parts, pod_spec_patch),
        NODE_FIELD("securityContext", NODE_OBJECT, struct spec_parts, security_context),
        NODE_FIELD("templateDefaults", NODE_OBJECT, struct spec_parts, defaults),
        NODE_FIELD("templates", NODE_LIST, struct spec_parts, templates),
        NODE_FIELD("volumeClaimGC", NODE_OBJECT, struct spec_parts, claim_gc),
        NODE_FIELD("volumeClaimTemplates", NODE_LIST, struct spec_parts, claim_templates),
        NODE_FIELD("volumes", NODE_LIST, struct spec_parts, volumes),
        NODE_FIELD("workflowTemplateRef", NODE_OBJECT, struct spec_parts, ref),
        {.key = NULL},
    };

    return node_read(spec, fields, arena, out, err);
}

/* The WorkflowSpec @spec, whose JSON Pointer is @base. */
static int read_workflow_spec(const struct node *spec,
                              const char *base,
                              struct arena *arena,
                              struct workflow *out,
                              struct err *err)
{
    struct spec_parts parts = {0};

    if (spec->value.reader == NULL) {
        return err_set(err, ERR_INVALID, "at %s: expected an object, found nothing", base);
    }
    if (read_spec_parts(spec, arena, &parts, err) < 0 ||
        read_templates(spec, &parts, arena, out, err) < 0 ||
        node_each_member(&parts.hooks, read_hook, arena, out, err) < 0 ||
        template_read_volumes(spec, &parts.volumes, base, arena, &out->volumes, err) < 0 ||
        node_each(&parts.claim_templates, read_claim_template, arena, &out->claim_templates, err) <
            0 ||
        template_defaults_read(spec, &parts.defaults, base, arena, &out->defaults, err) < 0) {
        return -1;
    }
    out->claim_templates.slot =
        template_slot(spec, &parts.claim_templates, base, "/volumeClaimTemplates");
    out->volume_claim_gc = template_slot(spec, &parts.claim_gc, base, "/volumeClaimGC");
    out->pod_spec_patch = parts.pod_spec_patch;
    out->security_context = parts.security_context.value;
    return read_node_selectors(&parts.node_selector, arena, out, err);
}

/* What a CronWorkflow gives to the Workflows that it starts. */
static int read_workflow_metadata(const struct node *metadata,
                                  struct arena *arena,
                                  struct workflow *out,
                                  struct err *err)
{
    struct parts {
        struct node annotations;
        struct node labels;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("annotations", NODE_OBJECT, struct parts, annotations),
        NODE_FIELD("labels", NODE_OBJECT, struct parts, labels),
        {.key = NULL},
    };

    if (node_read(metadata, fields, arena, &parts, err) < 0) {
        return -1;
    }
    out->workflow_annotations.slot =
        template_slot(metadata, &parts.annotations, "/spec/workflowMetadata", "/annotations");
    if (read_string_map(&parts.annotations, ANNOTATION_PREFIX, arena, &out->workflow_annotations,
                        err) < 0) {
        return -1;
    }
    return read_string_map(&parts.labels, "", arena, &out->workflow_labels, err);
}

static int read_cron_workflow(const struct node *spec,
                              struct arena *arena,
                              struct workflow *out,
                              struct err *err)
{
    struct parts {
        struct node metadata;
        struct node workflow_spec;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("workflowMetadata", NODE_OBJECT, struct parts, metadata),
        NODE_FIELD("workflowSpec", NODE_OBJECT, struct parts, workflow_spec),
        {.key = NULL},
    };

    if (node_read(spec, fields, arena, &parts, err) < 0) {
        return -1;
    }
    out->workflow_metadata = template_slot(spec, &parts.metadata, "/spec", "/workflowMetadata");
    if (read_workflow_metadata(&parts.metadata, arena, out, err) < 0) {
        return -1;
    }
    return read_workflow_spec(&parts.workflow_spec, "/spec/workflowSpec", arena, out, err);
}

/* Whether there are nodes of an earlier run. */
static int
read_status(const struct node *status, struct arena *arena, struct workflow *out, struct err *err)
{
    struct parts {
        struct node nodes;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("nodes", NODE_OBJECT, struct parts, nodes),
        {.key = NULL},
    };

    if (node_read(status, fields, arena, &parts, err) < 0) {
        return -1;
    }
    return node_has_items(&parts.nodes, &out->has_nodes, err);
}

int workflow_read_spec(const struct json_view *object,
                       struct arena *arena,
                       struct workflow *workflow,
                       struct err *err)
{
    struct parts {
        struct node metadata; /* was read: that there is one of it only is seen here */
        struct node spec;
        struct node status;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("metadata", NODE_OBJECT, struct parts, metadata),
        NODE_FIELD("spec", NODE_OBJECT, struct parts, spec),
        NODE_FIELD("status", NODE_OBJECT, struct parts, status),
        {.key = NULL},
    };
    const struct node top = {.value = *object};

    if (node_read(&top, fields, arena, &parts, err) < 0) {
        return -1;
    }
    if (workflow->kind == POLICY_CRON_WORKFLOW) {
        return read_cron_workflow(&parts.spec, arena, workflow, err);
    }
    if (read_status(&parts.status, arena, workflow, err) < 0) {
        return -1;
    }
    return read_workflow_spec(&parts.spec, "/spec", arena, workflow, err);
}
