/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Connections and their deadlines
 *
 * libmicrohttpd only knows a time-out that each received byte starts anew, so that a client which
 * sends a byte every second keeps its place for ever. Here each connection is in one of four
 * phases, and each phase has a deadline that no byte moves:
 *
 *     FIRST    from accept: TLS handshake and the first whole request      request time-out
 *     REQUEST  from a further request's first byte until it is whole       request time-out
 *     ANSWER   from then until the client took all of the answer           request time-out
 *     IDLE     from then until the next request's first byte               idle time-out
 *
 * (Without TLS a further request counts from its first line, the first thing that is known of it.)
 *
 * A table holds all connections of a listener. One thread of it asks regularly who is late and
 * shuts those sockets down; the thread that serves the connection then finds it closed and cleans
 * up. When the table is full the one that is missed least makes room: first those that never sent a
 * whole request, the oldest of them; then those that are idle, the longest. Connections that a
 * request is under way on are never taken for that.
 *
 * Time is CLOCK_MONOTONIC in milliseconds. Thread-safe.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum connections_phase {
    CONNECTIONS_FIRST,
    CONNECTIONS_REQUEST,
    CONNECTIONS_ANSWER,
    CONNECTIONS_IDLE,
    CONNECTIONS_DONE, /* shut down by us, about to be removed */
};

/* The table's part of a connection. */
struct connections_entry {
    struct connections_entry *prev;
    struct connections_entry *next;
    int fd;
    atomic_uint_fast64_t state; /* phase and deadline in one word, so that they agree */
};

struct connections;

struct connections_options {
    uint64_t request_timeout_ms;
    uint64_t idle_timeout_ms;

    /* Told of each connection that is closed for being late in @phase, or, with @full, to make
     * room. Must not block or call back. */
    void (*closed)(void *data, enum connections_phase phase, bool full);
    void *data;
};

/* NULL when there is no memory. */
struct connections *connections_new(const struct connections_options *options)
    __attribute__((nonnull));

/* Accepts NULL. All entries must be gone. */
void connections_free(struct connections *connections);

/*
 * Count a connection that was accepted, and that another thread is about to add. It takes a place
 * from now on: that thread may be busy for long, and more must not be accepted meanwhile.
 */
void connections_expect(struct connections *connections) __attribute__((nonnull));

/* One that was expected is not added after all. */
void connections_forget(struct connections *connections) __attribute__((nonnull));

/* Take in the entry of a connection that was expected; it must not move until it is removed. */
void connections_add(struct connections *connections,
                     struct connections_entry *entry,
                     int fd,
                     uint64_t now_ms) __attribute__((nonnull));

/* Take it out; to be called before its descriptor is closed. */
void connections_remove(struct connections *connections, struct connections_entry *entry)
    __attribute__((nonnull));

/* The connection begins a phase, unless it was shut down: it stays so. Does not lock. */
void connections_enter(const struct connections *connections,
                       struct connections_entry *entry,
                       enum connections_phase phase,
                       uint64_t now_ms) __attribute__((nonnull));

/* The phase that it is in. */
enum connections_phase connections_phase(const struct connections_entry *entry)
    __attribute__((nonnull));

/* How many there are, those that are expected among them. Does not lock. */
size_t connections_count(const struct connections *connections) __attribute__((nonnull));

/* Shut down all that are past their deadline. */
void connections_close_late(struct connections *connections, uint64_t now_ms)
    __attribute__((nonnull));

/* Shut down one to make room; false when a request is under way on every one. */
bool connections_make_room(struct connections *connections) __attribute__((nonnull));

/*
 * End those that are idle, in a way that loses no request: one with bytes to be read goes on, as
 * more of its request may follow; of the others only the receiving side is shut down, so that what
 * arrives just then is still read and answered. To be called again until none is left.
 */
void connections_end_idle(struct connections *connections) __attribute__((nonnull));
