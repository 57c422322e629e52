/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/volume_policy.h"

#include <string.h>

#include "base/glob.h"
#include "policies/amount.h"
#include "policies/argo.h"
#include "policies/claim.h"
#include "policies/consistency.h"
#include "policies/mount_path.h"
#include "policies/names.h"
#include "policies/reserved.h"
#include "policies/variables.h"

/*
 * Checks of single texts
 */

static int check_volume_name(const char *text, struct err *err)
{
    if (names_check_label(text, err) < 0) {
        return -1;
    }
    if (reserved_volume_name(text)) {
        return err_set(err, ERR_INVALID,
                       "'%s' is a name that Argo, Kubernetes or hawser uses; expected another, "
                       "e.g. 'workdir'",
                       text);
    }
    return 0;
}

static int check_copy_name(const char *text, struct err *err)
{
    if (strlen(text) > POLICY_COPY_NAME_MAX) {
        return err_set(err, ERR_INVALID, "'%.40s...' is longer than %d characters", text,
                       POLICY_COPY_NAME_MAX);
    }
    return names_check_label(text, err);
}

static int check_medium(const char *text, struct err *err)
{
    if (strcmp(text, "Memory") != 0) {
        return err_set(err, ERR_INVALID,
                       "'%.40s' is unknown; expected 'Memory' or \"\" for the node's disk", text);
    }
    return 0;
}

/* Globs of files become arguments of a container, where Kubernetes expands "$(NAME)". */
static int check_file_glob(const char *text, struct err *err)
{
    if (glob_check(text, err) < 0) {
        return -1;
    }
    if (text[0] == '/') {
        return err_set(err, ERR_INVALID,
                       "'%.100s' starts with '/' and so matches nothing; expected a glob relative "
                       "to from.path, e.g. '**/*.csv'",
                       text);
    }
    if (strchr(text, '$') != NULL) {
        return err_set(err, ERR_INVALID, "'%.100s' has a '$', which Kubernetes expands", text);
    }
    return 0;
}

/*
 * Tables
 */

static const struct decode_name kind_names[] = {
    {"Workflow", POLICY_WORKFLOW},
    {"WorkflowTemplate", POLICY_WORKFLOW_TEMPLATE},
    {"ClusterWorkflowTemplate", POLICY_CLUSTER_WORKFLOW_TEMPLATE},
    {"CronWorkflow", POLICY_CRON_WORKFLOW},
    {NULL, 0},
};

static const struct decode_name mode_names[] = {
    {"Inject", POLICY_MODE_INJECT},
    {"Warn", POLICY_MODE_WARN},
    {NULL, 0},
};

static const struct decode_name on_conflict_names[] = {
    {"Skip", POLICY_ON_CONFLICT_SKIP},
    {"Deny", POLICY_ON_CONFLICT_DENY},
    {NULL, 0},
};

static const struct decode_name init_container_names[] = {
    {"Last", POLICY_INIT_CONTAINER_LAST},
    {"First", POLICY_INIT_CONTAINER_FIRST},
    {NULL, 0},
};

static const struct decode_name missing_names[] = {
    {"Fail", POLICY_MISSING_FAIL},
    {"Empty", POLICY_MISSING_EMPTY},
    {NULL, 0},
};

static const struct decode_name when_names[] = {
    {"Success", POLICY_COPY_BACK_SUCCESS},
    {"Always", POLICY_COPY_BACK_ALWAYS},
    {NULL, 0},
};

static const struct decode_name claim_gc_names[] = {
    {"OnWorkflowCompletion", POLICY_CLAIM_GC_ON_COMPLETION},
    {"OnWorkflowSuccess", POLICY_CLAIM_GC_ON_SUCCESS},
    {NULL, 0},
};

static const struct decode_name referencing_names[] = {
    {"None", POLICY_REFERENCING_NONE},
    {"Strict", POLICY_REFERENCING_STRICT},
    {"Secure", POLICY_REFERENCING_SECURE},
    {NULL, 0},
};

static const struct decode_name workflow_template_ref_names[] = {
    {"Deny", POLICY_WORKFLOW_TEMPLATE_REF_DENY},
    {"Inject", POLICY_WORKFLOW_TEMPLATE_REF_INJECT},
    {NULL, 0},
};

