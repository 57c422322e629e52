/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/templates.h"

#include <string.h>

#include "webhook/inject/metadata.h"
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

int templates_read(const struct node *spec,
                   const struct templates_parts *parts,
                   struct arena *arena,
                   struct workflow *out,
                   struct err *err)
{
    const bool has_ref = parts->ref.value.reader != NULL;
    struct named_templates named = {.workflow = out};
    struct node templates = parts->templates;
    const char *twin;

    templates.pointer = node_pointer(&templates, arena);
    if (templates.pointer == NULL) {
        return err_no_memory(err);
    }
    if (node_read(&parts->ref, ref_fields, arena, &out->workflow_template_ref, err) < 0 ||
        node_each(&templates, read_named_template, arena, &named, err) < 0 ||
        node_each_member(&parts->hooks, read_hook, arena, out, err) < 0) {
        return -1;
    }
    twin = metadata_find_twin(&named.names);
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
