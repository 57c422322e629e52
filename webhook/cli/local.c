/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/local.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "policies/annotations.h"
#include "webhook/cli/patch_apply.h"
#include "webhook/cli/request.h"
#include "webhook/cli/response.h"

void local_result_clear(struct local_result *result)
{
    json_decref(result->object);
    json_decref(result->patch);
    *result = (struct local_result){0};
}

/* A copy of the object that @parent has under @key, or a new one where there is nothing or null. */
static json_t *copy_member(const json_t *parent, const char *key, struct err *err)
{
    json_t *member = json_object_get(parent, key);
    json_t *copy;

    if (member != NULL && !json_is_null(member) && !json_is_object(member)) {
        err_set(err, ERR_INVALID, "'%s' is %s, expected an object", key, json_type_name(member));
        return NULL;
    }
    copy = json_is_object(member) ? json_copy(member) : json_object();
    if (copy == NULL) {
        err_no_memory(err);
    }
    return copy;
}

/* A copy of @object that carries the annotation hawser.dev/policy: @policy. */
static json_t *annotate(json_t *object, const char *policy, struct err *err)
{
    json_auto_t *copy = json_copy(object);
    json_auto_t *metadata = copy_member(object, "metadata", err);
    json_auto_t *annotations = NULL;

    if (metadata == NULL) {
        return NULL;
    }
    annotations = copy_member(metadata, "annotations", err);
    if (annotations == NULL) {
        return NULL;
    }
    if (json_object_set_new(annotations, ANNOTATION_POLICY, json_string(policy)) < 0 ||
        json_object_set(metadata, "annotations", annotations) < 0 ||
        json_object_set(copy, "metadata", metadata) < 0) {
        err_no_memory(err);
        return NULL;
    }
    return TAKE(copy);
}

/* The namespace that kubectl would create @object in; NULL with an error where it would refuse. */
static const char *choose_namespace(const char *given, const json_t *object, struct err *err)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *own = json_string_value(json_object_get(metadata, "namespace"));

    if (own == NULL || own[0] == '\0') {
        return given != NULL ? given : "default";
    }
    if (given != NULL && strcmp(given, own) != 0) {
        err_set(err, ERR_INVALID, "its namespace is '%s', which contradicts --namespace '%s'", own,
                given);
        return NULL;
    }
    return own;
}

static int write_review(const struct local_options *options,
                        const struct request_kind *kind,
                        const json_t *object,
                        struct buf *body,
                        struct err *err)
{
    struct request request = {
        .kind = kind,
        .operation = "CREATE",
        .object = object,
        .dry_run = true,
    };

    if (kind->namespaced) {
        request.namespace = choose_namespace(options->namespace, object, err);
        if (request.namespace == NULL) {
            return -1;
        }
    }
    request_write(body, &request);
    return buf_check(body, "the object as an admission request", err);
}

/* Fill @out from the answer to @object. */
static int take_response(struct response *response,
                         const json_t *object,
                         struct local_result *out,
                         struct err *err)
{
    json_auto_t *patch = TAKE(response->patch);
    json_auto_t *stored = NULL;

    out->warnings = response->warnings;
    if (!response->allowed) {
        out->denial = response->message;
        return 0;
    }
    if (patch == NULL) {
        patch = json_array();
    }
    stored = json_deep_copy(object);
    if (patch == NULL || stored == NULL) {
        return err_no_memory(err);
    }
    if (patch_apply(stored, patch, err) < 0) {
        return -1;
    }
    out->object = TAKE(stored);
    out->patch = TAKE(patch);
    return 0;
}

static int submit(const struct local_options *options,
                  const struct request_kind *kind,
                  const json_t *object,
                  struct arena *arena,
                  struct local_result *out,
                  struct err *err)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    CLEANUP(buf_clear) struct buf answer = BUF_INIT(ADMIT_ANSWER_MAX);
    struct response response = {0};

    out->report.arena = arena;
    if (write_review(options, kind, object, &body, err) < 0 ||
        admit(&options->admit, buf_text(&body), body.len, &answer, &out->report, err) < 0 ||
        response_read(buf_text(&answer), answer.len, REQUEST_UID, arena, &response, err) < 0) {
        return -1;
    }
    out->asked = true;
    return take_response(&response, object, out, err);
}

/* The webhook is not registered for @object. */
static int pass(json_t *object, struct local_result *out, struct err *err)
{
    out->patch = json_array();
    if (out->patch == NULL) {
        return err_no_memory(err);
    }
    out->object = json_incref(object);
    return 0;
}

static int ask(const struct local_options *options,
               const struct request_kind *kind,
               json_t *object,
               struct arena *arena,
               struct local_result *out,
               struct err *err)
{
    json_auto_t *sent = NULL;

    if (options->policy == NULL) {
        return submit(options, kind, object, arena, out, err);
    }
    sent = annotate(object, options->policy, err);
    return sent != NULL ? submit(options, kind, sent, arena, out, err) : -1;
}

int local_admit(const struct local_options *options,
                json_t *object,
                struct arena *arena,
                struct local_result *out,
                struct err *err)
{
    const struct request_kind *kind = request_kind_of(object);
    struct local_result result = {0};
    int status;

    if (kind == NULL) {
        status = pass(object, &result, err);
    } else {
        status = ask(options, kind, object, arena, &result, err);
    }
    if (status == 0) {
        *out = result;
    }
    return status;
}