static const struct decode_name template_ref_names[] = {
    {"Warn", POLICY_TEMPLATE_REF_WARN},
    {"Inject", POLICY_TEMPLATE_REF_INJECT},
    {NULL, 0},
};

static const struct decode_name operator_names[] = {
    {"In", POLICY_SELECTOR_IN},
    {"NotIn", POLICY_SELECTOR_NOT_IN},
    {"Exists", POLICY_SELECTOR_EXISTS},
    {"DoesNotExist", POLICY_SELECTOR_DOES_NOT_EXIST},
    {NULL, 0},
};

static const struct decode_name override_names[] = {
    {"size", POLICY_OVERRIDE_SIZE},
    {"mountPath", POLICY_OVERRIDE_MOUNT_PATH},
    {"storageClassName", POLICY_OVERRIDE_STORAGE_CLASS},
    {NULL, 0},
};

static const struct decode_field requirement_fields[] = {
    {"key", DECODE_TEXT, offsetof(struct policy_requirement, key), .required = true,
     .check = names_check_key},
    {"operator", DECODE_ENUM, offsetof(struct policy_requirement, operator), .required = true,
     .names = operator_names},
    {"values", DECODE_TEXTS, offsetof(struct policy_requirement, values),
     .max = POLICY_SELECTOR_MAX, .check = names_check_label_value},
    {.name = NULL},
};

static const struct decode_field selector_fields[] = {
    {"matchLabels", DECODE_PAIRS, offsetof(struct policy_selector, match_labels), .empty = true,
     .max = POLICY_SELECTOR_MAX, .check_key = names_check_key, .check = names_check_label_value},
    {"matchExpressions", DECODE_LIST, offsetof(struct policy_selector, match_expressions),
     .max = POLICY_SELECTOR_MAX, .size = sizeof(struct policy_requirement),
     .fields = requirement_fields},
    {.name = NULL},
};

static const struct decode_field match_fields[] = {
    {"kinds", DECODE_FLAGS, offsetof(struct policy_match, kinds), .min = 1, .names = kind_names},
    {"namespaces", DECODE_TEXTS, offsetof(struct policy_match, namespaces), .max = POLICY_GLOBS_MAX,
     .check = glob_check},
    {"excludeNamespaces", DECODE_TEXTS, offsetof(struct policy_match, exclude_namespaces),
     .max = POLICY_GLOBS_MAX, .check = glob_check},
    {"selector", DECODE_STRUCT, offsetof(struct policy_match, selector), .fields = selector_fields},
    {.name = NULL},
};

static const struct decode_field argo_fields[] = {
    {"version", DECODE_TEXT, offsetof(struct policy_argo, version_text),
     .check = argo_version_check},
    {"templateReferencing", DECODE_ENUM, offsetof(struct policy_argo, template_referencing),
     .names = referencing_names},
    {"workflowTemplateRef", DECODE_ENUM, offsetof(struct policy_argo, workflow_template_ref),
     .names = workflow_template_ref_names},
    {"templateRef", DECODE_ENUM, offsetof(struct policy_argo, template_ref),
     .names = template_ref_names},
    {.name = NULL},
};

static const struct decode_field templates_fields[] = {
    {"include", DECODE_TEXTS, offsetof(struct policy_templates, include), .max = POLICY_GLOBS_MAX,
     .check = glob_check},
    {"exclude", DECODE_TEXTS, offsetof(struct policy_templates, exclude), .max = POLICY_GLOBS_MAX,
     .check = glob_check},
    {.name = NULL},
};

static const struct decode_field persistent_fields[] = {
    {"claimName", DECODE_TEXT, offsetof(struct policy_persistent, claim_name), .required = true,
     .check = names_check_subdomain},
    {"create", DECODE_POINTER, offsetof(struct policy_persistent, create),
     .size = sizeof(struct policy_claim), .fields = claim_fields},
    {.name = NULL},
};

