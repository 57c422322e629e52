/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside the objects of the API server of tests: object_store.c keeps them, object_requests.c
 * answers
 */

#include <pthread.h>

#include "base/cleanup.h"
#include "tests/api_server/object_store.h"

#define OBJECT_STORE_MAX        64
#define OBJECT_STORE_EVENTS_MAX 4096
#define OBJECT_STORE_PATH_SIZE  256

struct stored_object {
    char path[OBJECT_STORE_PATH_SIZE];
    json_t *value;
};

/* What watches are told. */
struct stored_event {
    char path[OBJECT_STORE_PATH_SIZE];
    char *text; /* its line */
    unsigned long version;
};

struct object_store {
    pthread_mutex_t lock;
    unsigned long version; /* of the last change */
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

/* The next two with the lock held. The object at @path, or NULL. */
struct stored_object *object_store_find(struct object_store *store, const char *path)
    __attribute__((nonnull));

/* Put @value, which is taken over, there, with its next version, and tell watches of it. */
struct stored_object *object_store_change(struct object_store *store,
                                          const char *path,
                                          json_t *value) __attribute__((nonnull));
