/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api_server/object_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api_server/object_store_inside.h"
#include "tests/test.h"

struct object_store *object_store_new(void)
{
    struct object_store *store = calloc(1, sizeof(*store));

    assert_non_null(store);
    (void)pthread_mutex_init(&store->lock, NULL);
    store->version = 1;
    return store;
}

void object_store_free(struct object_store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < store->n_objects; i++) {
        json_decref(store->objects[i].value);
    }
    for (size_t i = 0; i < store->n_events; i++) {
        free(store->events[i].text);
    }
    (void)pthread_mutex_destroy(&store->lock);
    free(store);
}

/*
 * Objects. The caller holds the lock.
 */

struct stored_object *object_store_find(struct object_store *store, const char *path)
{
    for (size_t i = 0; i < store->n_objects; i++) {
        if (strcmp(store->objects[i].path, path) == 0) {
            return &store->objects[i];
        }
    }
    return NULL;
}

static void
add_event(struct object_store *store, const char *type, const struct stored_object *object)
{
    json_auto_t *event = json_pack("{s:s, s:O}", "type", type, "object", object->value);
    struct stored_event *added = &store->events[store->n_events];

    assert_true(store->n_events < OBJECT_STORE_EVENTS_MAX);
    (void)snprintf(added->path, sizeof(added->path), "%s", object->path);
    added->text = json_dumps(event, JSON_COMPACT);
    added->version = store->version;
    assert_non_null(added->text);
    store->n_events++;
}

/* Give the object its next version, and tell of it. */
static void change(struct object_store *store, struct stored_object *object, const char *type)
{
    json_t *metadata = json_object_get(object->value, "metadata");
    char version[32];

    if (metadata == NULL) {
        metadata = json_object();
        assert_int_equal(json_object_set_new(object->value, "metadata", metadata), 0);
    }
    store->version++;
    (void)snprintf(version, sizeof(version), "%lu", store->version);
    assert_int_equal(json_object_set_new(metadata, "resourceVersion", json_string(version)), 0);
    add_event(store, type, object);
}

/* @value is taken over. */
struct stored_object *
object_store_change(struct object_store *store, const char *path, json_t *value)
{
    struct stored_object *object = object_store_find(store, path);
    const char *type = object != NULL ? "MODIFIED" : "ADDED";

    if (object == NULL) {
        assert_true(store->n_objects < OBJECT_STORE_MAX);
        object = &store->objects[store->n_objects++];
        (void)snprintf(object->path, sizeof(object->path), "%s", path);
    }
    json_decref(object->value);
    object->value = value;
    change(store, object, type);
    return object;
}

static void drop(struct object_store *store, struct stored_object *object)
{
    change(store, object, "DELETED");
    json_decref(object->value);
    *object = store->objects[--store->n_objects];
    store->objects[store->n_objects].value = NULL;
}

/*
 * What tests do
 */

json_t *object_store_get(struct object_store *store, const char *path)
{
    LOCK_STORE(store);
    const struct stored_object *object = object_store_find(store, path);

    return object != NULL ? json_deep_copy(object->value) : NULL;
}

void object_store_put(struct object_store *store, const char *path, json_t *object)
{
    LOCK_STORE(store);

    (void)object_store_change(store, path, object);
}

void object_store_delete(struct object_store *store, const char *path)
{
    LOCK_STORE(store);
    struct stored_object *object = object_store_find(store, path);

    if (object != NULL) {
        drop(store, object);
    }
}
