/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api_server/object_store_inside.h"
#include "tests/test.h"

#define POLL_MS 5 /* how soon a watch sees an event */

static void send_status(struct api_reply *reply, unsigned int code, const char *reason)
{
    json_auto_t *status =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "kind", "Status", "apiVersion", "v1", "status",
                  "Failure", "message", reason, "reason", reason, "code", (int)code);
    CLEANUP(free) char *text = json_dumps(status, JSON_COMPACT);

    assert_non_null(text);
    api_reply_send(reply, code, NULL, text);
}

static void send_value(struct api_reply *reply, unsigned int code, const json_t *value)
{
    CLEANUP(free) char *text = json_dumps(value, JSON_COMPACT);

    assert_non_null(text);
    api_reply_send(reply, code, NULL, text);
}

static const json_t *labels_of(const json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "labels");
}

/* A copy of @object as it was asked for: whole, or its metadata alone. */
static json_t *shape(const struct object_target *target, const json_t *object)
{
    return target->is_metadata ? json_pack("{s:s, s:s, s:o}", "apiVersion", "meta.k8s.io/v1",
                                           "kind", "PartialObjectMetadata", "metadata",
                                           json_deep_copy(json_object_get(object, "metadata")))
                               : json_deep_copy(object);
}

static void
answer_list(struct object_store *store, struct api_reply *reply, const struct object_target *target)
{
    json_auto_t *list = NULL;
    json_t *items = json_array();
    char version[32];

    (void)pthread_mutex_lock(&store->lock);
    (void)snprintf(version, sizeof(version), "%lu", store->version);
    for (size_t i = 0; i < store->n_objects; i++) {
        const struct stored_object *object = &store->objects[i];
        if (object_target_has(target, object->path) &&
            object_target_selects(target, labels_of(object->value))) {
            assert_int_equal(json_array_append_new(items, shape(target, object->value)), 0);
        }
    }
    (void)pthread_mutex_unlock(&store->lock);
    list = json_pack("{s:s, s:s, s:{s:s}, s:o}", "apiVersion", "v1", "kind", "List", "metadata",
                     "resourceVersion", version, "items", items);
    send_value(reply, 200, list);
}

/* What a watch is told of @event; NULL: nothing. What has the labels no longer is gone for it. */
static const char *type_of(const struct object_target *target, const struct stored_event *event)
{
    const bool was_there = !event->is_new && object_target_selects(target, event->before);
    const bool is_there =
        !event->is_deletion && object_target_selects(target, labels_of(event->object));

    if (is_there) {
        return was_there ? "MODIFIED" : "ADDED";
    }
    return was_there ? "DELETED" : NULL;
}

/* The first event that a watch was not told of yet; NULL: none. Owner: the caller. */
static char *
next_event(struct object_store *store, const struct object_target *target, size_t *seen)
{
    LOCK_STORE(store);

    while (*seen < store->n_events) {
        const struct stored_event *event = &store->events[(*seen)++];
        const char *type = type_of(target, event);
        if (type != NULL && event->version > target->version &&
            object_target_has(target, event->path)) {
            json_auto_t *told =
                json_pack("{s:s, s:o}", "type", type, "object", shape(target, event->object));
            return json_dumps(told, JSON_COMPACT);
        }
    }
    return NULL;
}

static void answer_watch(struct object_store *store,
                         struct api_reply *reply,
                         const struct object_target *target)
{
    size_t seen = 0;

    api_reply_begin(reply);
    do {
        CLEANUP(free) char *line = next_event(store, target, &seen);
        while (line != NULL) {
            api_reply_piece(reply, line);
            api_reply_piece(reply, "\n");
            free(line);
            line = next_event(store, target, &seen);
        }
    } while (api_reply_pause(reply, POLL_MS));
}

static const char *version_of(const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *version = json_string_value(json_object_get(metadata, "resourceVersion"));

    return version != NULL ? version : "";
}

/* Whether @body may be written over @object, which may be NULL. */
static bool fits(const json_t *body, const struct stored_object *object)
{
    const char *version = version_of(body);

    return version[0] == '\0' ||
           (object != NULL && strcmp(version, version_of(object->value)) == 0);
}

/* Whether an apply that must not be would be over what is somebody else's. */
static bool takes_over(const struct object_target *target, const json_t *present, json_t *applied)
{
    return !target->is_merge_patch && !target->is_forced &&
           !object_merge_is_managed(present, target->manager) &&
           object_merge_conflicts(present, applied);
}

