/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects for the API server of tests
 *
 * What api_server.h calls for a request that no step is for: it keeps objects and answers as an API
 * server does, as far as controllers rely on it: get, list and watch, in a namespace or in all, by
 * name or by labels (equal, unequal, there), metadata alone if asked so, watch from a
 * resourceVersion, create with 409, update, server-side apply and merge patch with resourceVersions
 * that conflict, delete at once, by uid and resourceVersion where they are given. An object that is
 * made gets a uid and the time. For a watch by labels an object that loses them is gone.
 *
 * An apply merges what is applied into what is there: entries of lists that the API knows by a key
 * one by one, other lists as one value. Who applied is noted in metadata.managedFields, but not
 * which fields: an apply that is not forced is refused with 409 where it would change a value of an
 * object that its manager has not applied before. Nothing is filled in, and what an object holds
 * does not go with it. The real API server's word on all of this is in tests/cluster.
 *
 * A test looks at the objects and changes them as somebody else would, while the server runs.
 */

#include <jansson.h>
#include <stdbool.h>

#include "tests/api_server/api_server.h"

struct object_store;

/* Failures of memory fail the test. */
struct object_store *object_store_new(void) __attribute__((warn_unused_result));

/* After api_server_free(). Accepts NULL. */
void object_store_free(struct object_store *store);

/* For struct api_server_options; @data is the store. */
void object_store_serve(void *data, struct api_reply *reply, const struct api_request *request);

/* The object at @path ("/api/v1/namespaces/ns/secrets/s"), or NULL. Owner: the caller. */
json_t *object_store_get(struct object_store *store, const char *path) __attribute__((nonnull));

/* All of them, by their paths. Owner: the caller. */
json_t *object_store_all(struct object_store *store) __attribute__((nonnull));

/* Put @object, which is taken over, at @path, whatever is there, with a new resourceVersion. */
void object_store_put(struct object_store *store, const char *path, json_t *object)
    __attribute__((nonnull));

/* Take away what is at @path, if there is something. */
void object_store_delete(struct object_store *store, const char *path) __attribute__((nonnull));

static inline void object_store_free_p(struct object_store **store)
{
    object_store_free(*store);
}
