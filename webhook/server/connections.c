/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/connections.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define PHASE_BITS 3
#define PHASE_MASK ((uint_fast64_t)7)

struct connections {
    struct connections_options options;
    pthread_mutex_t lock; /* of the list, and of the descriptors in it: who is in it is open */
    struct connections_entry *first;
    atomic_size_t n; /* also of those that are only expected */
};

struct connections *connections_new(const struct connections_options *options)
{
    CLEANUP(free) struct connections *connections = calloc(1, sizeof(*connections));

    if (connections == NULL || pthread_mutex_init(&connections->lock, NULL) != 0) {
        return NULL;
    }
    connections->options = *options;
    return TAKE(connections);
}

void connections_free(struct connections *connections)
{
    if (connections == NULL) {
        return;
    }
    assert(connections->first == NULL);
    (void)pthread_mutex_destroy(&connections->lock);
    free(connections);
}

static enum connections_phase phase_of(uint_fast64_t state)
{
    return (enum connections_phase)(state & PHASE_MASK);
}

static uint64_t deadline_of(uint_fast64_t state)
{
    return state >> PHASE_BITS;
}

/* The state of a connection that begins @phase now. */
static uint_fast64_t
begin(const struct connections *connections, enum connections_phase phase, uint64_t now_ms)
{
    const struct connections_options *options = &connections->options;
    const uint64_t timeout_ms =
        phase == CONNECTIONS_IDLE ? options->idle_timeout_ms : options->request_timeout_ms;

    return (now_ms + timeout_ms) << PHASE_BITS | (uint_fast64_t)phase;
}

void connections_enter(const struct connections *connections,
                       struct connections_entry *entry,
                       enum connections_phase phase,
                       uint64_t now_ms)
{
    const uint_fast64_t after = begin(connections, phase, now_ms);
    uint_fast64_t before = atomic_load_explicit(&entry->state, memory_order_relaxed);

    do {
        if (phase_of(before) == CONNECTIONS_DONE) {
            return;
        }
    } while (!atomic_compare_exchange_weak_explicit(&entry->state, &before, after,
                                                    memory_order_relaxed, memory_order_relaxed));
}

enum connections_phase connections_phase(const struct connections_entry *entry)
{
    return phase_of(atomic_load_explicit(&entry->state, memory_order_relaxed));
}

void connections_expect(struct connections *connections)
{
    atomic_fetch_add_explicit(&connections->n, 1, memory_order_relaxed);
}

void connections_forget(struct connections *connections)
{
    atomic_fetch_sub_explicit(&connections->n, 1, memory_order_relaxed);
}

void connections_add(struct connections *connections,
                     struct connections_entry *entry,
                     int fd,
                     uint64_t now_ms)
{
    entry->fd = fd;
    entry->prev = NULL;
    atomic_init(&entry->state, begin(connections, CONNECTIONS_FIRST, now_ms));
    (void)pthread_mutex_lock(&connections->lock);
    entry->next = connections->first;
    if (entry->next != NULL) {
        entry->next->prev = entry;
    }
    connections->first = entry;
    (void)pthread_mutex_unlock(&connections->lock);
}

void connections_remove(struct connections *connections, struct connections_entry *entry)
{
    (void)pthread_mutex_lock(&connections->lock);
    if (entry->prev != NULL) {
        entry->prev->next = entry->next;
    } else {
        connections->first = entry->next;
    }
    if (entry->next != NULL) {
        entry->next->prev = entry->prev;
    }
    (void)pthread_mutex_unlock(&connections->lock);
    connections_forget(connections);
}

size_t connections_count(const struct connections *connections)
{
    return atomic_load_explicit(&connections->n, memory_order_relaxed);
}

/*
 * Shut @entry down unless it went on since @state was read. Under the lock, so that the descriptor
 * is still this connection's.
 */
static bool close_entry(struct connections_entry *entry, uint_fast64_t state)
{
    if (!atomic_compare_exchange_strong_explicit(&entry->state, &state, CONNECTIONS_DONE,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return false;
    }
    (void)shutdown(entry->fd, SHUT_RDWR); /* ENOTCONN: the client was faster */
    return true;
}

void connections_close_late(struct connections *connections, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&connections->lock);
    for (struct connections_entry *e = connections->first; e != NULL; e = e->next) {
        uint_fast64_t state = atomic_load_explicit(&e->state, memory_order_relaxed);
        if (phase_of(state) == CONNECTIONS_DONE || deadline_of(state) > now_ms) {
            continue;
        }
        if (close_entry(e, state)) {
            connections->options.closed(connections->options.data, phase_of(state), false);
        }
    }
    (void)pthread_mutex_unlock(&connections->lock);
}

/* Whether a connection in the state @a is missed less than one in the state @b. */
static bool is_missed_less(uint_fast64_t a, uint_fast64_t b)
{
    if (phase_of(a) != phase_of(b)) {
        return phase_of(a) == CONNECTIONS_FIRST;
    }
    return deadline_of(a) < deadline_of(b);
}

bool connections_make_room(struct connections *connections)
{
    struct connections_entry *least = NULL;
    uint_fast64_t least_state = 0;
    bool made = false;

    (void)pthread_mutex_lock(&connections->lock);
    for (struct connections_entry *e = connections->first; e != NULL; e = e->next) {
        uint_fast64_t state = atomic_load_explicit(&e->state, memory_order_relaxed);
        enum connections_phase phase = phase_of(state);
        if ((phase == CONNECTIONS_FIRST || phase == CONNECTIONS_IDLE) &&
            (least == NULL || is_missed_less(state, least_state))) {
            least = e;
            least_state = state;
        }
    }
    if (least != NULL && close_entry(least, least_state)) {
        connections->options.closed(connections->options.data, phase_of(least_state), true);
        made = true;
    }
    (void)pthread_mutex_unlock(&connections->lock);
    return made;
}

/* Whether a request lies in the socket that its worker has not seen yet. */
static bool has_bytes(const struct connections_entry *entry)
{
    int n = 0;

    return ioctl(entry->fd, FIONREAD, &n) == 0 && n > 0;
}

void connections_end_idle(struct connections *connections)
{
    (void)pthread_mutex_lock(&connections->lock);
    for (struct connections_entry *e = connections->first; e != NULL; e = e->next) {
        if (connections_phase(e) == CONNECTIONS_IDLE && !has_bytes(e)) {
            (void)shutdown(e->fd, SHUT_RD);
        }
    }
    (void)pthread_mutex_unlock(&connections->lock);
}
