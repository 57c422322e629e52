/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside the objects of the API server of tests: object_store.c keeps them, object_requests.c
 * answers, object_target.c knows what is asked for, object_merge.c how patches are merged
 */

#include <pthread.h>

#include "base/cleanup.h"
#include "tests/api_server/object_store.h"

#define OBJECT_STORE_MAX        256
#define OBJECT_STORE_EVENTS_MAX 4096
#define OBJECT_STORE_PATH_SIZE  256

struct stored_object {
    char path[OBJECT_STORE_PATH_SIZE];
    json_t *value;
};

/* What watches are told. */
struct stored_event {
    char path[OBJECT_STORE_PATH_SIZE];
    json_t *object;
    json_t *before; /* its labels until then; NULL: it was not there, or had none */
    bool is_new;
    bool is_deletion;
    unsigned long version;
};

struct object_store {
    pthread_mutex_t lock;
    unsigned long version; /* of the last change */
    unsigned long n_made;  /* objects so far: their uids */
    struct stored_object objects[OBJECT_STORE_MAX];
    size_t n_objects;
    struct stored_event events[OBJECT_STORE_EVENTS_MAX];
    size_t n_events;
};

static inline void object_store_unlock_p(pthread_mutex_t *const *lock)
{
    (void)pthread_mutex_unlock(*lock);
}

/* Hold the lock to the end of the scope. */
#define LOCK_STORE(store)                                                    \
    CLEANUP(object_store_unlock)                                             \
    __attribute__((unused)) pthread_mutex_t *const locked_ = &(store)->lock; \
    (void)pthread_mutex_lock(locked_)

/* The next three with the lock held. The object at @path, or NULL. */
struct stored_object *object_store_find(struct object_store *store, const char *path)
    __attribute__((nonnull));

/* Put @value, which is taken over, there, with its next version, and tell watches of it. */
struct stored_object *object_store_change(struct object_store *store,
                                          const char *path,
                                          json_t *value) __attribute__((nonnull));

/* Take away @object, which is in the store, and tell watches of it. */
void object_store_drop(struct object_store *store, struct stored_object *object)
    __attribute__((nonnull));

/* Put into @into what is applied, @from, as object_store.h says. */
void object_merge_apply(json_t *into, json_t *from) __attribute__((nonnull));

/* Whether to apply @applied would change a value of @present, which may be NULL. */
bool object_merge_conflicts(const json_t *present, json_t *applied);

/* The same for a merge patch (RFC 7386): null takes a member away, lists are replaced. */
void object_merge_patch(json_t *into, json_t *patch) __attribute__((nonnull));

/* Whether @manager has applied fields of @object. */
bool object_merge_is_managed(const json_t *object, const char *manager) __attribute__((nonnull));

/* Note in its metadata that @manager has applied fields of @object. */
void object_merge_manager(json_t *object, const char *manager) __attribute__((nonnull));

/* A request's target, taken apart. */
struct object_target {
    char path[OBJECT_STORE_PATH_SIZE];
    char name[OBJECT_STORE_PATH_SIZE];   /* of fieldSelector=metadata.name=; "" for none */
    char labels[OBJECT_STORE_PATH_SIZE]; /* labelSelector: "key=value,key=value" */
    char manager[OBJECT_STORE_PATH_SIZE];
    unsigned long version;
    bool is_watch;
    bool is_metadata;    /* PartialObjectMetadata */
    bool is_merge_patch; /* and no apply */
    bool is_forced;      /* of an apply */
};

struct object_target object_target_read(const struct api_request *request) __attribute__((nonnull));

/* Whether the object at @path is in the collection that was asked for. */
bool object_target_has(const struct object_target *target, const char *path)
    __attribute__((nonnull));

/* Whether @labels, which may be NULL, are as was asked for. */
bool object_target_selects(const struct object_target *target, const json_t *labels)
    __attribute__((nonnull(1)));
