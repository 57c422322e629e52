/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "webhook/server/exchange.h"
#include "webhook/server/worker.h"

/* How late a connection may be closed beyond its deadline, and how soon the door looks again after
 * it had to stop taking in. */
#define LATE_MS  100
#define PAUSE_MS 20

/* So many are taken in before the door looks at deadlines, and whether it is to close. */
#define TURN_MAX 256

/* For so long a door that is to be closed tries to take in who waits, where it is full. */
#define CLOSE_MS 1000

/* How often listener_drain() looks. */
#define DRAIN_MS 10

struct listener {
    struct body_budget budget;
    struct connections *connections;
    struct metrics *metrics; /* NULL: nothing is counted */
    size_t max_connections;
    char address[ADDRESS_TEXT_SIZE];
    atomic_bool closes_answers;

    struct worker **workers;
    unsigned int n_workers;
    unsigned int next;  /* worker that gets a connection; the door's alone */
    bool is_in_trouble; /* accept4() fails for want of descriptors or memory; the door's alone */

    pthread_t door;
    bool has_door;
    int listen_fd; /* the door's alone once it runs; -1: closed */
    int wake_fd;   /* an eventfd that wakes the door */
    atomic_bool closes_door;
    atomic_bool door_is_closed;
    atomic_bool stops;
};

static void count_closed(void *data, enum connections_phase phase, bool full)
{
    static const enum metrics_closed reasons[] = {
        [CONNECTIONS_FIRST] = METRICS_CLOSED_HANDSHAKE,
        [CONNECTIONS_REQUEST] = METRICS_CLOSED_REQUEST,
        [CONNECTIONS_ANSWER] = METRICS_CLOSED_ANSWER,
        [CONNECTIONS_IDLE] = METRICS_CLOSED_IDLE,
    };
    const struct listener *listener = data;

    if (listener->metrics != NULL) {
        metrics_count_closed(listener->metrics, full ? METRICS_CLOSED_FULL : reasons[phase]);
    }
}

/* Whether there is room for one more, or somebody makes it. */
static bool has_room(const struct listener *listener)
{
    size_t n = connections_count(listener->connections);

    if (n < listener->max_connections) {
        return true;
    }
    /* Those who were told to go need a moment. */
    return n < listener->max_connections + LISTENER_SPARE_CONNECTIONS &&
           connections_make_room(listener->connections);
}

/* Tell once that the system is in trouble, and once that it is over: @code is of errno, or 0. */
static void tell_trouble(struct listener *listener, int code)
{
    char reason[128];
    const struct log_field fields[] = {
        {.name = "error", .text = strerror_r(code, reason, sizeof(reason))}, {.name = NULL}};

    if (code != 0 && !listener->is_in_trouble) {
        log_line(LOG_ERROR, "cannot accept connections; trying again", fields);
    } else if (code == 0 && listener->is_in_trouble) {
        log_line(LOG_INFO, "accepting connections again", NULL);
    }
    listener->is_in_trouble = code != 0;
}

/* Whether accept4() failed for this one client only (accept(2), "Error handling"). */
static bool is_client_error(int code)
{
    switch (code) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
    case EOPNOTSUPP:
        return true;
    default:
        return false;
    }
}

/* Hand a connection to the next worker that can take it. */
static void take_in(struct listener *listener, int fd, const struct sockaddr *peer, socklen_t len)
{
    connections_expect(listener->connections);
    for (unsigned int i = 0; i < listener->n_workers; i++) {
        struct worker *worker = listener->workers[listener->next++ % listener->n_workers];
        if (worker_take(worker, fd, peer, len)) {
            return;
        }
    }
    connections_forget(listener->connections);
    (void)close(fd); /* hundreds wait for each worker: the client does better to try again */
}

static bool somebody_waits(const struct listener *listener)
{
    struct pollfd poll_fd = {.fd = listener->listen_fd, .events = POLLIN};

    return poll(&poll_fd, 1, 0) > 0;
}

/*
 * Take in those who wait, TURN_MAX at most, making room for each and not for one more. False when
 * the door has to pause: it is full, or the system has no descriptors or memory.
 */
static bool accept_waiting(struct listener *listener)
{
    for (int i = 0; i < TURN_MAX && somebody_waits(listener); i++) {
        struct sockaddr_storage peer = {0};
        socklen_t len = sizeof(peer);
        int fd;

        if (!has_room(listener)) {
            return false;
        }
        fd = accept4(listener->listen_fd, (struct sockaddr *)&peer, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno != EAGAIN && !is_client_error(errno)) {
            tell_trouble(listener, errno);
            return false;
        }
        tell_trouble(listener, 0);
        if (fd >= 0) {
            take_in(listener, fd, (struct sockaddr *)&peer, len);
        }
    }
    return true;
}

/* Sleep for @ms; a signal may end it sooner. */
static void nap(int ms)
{
    (void)poll(NULL, 0, ms);
}

static void close_door(struct listener *listener)
{
    const uint64_t end_ms = clock_monotonic_ms() + CLOSE_MS;

    while (somebody_waits(listener) && clock_monotonic_ms() < end_ms) {
        if (!accept_waiting(listener)) {
            nap(PAUSE_MS);
        }
    }
    (void)close(listener->listen_fd);
    listener->listen_fd = -1;
    atomic_store(&listener->door_is_closed, true);
}

