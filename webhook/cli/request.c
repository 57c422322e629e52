/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/request.h"

#include <string.h>

#include "base/json_out.h"

#define GROUP       "argoproj.io"
#define API_VERSION "v1alpha1"

static const struct request_kind kinds[] = {
    {"Workflow", "workflows", true},
    {"WorkflowTemplate", "workflowtemplates", true},
    {"ClusterWorkflowTemplate", "clusterworkflowtemplates", false},
    {"CronWorkflow", "cronworkflows", true},
};

const struct request_kind *request_kind_of(const json_t *object)
{
    const char *api_version = json_string_value(json_object_get(object, "apiVersion"));
    const char *kind = json_string_value(json_object_get(object, "kind"));

    if (api_version == NULL || kind == NULL || strcmp(api_version, GROUP "/" API_VERSION) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* {"group": ..., "version": ..., @key: @name} under @member. */
static void write_type(struct json_out *out, const char *member, const char *key, const char *name)
{
    json_out_key(out, member);
    json_out_object(out);
    json_out_pair(out, "group", GROUP);
    json_out_pair(out, "version", API_VERSION);
    json_out_pair(out, key, name);
    json_out_object_end(out);
}

/* What kubectl's user looks like on a cluster that kubeadm made. */
static void write_user(struct json_out *out)
{
    json_out_key(out, "userInfo");
    json_out_object(out);
    json_out_pair(out, "username", "kubernetes-admin");
    json_out_key(out, "groups");
    json_out_array(out);
    json_out_string(out, "system:masters");
    json_out_string(out, "system:authenticated");
    json_out_array_end(out);
    json_out_object_end(out);
}

static void write_options(struct json_out *out, const char *operation)
{
    const char *kind = "CreateOptions";

    if (strcmp(operation, "UPDATE") == 0) {
        kind = "UpdateOptions";
    } else if (strcmp(operation, "DELETE") == 0) {
        kind = "DeleteOptions";
    }
    json_out_key(out, "options");
    json_out_object(out);
    json_out_pair(out, "kind", kind);
    json_out_pair(out, "apiVersion", "meta.k8s.io/v1");
    json_out_object_end(out);
}

static void write_object(struct json_out *out, const char *key, const json_t *object)
{
    json_out_key(out, key);
    json_out_value(out, object != NULL ? object : json_null());
}

/* NULL where the API server has still to make a name. */
static const char *name_of(const struct request *request)
{
    const json_t *object = request->object != NULL ? request->object : request->old_object;
    const json_t *metadata = json_object_get(object, "metadata");
    const char *name = json_string_value(json_object_get(metadata, "name"));

    return name != NULL && name[0] != '\0' ? name : NULL;
}

static void write_request(struct json_out *out, const struct request *request)
{
    const char *name = name_of(request);

    json_out_object(out);
    json_out_pair(out, "uid", REQUEST_UID);
    write_type(out, "kind", "kind", request->kind->kind);
    write_type(out, "resource", "resource", request->kind->resource);
    write_type(out, "requestKind", "kind", request->kind->kind);
    write_type(out, "requestResource", "resource", request->kind->resource);
    if (name != NULL) {
        json_out_pair(out, "name", name);
    }
    if (request->kind->namespaced) {
        json_out_pair(out, "namespace", request->namespace);
    }
    json_out_pair(out, "operation", request->operation);
    write_user(out);
    write_object(out, "object", request->object);
    write_object(out, "oldObject", request->old_object);
    json_out_key(out, "dryRun");
    json_out_bool(out, request->dry_run);
    write_options(out, request->operation);
    json_out_object_end(out);
}

void request_write(struct buf *out, const struct request *request)
{
    struct json_out json = {.buf = out};

    json_out_object(&json);
    json_out_pair(&json, "kind", "AdmissionReview");
    json_out_pair(&json, "apiVersion", "admission.k8s.io/v1");
    json_out_key(&json, "request");
    write_request(&json, request);
    json_out_object_end(&json);
    buf_add_char(out, '\n');
}
