/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api_server/object_store_inside.h"
#include "tests/test.h"

#define POLL_MS 5 /* how soon a watch sees an event */

/* A request's target, taken apart. */
struct target {
    char path[OBJECT_STORE_PATH_SIZE];
    char name[OBJECT_STORE_PATH_SIZE]; /* of fieldSelector=metadata.name=; "" for none */
    unsigned long version;
    bool is_watch;
};

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

/* The value of the query's key, with %XX decoded; "" for none. */
static void read_query(const char *target, const char *key, char out[static OBJECT_STORE_PATH_SIZE])
{
    const char *query = strchr(target, '?');
    const size_t key_len = strlen(key);
    size_t len = 0;

    out[0] = '\0';
    for (const char *at = query; at != NULL; at = strchr(at, '&')) {
        at++;
        if (strncmp(at, key, key_len) != 0 || at[key_len] != '=') {
            continue;
        }
        for (at += key_len + 1; *at != '\0' && *at != '&' && len + 1 < OBJECT_STORE_PATH_SIZE;
             at++) {
            char hex[3] = {0};
            if (*at == '%') {
                memcpy(hex, at + 1, 2);
                out[len++] = (char)strtoul(hex, NULL, 16);
                at += 2;
            } else {
                out[len++] = *at;
            }
        }
        out[len] = '\0';
        return;
    }
}

static struct target read_target(const char *text)
{
    static const char selector[] = "metadata.name=";
    struct target target = {.version = 0};
    char value[OBJECT_STORE_PATH_SIZE];

    (void)snprintf(target.path, sizeof(target.path), "%.*s", (int)strcspn(text, "?"), text);
    read_query(text, "fieldSelector", value);
    if (strncmp(value, selector, sizeof(selector) - 1) == 0) {
        (void)snprintf(target.name, sizeof(target.name), "%s", value + sizeof(selector) - 1);
    }
    read_query(text, "resourceVersion", value);
    target.version = strtoul(value, NULL, 10);
    read_query(text, "watch", value);
    target.is_watch = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
    return target;
}

/* Whether the object at @path is in the collection that was asked for. */
static bool is_in(const struct target *target, const char *path)
{
    const size_t len = strlen(target->path);
    const char *name = path + len + 1;

    return strncmp(path, target->path, len) == 0 && path[len] == '/' && strchr(name, '/') == NULL &&
           (target->name[0] == '\0' || strcmp(target->name, name) == 0);
}

static void
answer_list(struct object_store *store, struct api_reply *reply, const struct target *target)
{
    json_auto_t *list = NULL;
    json_t *items = json_array();
    char version[32];

    (void)pthread_mutex_lock(&store->lock);
    (void)snprintf(version, sizeof(version), "%lu", store->version);
    for (size_t i = 0; i < store->n_objects; i++) {
        if (is_in(target, store->objects[i].path)) {
            assert_int_equal(json_array_append_new(items, json_deep_copy(store->objects[i].value)),
                             0);
        }
    }
    (void)pthread_mutex_unlock(&store->lock);
    list = json_pack("{s:s, s:s, s:{s:s}, s:o}", "apiVersion", "v1", "kind", "List", "metadata",
                     "resourceVersion", version, "items", items);
    send_value(reply, 200, list);
}

/* The first event that a watch was not told of yet; NULL: none. Owner: the caller. */
static char *next_event(struct object_store *store, const struct target *target, size_t *seen)
{
    LOCK_STORE(store);

    while (*seen < store->n_events) {
        const struct stored_event *event = &store->events[(*seen)++];
        if (event->version > target->version && is_in(target, event->path)) {
            return strdup(event->text);
        }
    }
    return NULL;
}

static void
answer_watch(struct object_store *store, struct api_reply *reply, const struct target *target)
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

static void merge(json_t *into, json_t *from);

/* Entries of lists that have names are merged by them, as `webhooks` is. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as a test's objects
static void merge_list(json_t *into, json_t *from)
{
    json_t *entry;
    json_t *present;
    size_t i;
    size_t k;

    json_array_foreach (from, i, entry) {
        bool is_there = false;
        json_array_foreach (into, k, present) {
            if (json_equal(json_object_get(present, "name"), json_object_get(entry, "name"))) {
                merge(present, entry);
                is_there = true;
            }
        }
        if (!is_there) {
            assert_int_equal(json_array_append_new(into, json_deep_copy(entry)), 0);
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): so too
static void merge(json_t *into, json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach (from, key, value) {
        json_t *present = json_object_get(into, key);
        if (json_is_object(value) && json_is_object(present)) {
            merge(present, value);
        } else if (json_is_array(value) && json_is_array(present)) {
            merge_list(present, value);
        } else {
            assert_int_equal(json_object_set_new(into, key, json_deep_copy(value)), 0);
        }
    }
}

static void
answer_apply(struct object_store *store, struct api_reply *reply, const char *path, json_t *body)
{
    LOCK_STORE(store);
    struct stored_object *object = object_store_find(store, path);
    json_t *value;

    if (!fits(body, object)) {
        send_status(reply, 409, "Conflict");
        return;
    }
    value = object != NULL ? json_deep_copy(object->value) : json_object();
    merge(value, body);
    if (object != NULL && json_equal(value, object->value)) {
        json_decref(value); /* nothing changes, not even the version */
    } else {
        object = object_store_change(store, path, value);
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

/* Whether the path ends in a kind and not in a name: "/api/v1/namespaces/ns/secrets". */
static bool is_collection(const char *path)
{
    static const char *const plurals[] = {"/secrets", "/events", "/leases",
                                          "/mutatingwebhookconfigurations", "/workflows"};

    for (size_t i = 0; i < sizeof(plurals) / sizeof(plurals[0]); i++) {
        const size_t len = strlen(plurals[i]);
        if (strlen(path) > len && strcmp(path + strlen(path) - len, plurals[i]) == 0) {
            return true;
        }
    }
    return false;
}

void object_store_serve(void *data, struct api_reply *reply, const struct api_request *request)
{
    struct object_store *store = data;
    const struct target target = read_target(request->target);
    json_auto_t *body = json_loads(request->body, 0, NULL);

    if (strcmp(request->method, "GET") == 0) {
        if (!is_collection(target.path)) {
            answer_get(store, reply, target.path);
        } else if (target.is_watch) {
            answer_watch(store, reply, &target);
        } else {
            answer_list(store, reply, &target);
        }
    } else if (body == NULL) {
        send_status(reply, 400, "BadRequest");
    } else if (strcmp(request->method, "POST") == 0) {
        answer_create(store, reply, target.path, body);
    } else if (strcmp(request->method, "PUT") == 0) {
        answer_update(store, reply, target.path, body);
    } else if (strcmp(request->method, "PATCH") == 0) {
        answer_apply(store, reply, target.path, body);
    } else {
        send_status(reply, 405, "MethodNotAllowed");
    }
}
