/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/server_write.h"

#include "base/cleanup.h"
#include "base/json.h"

static int call(struct server_look *look,
                size_t i,
                const char *what,
                const struct kube_request *request,
                struct kube_answer *answer)
{
    kube_call(look->context->kube, request, answer);
    if (answer->outcome != KUBE_OK &&
        !(request->verb == KUBE_DELETE && answer->outcome == KUBE_NOT_FOUND)) {
        return server_look_fail(look, i, what, answer);
    }
    return 0;
}

/* Send @body, and have our copy learn of what came of it. */
static int
write_part(struct server_look *look, size_t i, struct kube_request *request, const json_t *body)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    const enum kind kind = kind_of(server_look_desired(look, i));

    request->body = body;
    if (call(look, i, request->verb == KUBE_APPLY ? "apply" : "patch", request, &answer) < 0) {
        return -1;
    }
    kube_watch_note(look->context->watches->kinds[kind], answer.body);
    return 0;
}

/* @body for the object that was observed. NULL without memory. Owner: the caller. */
static json_t *make_bound(const json_t *body, const json_t *observed)
{
    static const char *const keys[] = {"uid", "resourceVersion"};
    const json_t *present = json_object_get(observed, "metadata");
    json_auto_t *bound = json_deep_copy(body);
    json_t *metadata = json_object_get(bound, "metadata");

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *value = json_object_get(present, keys[i]);
        if (value != NULL && json_object_set(metadata, keys[i], value) < 0) {
            return NULL;
        }
    }
    return json_incref(bound);
}

int server_write_apply(struct server_look *look, size_t i, const json_t *body)
{
    json_auto_t *bound = make_bound(body, look->observed[i]);
    struct kube_request request;

    if (bound == NULL) {
        return -1; /* without its precondition it could be another object */
    }
    server_look_address(look, i, KUBE_APPLY, &request);
    request.is_unforced = look->observed[i] == NULL;
    return write_part(look, i, &request, bound);
}

int server_write_patch(struct server_look *look, size_t i, const json_t *body)
{
    struct kube_request request;

    server_look_address(look, i, KUBE_MERGE_PATCH, &request);
    return write_part(look, i, &request, body);
}

/* Delete the very object that was observed, and no other of its name. */
static int delete_part(struct server_look *look, size_t i)
{
    const json_t *metadata = json_object_get(look->observed[i], "metadata");
    json_auto_t *options = json_pack("{s:s, s:s, s:{s:s}}", "kind", "DeleteOptions", "apiVersion",
                                     "v1", "preconditions", "uid", json_text_of(metadata, "uid"));
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    struct kube_request request;

    if (options == NULL) {
        return -1; /* as above */
    }
    server_look_address(look, i, KUBE_DELETE, &request);
    request.body = options;
    return call(look, i, "delete", &request, &answer);
}

int server_write_replace(struct server_look *look, size_t i)
{
    if (delete_part(look, i) < 0) {
        return -1;
    }
    json_decref(TAKE(look->observed[i]));
    return server_write_apply(look, i, server_look_desired(look, i));
}
