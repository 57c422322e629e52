/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A port and the threads that serve it
 *
 * Workers (worker.h) each serve their connections. One more thread, the door, accepts them and
 * hands them to the workers in turn: it makes room when the listener is full, goes on when the
 * system is out of descriptors, closes connections that are late, and takes the last waiting client
 * in before it closes the socket.
 *
 * Ending one without losing a request: listener_close_answers(), and later, when nobody sends
 * anything new here, listener_close_door(), listener_drain() and listener_stop().
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "webhook/server/callers.h"
#include "webhook/server/http.h"
#include "webhook/server/identity.h"
#include "webhook/server/metrics.h"

/* Descriptors that a listener may need beyond its connections. */
#define LISTENER_SPARE_CONNECTIONS 32

struct listener;

struct listener_options {
    const char *address; /* as address_listen() takes it */
    struct http_routes routes;
    unsigned int n_workers;
    size_t max_connections;
    size_t arena_max_bytes;          /* of http_request; 0 where no route uses it */
    unsigned int request_timeout_ms; /* see connections.h */
    unsigned int idle_timeout_ms;
    struct identity *identity; /* NULL: plain HTTP */
    struct callers *callers;   /* with an identity */
    struct metrics *metrics;   /* NULL: nothing is counted */
};

/*
 * Listen and serve. What @options points to must outlive the listener.
 *
 * Errors: those of address_listen(); ERR_INTERNAL when a thread cannot be started. Owner: the
 * caller, listener_stop().
 */
struct listener *listener_start(const struct listener_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The address with the port that it really is. */
const char *listener_address(const struct listener *listener) __attribute__((nonnull));

/* Those that were accepted and are not gone yet. */
size_t listener_count_connections(const struct listener *listener) __attribute__((nonnull));

/* The bytes of request bodies that are held. */
size_t listener_body_bytes(const struct listener *listener) __attribute__((nonnull));

/* From now on each answer says "Connection: close", so that clients go elsewhere. */
void listener_close_answers(struct listener *listener) __attribute__((nonnull));

/* Take in those who wait at the door, and close it. Takes up to a second where it is full; who did
 * not get in by then is turned away. */
void listener_close_door(struct listener *listener) __attribute__((nonnull));

/* End idle connections and wait for the others, at most @timeout_ms or until @hurry says so.
 * Returns how many are left. */
size_t listener_drain(struct listener *listener,
                      unsigned int timeout_ms,
                      bool (*hurry)(void *),
                      void *data) __attribute__((nonnull(1, 3)));

/* Cut what is left and release everything. Accepts NULL. */
void listener_stop(struct listener *listener);

static inline void listener_stop_p(struct listener **listener)
{
    listener_stop(*listener);
}
