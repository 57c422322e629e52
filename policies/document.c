/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/document.h"

#include <string.h>

#include "base/decode.h"
#include "policies/hash.h"
#include "policies/names.h"
#include "policies/nfs_provisioner.h"
#include "policies/set.h"
#include "policies/variables.h"
#include "policies/volume_policy.h"

#define VOLUME_POLICY    "VolumePolicy"
#define NFS_PROVISIONER  "NFSProvisioner"
#define METADATA_KEY_MAX 256 /* labels, annotations */

struct document {
    const char *api_version;
    const char *kind;
    const char *name;
    LIST_OF(struct policy_label) labels; /* hawser has no use for these two */
    LIST_OF(struct policy_label) annotations;
    const json_t *spec;
};

static int check_api_version(const char *text, struct err *err)
{
    if (strcmp(text, POLICY_API_VERSION) != 0) {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is not a policy's; expected '" POLICY_API_VERSION "'", text);
    }
    return 0;
}

static int check_kind(const char *text, struct err *err)
{
    if (strcmp(text, VOLUME_POLICY) != 0 && strcmp(text, NFS_PROVISIONER) != 0) {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is unknown; accepted: " VOLUME_POLICY ", " NFS_PROVISIONER, text);
    }
    return 0;
}

/*
 * No namespace: it would look as if it limited the policy, which match.namespaces does. Nothing
 * that the API server adds either: a policy is a source, not the copy of what some cluster holds.
 */
static const struct decode_field metadata_fields[] = {
    {"name", DECODE_TEXT, offsetof(struct document, name), .required = true},
    {"labels", DECODE_PAIRS, offsetof(struct document, labels), .empty = true,
     .max = METADATA_KEY_MAX, .check_key = names_check_key, .check = names_check_label_value},
    {"annotations", DECODE_PAIRS, offsetof(struct document, annotations), .empty = true,
     .max = METADATA_KEY_MAX, .check_key = names_check_key},
    {.name = NULL},
};

static const struct decode_field spec_shape = {.kind = DECODE_POINTER, .size = 1};

static const struct decode_field document_fields[] = {
    {"apiVersion", DECODE_TEXT, offsetof(struct document, api_version), .required = true,
     .check = check_api_version},
    {"kind", DECODE_TEXT, offsetof(struct document, kind), .required = true, .check = check_kind},
    {"metadata", DECODE_STRUCT, 0, .required = true, .fields = metadata_fields},
    {"spec", DECODE_JSON, offsetof(struct document, spec), .required = true, .shape = &spec_shape},
    {.name = NULL},
};

/* Another kind of object gets told so, rather than that its keys are unknown. */
static int check_type(const struct source *source, struct err *err)
{
    const char *api_version = json_string_value(json_object_get(source->document, "apiVersion"));
    const char *kind = json_string_value(json_object_get(source->document, "kind"));

    if (api_version != NULL && check_api_version(api_version, err) < 0) {
        return source_locate(source, false, err, "/apiVersion");
    }
    if (kind != NULL && check_kind(kind, err) < 0) {
        return source_locate(source, false, err, "/kind");
    }
    return 0;
}

static int refuse_twice(const struct source *source,
                        const struct document *document,
                        const char *first,
                        struct err *err)
{
    err_set(err, ERR_INVALID, "%s '%s' stands at %.200s already; expected another name",
            document->kind, document->name, first);
    return source_locate(source, false, err, "/metadata/name");
}

static int add_policy(struct policy_set *set,
                      const struct decode *in,
                      const struct document *document,
                      struct volume_policy *policy,
                      struct err *err)
{
    const struct volume_policy *same = policy_set_find(set, document->name);
    json_t *spec = json_object_get(in->source->document, "spec");
    struct volume_policy *added;

    if (names_check_label(document->name, err) < 0) {
        return source_locate(in->source, false, err, "/metadata/name");
    }
    if (same != NULL) {
        return refuse_twice(in->source, document, same->source, err);
    }
    policy->name = document->name;
    if (volume_policy_decode(in, spec, policy, err) < 0 ||
        hash_document(document->kind, document->name, spec, policy->hash, err) < 0) {
        return -1;
    }
    added = LIST_ADD(in->arena, &set->policies);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = *policy;
    return 0;
}

/* A StorageClass has one provisioner. */
static int check_class(const struct policy_set *set,
                       const struct source *source,
                       const struct nfs_provisioner *provisioner,
                       struct err *err)
{
    const char *name = provisioner->storage_class_name;

    for (size_t i = 0; i < set->provisioners.n; i++) {
        const struct nfs_provisioner *other = &set->provisioners.items[i];
        if (strcmp(other->storage_class_name, name) == 0) {
            err_set(err, ERR_INVALID,
                    "'%.100s' is the class of NFSProvisioner '%s' at %.200s already; expected "
                    "another name",
                    name, other->name, other->source);
            return source_locate(source, false, err, "/spec/storageClass/name");
        }
    }
    return 0;
}

static int add_provisioner(struct policy_set *set,
                           const struct decode *in,
                           const struct document *document,
                           struct nfs_provisioner *provisioner,
                           struct err *err)
{
    json_t *spec = json_object_get(in->source->document, "spec");
    struct nfs_provisioner *added;

    if (nfs_provisioner_check_name(document->name, err) < 0) {
        return source_locate(in->source, false, err, "/metadata/name");
    }
    for (size_t i = 0; i < set->provisioners.n; i++) {
        const struct nfs_provisioner *same = &set->provisioners.items[i];
        if (strcmp(same->name, document->name) == 0) {
            return refuse_twice(in->source, document, same->source, err);
        }
    }
    provisioner->name = document->name;
    if (nfs_provisioner_decode(in, spec, provisioner, err) < 0 ||
        check_class(set, in->source, provisioner, err) < 0 ||
        hash_document(document->kind, document->name, spec, provisioner->hash, err) < 0) {
        return -1;
    }
    added = LIST_ADD(in->arena, &set->provisioners);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = *provisioner;
    return 0;
}

int document_add(struct policy_set *set, const struct source *source, size_t line, struct err *err)
{
    const struct decode in = {.source = source, .arena = set_arena(set)};
    struct document document = {0};
    const char *place = arena_printf(in.arena, "%s:%zu", source->name, line);

    if (place == NULL) {
        return err_no_memory(err);
    }
    if (check_type(source, err) < 0 ||
        decode_object(&in, "", source->document, document_fields, &document, err) < 0 ||
        variables_check_document(source, err) < 0) {
        return -1;
    }
    if (strcmp(document.kind, VOLUME_POLICY) == 0) {
        return add_policy(set, &in, &document, &(struct volume_policy){.source = place}, err);
    }
    return add_provisioner(set, &in, &document, &(struct nfs_provisioner){.source = place}, err);
}
