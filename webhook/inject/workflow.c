/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/workflow.h"

#include <string.h>

#include "policies/annotations.h"
#include "webhook/inject/metadata.h"
#include "webhook/inject/pod.h"
#include "webhook/inject/template.h"
#include "webhook/inject/templates.h"

/* What is read of a WorkflowSpec. */
struct spec_parts {
    const char *pod_spec_patch;
    struct node claim_gc;
    struct node claim_templates;
    struct node defaults;
    struct node node_selector;
    struct node security_context;
    struct templates_parts templates;
    struct node volumes;
};

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

    if (pod_read_node_selector(node, arena, &selector, err) < 0) {
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
        NODE_FIELD("hooks", NODE_OBJECT, struct spec_parts, templates.hooks),
        NODE_FIELD("nodeSelector", NODE_OBJECT, struct spec_parts, node_selector),
        NODE_FIELD("podSpecPatch", NODE_TEXT, struct spec_parts, pod_spec_patch),
        NODE_FIELD("securityContext", NODE_OBJECT, struct spec_parts, security_context),
        NODE_FIELD("templateDefaults", NODE_OBJECT, struct spec_parts, defaults),
        NODE_FIELD("templates", NODE_LIST, struct spec_parts, templates.templates),
        NODE_FIELD("volumeClaimGC", NODE_OBJECT, struct spec_parts, claim_gc),
        NODE_FIELD("volumeClaimTemplates", NODE_LIST, struct spec_parts, claim_templates),
        NODE_FIELD("volumes", NODE_LIST, struct spec_parts, volumes),
        NODE_FIELD("workflowTemplateRef", NODE_OBJECT, struct spec_parts, templates.ref),
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
        templates_read(spec, &parts.templates, arena, out, err) < 0 ||
        pod_read_volumes(spec, &parts.volumes, base, arena, &out->volumes, err) < 0 ||
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
    if (metadata_read_map(&parts.annotations, ANNOTATION_PREFIX, arena, &out->workflow_annotations,
                          err) < 0) {
        return -1;
    }
    return metadata_read_map(&parts.labels, "", arena, &out->workflow_labels, err);
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
