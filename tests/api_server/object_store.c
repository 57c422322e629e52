/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api_server/object_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
        json_decref(store->events[i].object);
        json_decref(store->events[i].before);
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

static json_t *labels_of(const json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "labels");
}

/* Tell watches of @event, whose object is copied. */
static void add_event(struct object_store *store,
                      const struct stored_event *event,
                      const struct stored_object *object)
{
    struct stored_event *added = &store->events[store->n_events];

    assert_true(store->n_events < OBJECT_STORE_EVENTS_MAX);
    *added = *event;
    (void)snprintf(added->path, sizeof(added->path), "%s", object->path);
    added->object = json_deep_copy(object->value);
    added->version = store->version;
    assert_non_null(added->object);
    store->n_events++;
}

static void set_text(json_t *metadata, const char *key, const char *text)
{
    assert_int_equal(json_object_set_new(metadata, key, json_string(text)), 0);
}

/* What the server gives an object that is made, unless a test did. */
static void complete(struct object_store *store, json_t *metadata)
{
    const time_t now_s = time(NULL);
    char text[32];
    struct tm now;

    store->n_made++;
    if (json_object_get(metadata, "uid") == NULL) {
        (void)snprintf(text, sizeof(text), "uid-%lu", store->n_made);
        set_text(metadata, "uid", text);
    }
    if (json_object_get(metadata, "creationTimestamp") == NULL) {
        assert_non_null(gmtime_r(&now_s, &now));
        (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &now);
        set_text(metadata, "creationTimestamp", text);
    }
}

/* Give the object its next version. */
static json_t *change(struct object_store *store, const struct stored_object *object)
{
    json_t *metadata = json_object_get(object->value, "metadata");
    char version[32];

    if (metadata == NULL) {
        metadata = json_object();
        assert_int_equal(json_object_set_new(object->value, "metadata", metadata), 0);
    }
    store->version++;
    (void)snprintf(version, sizeof(version), "%lu", store->version);
    set_text(metadata, "resourceVersion", version);
    return metadata;
}

/* @value is taken over. */
struct stored_object *
object_store_change(struct object_store *store, const char *path, json_t *value)
{
    struct stored_object *object = object_store_find(store, path);
    struct stored_event event = {.is_new = object == NULL};
    json_t *metadata;

    if (object == NULL) {
        assert_true(store->n_objects < OBJECT_STORE_MAX);
        object = &store->objects[store->n_objects++];
        (void)snprintf(object->path, sizeof(object->path), "%s", path);
    } else {
        event.before = json_deep_copy(labels_of(object->value));
    }
    json_decref(object->value);
    object->value = value;
    metadata = change(store, object);
    if (event.is_new) {
        complete(store, metadata);
    }
    add_event(store, &event, object);
    return object;
}

void object_store_drop(struct object_store *store, struct stored_object *object)
{
    const struct stored_event event = {
        .is_deletion = true,
        .before = json_deep_copy(labels_of(object->value)),
    };

    (void)change(store, object);
    add_event(store, &event, object);
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

json_t *object_store_all(struct object_store *store)
{
    LOCK_STORE(store);
    json_t *all = json_object();

    for (size_t i = 0; i < store->n_objects; i++) {
        const struct stored_object *object = &store->objects[i];
        assert_int_equal(json_object_set_new(all, object->path, json_deep_copy(object->value)), 0);
    }
    return all;
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
        object_store_drop(store, object);
    }
}