static const struct decode_field volume_fields[] = {
    {"name", DECODE_TEXT, offsetof(struct policy_volume, name), .required = true,
     .check = check_volume_name},
    {"transient", DECODE_POINTER, offsetof(struct policy_volume, transient),
     .size = sizeof(struct policy_transient), .fields = claim_transient_fields},
    {"persistent", DECODE_POINTER, offsetof(struct policy_volume, persistent),
     .size = sizeof(struct policy_persistent), .fields = persistent_fields},
    {"mountPath", DECODE_TEXT, offsetof(struct policy_volume, mount_path), .required = true,
     .check = mount_path_check},
    {"subPath", DECODE_TEXT, offsetof(struct policy_volume, sub_path), .empty = true,
     .check = sub_path_check},
    {"readOnly", DECODE_BOOL, .offset = offsetof(struct policy_volume, read_only)},
    {"templates", DECODE_STRUCT, offsetof(struct policy_volume, templates),
     .fields = templates_fields},
    {.name = NULL},
};

/* "from" and "ephemeral" group fields that the model has side by side. */
static const struct decode_field from_fields[] = {
    {"volume", DECODE_TEXT, offsetof(struct policy_copy, from_volume), .required = true,
     .check = names_check_label},
    {"path", DECODE_TEXT, offsetof(struct policy_copy, from_path), .empty = true,
     .check = sub_path_check},
    {.name = NULL},
};

static const struct decode_field ephemeral_fields[] = {
    {"sizeLimit", DECODE_TEXT, offsetof(struct policy_copy, size_limit), .max = AMOUNT_TEXT_MAX,
     .check = amount_check_size},
    {"medium", DECODE_TEXT, offsetof(struct policy_copy, medium), .empty = true,
     .check = check_medium},
    {.name = NULL},
};

static const struct decode_field copy_back_fields[] = {
    {"path", DECODE_TEXT, offsetof(struct policy_copy_back, path), .required = true,
     .check = sub_path_check},
    {"when", DECODE_ENUM, offsetof(struct policy_copy_back, when), .names = when_names},
    {.name = NULL},
};

static const struct decode_field copy_fields[] = {
    {"name", DECODE_TEXT, offsetof(struct policy_copy, name), .required = true,
     .check = check_copy_name},
    {"from", DECODE_STRUCT, 0, .required = true, .fields = from_fields},
    {"to", DECODE_TEXT, offsetof(struct policy_copy, to), .required = true,
     .check = mount_path_check},
    {"ephemeral", DECODE_STRUCT, 0, .fields = ephemeral_fields},
    {"include", DECODE_TEXTS, offsetof(struct policy_copy, include), .max = POLICY_GLOBS_MAX,
     .check = check_file_glob},
    {"exclude", DECODE_TEXTS, offsetof(struct policy_copy, exclude), .max = POLICY_GLOBS_MAX,
     .check = check_file_glob},
    {"missing", DECODE_ENUM, offsetof(struct policy_copy, missing), .names = missing_names},
    {"copyBack", DECODE_POINTER, offsetof(struct policy_copy, copy_back),
     .size = sizeof(struct policy_copy_back), .fields = copy_back_fields},
    {"templates", DECODE_STRUCT, offsetof(struct policy_copy, templates),
     .fields = templates_fields},
    {.name = NULL},
};

static const struct decode_field copier_fields[] = {
    {"image", DECODE_TEXT, offsetof(struct policy_copier, image), .empty = true,
     .check = names_check_image},
    {"resources", DECODE_JSON, offsetof(struct policy_copier, resources),
     .shape = &amount_resources_shape},
    {"threads", DECODE_UINT, offsetof(struct policy_copier, threads), .min = 1,
     .max = POLICY_THREADS_MAX},
    {.name = NULL},
};

static const struct decode_field override_fields[] = {
    {"volume", DECODE_TEXT, offsetof(struct policy_override, volume), .required = true,
     .check = names_check_label},
    {"fields", DECODE_FLAGS, offsetof(struct policy_override, fields), .required = true, .min = 1,
     .names = override_names},
    {"maxSize", DECODE_TEXT, offsetof(struct policy_override, max_size), .max = AMOUNT_TEXT_MAX,
     .check = amount_check_size},
    {.name = NULL},
};