/* Wait for a client, for a word of another thread, or for the time to look after the late. */
static bool wait_at_door(struct listener *listener, bool pauses)
{
    struct pollfd fds[] = {
        {.fd = listener->wake_fd, .events = POLLIN},
        {.fd = pauses ? -1 : listener->listen_fd, .events = POLLIN},
    };
    uint64_t word;

    if (poll(fds, 2, pauses ? PAUSE_MS : LATE_MS) <= 0) {
        return pauses; /* look again */
    }
    if (fds[0].revents != 0) {
        (void)!read(listener->wake_fd, &word, sizeof(word)); /* empty it */
    }
    return fds[1].revents != 0;
}

static void *keep_door(void *data)
{
    struct listener *listener = data;
    uint64_t looked_ms = 0;
    bool pauses = false;

    while (!atomic_load(&listener->stops)) {
        bool somebody_came = wait_at_door(listener, pauses);
        uint64_t now_ms = clock_monotonic_ms();
        if (now_ms - looked_ms >= LATE_MS) {
            connections_close_late(listener->connections, now_ms);
            looked_ms = now_ms;
        }
        if (listener->listen_fd < 0) {
            pauses = false;
        } else if (atomic_load(&listener->closes_door)) {
            close_door(listener);
        } else if (somebody_came) {
            pauses = !accept_waiting(listener);
        }
    }
    return NULL;
}

static void wake_door(const struct listener *listener)
{
    const uint64_t word = 1;

    (void)!write(listener->wake_fd, &word, sizeof(word)); /* fails only when it is awake already */
}

static int
start_workers(struct listener *listener, const struct listener_options *options, struct err *err)
{
    struct exchange_service service = {
        .routes = options->routes,
        .connections = listener->connections,
        .budget = &listener->budget,
        .identity = options->identity,
        .callers = options->callers,
        .metrics = options->metrics,
        .closes = &listener->closes_answers,
    };
    /* So much that libmicrohttpd turns nobody away, even if one worker gets all of them. */
    unsigned int max = (unsigned int)(options->max_connections + LISTENER_SPARE_CONNECTIONS);

    listener->workers = calloc(options->n_workers, sizeof(struct worker *));
    if (listener->workers == NULL) {
        return err_no_memory(err);
    }
    while (listener->n_workers < options->n_workers) {
        struct worker *worker;
        service.worker = listener->n_workers;
        worker = worker_start(&service, max, options->arena_max_bytes, err);
        if (worker == NULL) {
            return err_wrap(err, "cannot serve '%s'", listener->address);
        }
        listener->workers[listener->n_workers++] = worker;
    }
    return 0;
}

static int start_door(struct listener *listener, struct err *err)
{
    listener->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->wake_fd < 0) {
        return err_set_errno(err, "eventfd");
    }
    if (pthread_create(&listener->door, NULL, keep_door, listener) != 0) {
        return err_set(err, ERR_INTERNAL, "cannot start the thread that accepts for '%s'",
                       listener->address);
    }
    listener->has_door = true;
    return 0;
}

static int start(struct listener *listener, const struct listener_options *options, struct err *err)
{
    const struct connections_options limits = {
        .request_timeout_ms = options->request_timeout_ms,
        .idle_timeout_ms = options->idle_timeout_ms,
        .closed = count_closed,
        .data = listener,
    };

    listener->connections = connections_new(&limits);
    if (listener->connections == NULL) {
        return err_no_memory(err);
    }
    listener->max_connections = options->max_connections;
    listener->metrics = options->metrics;
    if (address_listen(options->address, &listener->listen_fd, listener->address, err) < 0 ||
        start_workers(listener, options, err) < 0) {
        return -1;
    }
    return start_door(listener, err);
}

struct listener *listener_start(const struct listener_options *options, struct err *err)
{
    CLEANUP(listener_stop) struct listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL) {
        err_no_memory(err);
        return NULL;
    }
    listener->listen_fd = -1;
    listener->wake_fd = -1;
    return start(listener, options, err) == 0 ? TAKE(listener) : NULL;
}

const char *listener_address(const struct listener *listener)
{
    return listener->address;
}

size_t listener_count_connections(const struct listener *listener)
{
    return connections_count(listener->connections);
}

size_t listener_body_bytes(const struct listener *listener)
{
    return atomic_load_explicit(&listener->budget.held, memory_order_relaxed);
}

void listener_close_answers(struct listener *listener)
{
    atomic_store_explicit(&listener->closes_answers, true, memory_order_relaxed);
}

void listener_close_door(struct listener *listener)
{
    atomic_store(&listener->closes_door, true);
    wake_door(listener);
    while (!atomic_load(&listener->door_is_closed)) {
        nap(1);
    }
}

size_t listener_drain(struct listener *listener,
                      unsigned int timeout_ms,
                      bool (*hurry)(void *),
                      void *data)
{
    const uint64_t end_ms = clock_monotonic_ms() + timeout_ms;

    while (connections_count(listener->connections) > 0 && clock_monotonic_ms() < end_ms &&
           !hurry(data)) {
        connections_end_idle(listener->connections);
        nap(DRAIN_MS);
    }
    return connections_count(listener->connections);
}

void listener_stop(struct listener *listener)
{
    if (listener == NULL) {
        return;
    }
    if (listener->has_door) {
        atomic_store(&listener->stops, true);
        wake_door(listener);
        (void)pthread_join(listener->door, NULL);
    }
    for (unsigned int i = 0; i < listener->n_workers; i++) {
        worker_stop(listener->workers[i]);
    }
    free(listener->workers);
    if (listener->listen_fd >= 0) {
        (void)close(listener->listen_fd);
    }
    if (listener->wake_fd >= 0) {
        (void)close(listener->wake_fd);
    }
    connections_free(listener->connections);
    free(listener);
}