/* A merge patch needs an object; an apply makes it. */
static void answer_patch(struct object_store *store,
                         struct api_reply *reply,
                         const struct object_target *target,
                         json_t *body)
{
    LOCK_STORE(store);
    struct stored_object *object = object_store_find(store, target->path);
    json_t *value;

    if (object == NULL && target->is_merge_patch) {
        send_status(reply, 404, "NotFound");
        return;
    }
    if (!fits(body, object) || (object != NULL && takes_over(target, object->value, body))) {
        send_status(reply, 409, "Conflict");
        return;
    }
    value = object != NULL ? json_deep_copy(object->value) : json_object();
    if (target->is_merge_patch) {
        object_merge_patch(value, body);
    } else {
        object_merge_apply(value, body);
        object_merge_manager(value, target->manager);
    }
    if (object != NULL && json_equal(value, object->value)) {
        json_decref(value); /* nothing changes, not even the version */
    } else {
        object = object_store_change(store, target->path, value);
    }
    send_value(reply, 200, object->value);
}

static void answer_update(struct object_store *store,
                          struct api_reply *reply,
                          const char *path,
                          const json_t *body)
{
    LOCK_STORE(store);
    const struct stored_object *object = object_store_find(store, path);

    if (object == NULL) {
        send_status(reply, 404, "NotFound");
    } else if (!fits(body, object)) {
        send_status(reply, 409, "Conflict");
    } else {
        send_value(reply, 200, object_store_change(store, path, json_deep_copy(body))->value);
    }
}

static void answer_create(struct object_store *store,
                          struct api_reply *reply,
                          const char *collection,
                          const json_t *body)
{
    LOCK_STORE(store);
    const json_t *metadata = json_object_get(body, "metadata");
    const char *name = json_string_value(json_object_get(metadata, "name"));
    char path[OBJECT_STORE_PATH_SIZE];

    if (name != NULL) {
        (void)snprintf(path, sizeof(path), "%.120s/%.120s", collection, name);
    } else {
        (void)snprintf(path, sizeof(path), "%.120s/generated-%lu", collection, store->version);
    }
    if (object_store_find(store, path) != NULL) {
        send_status(reply, 409, "AlreadyExists");
    } else {
        send_value(reply, 201, object_store_change(store, path, json_deep_copy(body))->value);
    }
}

static void answer_get(struct object_store *store, struct api_reply *reply, const char *path)
{
    LOCK_STORE(store);
    const struct stored_object *object = object_store_find(store, path);

    if (object == NULL) {
        send_status(reply, 404, "NotFound");
    } else {
        send_value(reply, 200, object->value);
    }
}

/* Whether @object has the member @key of its metadata that @body, which may be NULL, has among its
 * preconditions, if it has it there. */
static bool meets(const json_t *object, const json_t *body, const char *key)
{
    const json_t *wanted = json_object_get(json_object_get(body, "preconditions"), key);

    return wanted == NULL ||
           json_equal(wanted, json_object_get(json_object_get(object, "metadata"), key));
}

static void answer_delete(struct object_store *store,
                          struct api_reply *reply,
                          const char *path,
                          const json_t *body)
{
    LOCK_STORE(store);
    struct stored_object *object = object_store_find(store, path);

    if (object == NULL) {
        send_status(reply, 404, "NotFound");
    } else if (!meets(object->value, body, "uid") ||
               !meets(object->value, body, "resourceVersion")) {
        send_status(reply, 409, "Conflict");
    } else {
        object_store_drop(store, object);
        send_status(reply, 200, "Success");
    }
}

/* Whether the path ends in a kind and not in a name: "/api/v1/namespaces/ns/secrets". */
static bool is_collection(const char *path)
{
    const size_t n_before = strncmp(path, "/api/", 5) == 0 ? 2 : 3; /* "/apis/apps/v1" */
    size_t n = 0;

    for (const char *at = path; *at != '\0'; at++) {
        n += *at == '/';
    }
    /* "nodes", "namespaces/ns/secrets" */
    return n == n_before + 1 || n == n_before + 3;
}

void object_store_serve(void *data, struct api_reply *reply, const struct api_request *request)
{
    struct object_store *store = data;
    const struct object_target target = object_target_read(request);
    json_auto_t *body = json_loads(request->body, 0, NULL);

    if (strcmp(request->method, "GET") == 0) {
        if (!is_collection(target.path)) {
            answer_get(store, reply, target.path);
        } else if (target.is_watch) {
            answer_watch(store, reply, &target);
        } else {
            answer_list(store, reply, &target);
        }
    } else if (strcmp(request->method, "DELETE") == 0) {
        answer_delete(store, reply, target.path, body);
    } else if (body == NULL) {
        send_status(reply, 400, "BadRequest");
    } else if (strcmp(request->method, "POST") == 0) {
        answer_create(store, reply, target.path, body);
    } else if (strcmp(request->method, "PUT") == 0) {
        answer_update(store, reply, target.path, body);
    } else if (strcmp(request->method, "PATCH") == 0) {
        answer_patch(store, reply, &target, body);
    } else {
        send_status(reply, 405, "MethodNotAllowed");
    }
}