static const struct decode_field spec_fields[] = {
    {"description", DECODE_TEXT, offsetof(struct volume_policy, description), .empty = true,
     .max = POLICY_DESCRIPTION_MAX},
    {"default", DECODE_BOOL, .offset = offsetof(struct volume_policy, is_default)},
    {"mode", DECODE_ENUM, offsetof(struct volume_policy, mode), .names = mode_names},
    {"match", DECODE_STRUCT, offsetof(struct volume_policy, match), .fields = match_fields},
    {"argo", DECODE_STRUCT, offsetof(struct volume_policy, argo), .fields = argo_fields},
    {"volumes", DECODE_LIST, offsetof(struct volume_policy, volumes), .required = true, .min = 1,
     .max = POLICY_VOLUMES_MAX, .size = sizeof(struct policy_volume), .fields = volume_fields},
    {"copies", DECODE_LIST, offsetof(struct volume_policy, copies), .max = POLICY_COPIES_MAX,
     .size = sizeof(struct policy_copy), .fields = copy_fields},
    {"volumeClaimGC", DECODE_ENUM, offsetof(struct volume_policy, volume_claim_gc),
     .names = claim_gc_names},
    {"onConflict", DECODE_ENUM, offsetof(struct volume_policy, on_conflict),
     .names = on_conflict_names},
    {"initContainer", DECODE_ENUM, offsetof(struct volume_policy, init_container),
     .names = init_container_names},
    {"copier", DECODE_STRUCT, offsetof(struct volume_policy, copier), .fields = copier_fields},
    {"overrides", DECODE_LIST, offsetof(struct volume_policy, overrides), .max = POLICY_VOLUMES_MAX,
     .size = sizeof(struct policy_override), .fields = override_fields},
    {.name = NULL},
};

/*
 * Defaults and normal forms
 */

static int normalize(const char **path, struct arena *arena, struct err *err)
{
    char normal[MOUNT_PATH_MAX];
    const char *copy = NULL;

    if (mount_path_normalize(*path, normal)) { /* always: it was checked */
        copy = arena_strndup(arena, normal, strlen(normal));
    }
    if (copy == NULL) {
        return err_no_memory(err);
    }
    *path = copy;
    return 0;
}

static int complete_volume(struct policy_volume *volume, struct arena *arena, struct err *err)
{
    struct text_list *modes = NULL;

    if (volume->transient != NULL) {
        modes = &volume->transient->access_modes;
    } else if (volume->persistent->create != NULL) {
        modes = &volume->persistent->create->access_modes;
    }
    if (modes != NULL && claim_default_mode(modes, "ReadWriteMany", arena, err) < 0) {
        return -1;
    }
    return normalize(&volume->mount_path, arena, err);
}

static int complete(struct volume_policy *policy, struct arena *arena, struct err *err)
{
    if (policy->match.kinds == 0) {
        policy->match.kinds = POLICY_ALL_KINDS;
    }
    if (policy->argo.version_text != NULL) {
        policy->argo.version = argo_version_parse(policy->argo.version_text);
    }
    if (policy->copier.threads == 0) {
        policy->copier.threads = POLICY_THREADS_DEFAULT;
    }
    for (size_t i = 0; i < policy->volumes.n; i++) {
        if (complete_volume(&policy->volumes.items[i], arena, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < policy->copies.n; i++) {
        struct policy_copy *copy = &policy->copies.items[i];
        if (copy->medium == NULL) {
            copy->medium = "";
        }
        if (normalize(&copy->to, arena, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Volumes must be whole before complete() looks into them. */
static int
check_sources(const struct source *source, const struct volume_policy *policy, struct err *err)
{
    for (size_t i = 0; i < policy->volumes.n; i++) {
        const struct policy_volume *volume = &policy->volumes.items[i];
        if ((volume->transient != NULL) == (volume->persistent != NULL)) {
            err_set(err, ERR_INVALID,
                    "expected exactly one of 'transient' and 'persistent', found %s",
                    volume->transient != NULL ? "both" : "neither");
            return source_locate(source, false, err, "/spec/volumes/%zu", i);
        }
    }
    return 0;
}

int volume_policy_decode(const struct decode *in,
                         json_t *spec,
                         struct volume_policy *policy,
                         struct err *err)
{
    if (decode_object(in, "/spec", spec, spec_fields, policy, err) < 0 ||
        check_sources(in->source, policy, err) < 0 || complete(policy, in->arena, err) < 0) {
        return -1;
    }
    return consistency_check(in->source, policy, err);
}
