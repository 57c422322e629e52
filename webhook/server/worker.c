/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/worker.h"

#include <fcntl.h>
#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

/* Connections are handed over through a pipe: so much is written and read as a whole. */
struct handover {
    int fd;
    socklen_t len;
    struct sockaddr_storage peer;
};
_Static_assert(sizeof(struct handover) <= PIPE_BUF, "a write to a pipe is atomic up to this");

/* When libmicrohttpd wants to go on and nothing happens, it is run again after so long, should it
 * know better. */
#define STALL_MS 50

struct worker {
    struct exchange_service service;
    struct MHD_Daemon *daemon;
    int ends[2];  /* of the pipe; closing the second ends the thread */
    int epoll_fd; /* libmicrohttpd's */
    pthread_t thread;
    bool has_thread;
};

/* Take in one that was handed over. */
static void take_in(struct worker *worker, const struct handover *handover)
{
    const struct sockaddr *peer = (const struct sockaddr *)&handover->peer;

    worker->service.moved = false;
    if (MHD_add_connection(worker->daemon, handover->fd, peer, handover->len) != MHD_YES &&
        !worker->service.moved) {
        /* It is closed, which costs this client only, and exchange_notify() was not told. */
        connections_forget(worker->service.connections);
    }
    worker->service.moved = true;
}

/* Take in all that were handed over; false when the pipe is closed. */
static bool take_in_all(struct worker *worker)
{
    struct handover handovers[16];
    ssize_t n = read(worker->ends[0], handovers, sizeof(handovers));

    for (ssize_t i = 0; n > 0 && i < n / (ssize_t)sizeof(handovers[0]); i++) {
        take_in(worker, &handovers[i]);
    }
    return n != 0;
}

/* How long to wait after a run: -1 for ever. */
static int choose_wait_ms(const struct worker *worker)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;

    if (MHD_get_timeout(worker->daemon, &wait_ms) != MHD_YES) {
        return -1;
    }
    if (wait_ms > 0) {
        return wait_ms < STALL_MS ? (int)wait_ms : STALL_MS;
    }
    /* Only in a handshake libmicrohttpd is wrong about it. */
    return worker->service.identity == NULL || worker->service.moved ? 0 : STALL_MS;
}

static void *work(void *data)
{
    struct worker *worker = data;
    struct pollfd fds[] = {
        {.fd = worker->ends[0], .events = POLLIN},
        {.fd = worker->epoll_fd, .events = POLLIN},
    };
    int wait_ms = -1;

    for (;;) {
        (void)poll(fds, 2, wait_ms);
        worker->service.moved = false;
        if (fds[0].revents != 0 && !take_in_all(worker)) {
            return NULL;
        }
        if (MHD_run(worker->daemon) != MHD_YES) {
            log_line(LOG_ERROR, "libmicrohttpd does not run; trying again", NULL);
        }
        wait_ms = choose_wait_ms(worker);
    }
}

/* Options for TLS are ignored where it is not used. */
static int start_daemon(struct worker *worker, unsigned int max_connections, struct err *err)
{
    const unsigned int tls = worker->service.identity != NULL ? MHD_USE_TLS : 0;
    void *service = &worker->service;
    const union MHD_DaemonInfo *info;

    worker->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | tls, 0, NULL, NULL, exchange_handle, service,
        MHD_OPTION_NOTIFY_CONNECTION, exchange_notify, service, MHD_OPTION_URI_LOG_CALLBACK,
        exchange_begin, service, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, service,
        MHD_OPTION_CONNECTION_LIMIT, max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        WORKER_CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_HTTPS_PRIORITIES,
        IDENTITY_PRIORITIES, MHD_OPTION_HTTPS_CERT_CALLBACK2, identity_retrieve, MHD_OPTION_END);
    if (worker->daemon == NULL) {
        return err_set(err, ERR_INTERNAL, "libmicrohttpd does not start");
    }
    info = MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL) {
        return err_set(err, ERR_INTERNAL, "libmicrohttpd has no epoll descriptor");
    }
    worker->epoll_fd = info->epoll_fd;
    return 0;
}

static int start_thread(struct worker *worker, struct err *err)
{
    pthread_attr_t attributes;
    int code;

    if (pthread_attr_init(&attributes) != 0) {
        return err_no_memory(err);
    }
    code = pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    if (code == 0) {
        code = pthread_create(&worker->thread, &attributes, work, worker);
    }
    (void)pthread_attr_destroy(&attributes);
    if (code != 0) {
        return err_set(err, ERR_INTERNAL, "cannot start a thread that serves connections");
    }
    worker->has_thread = true;
    return 0;
}

struct worker *worker_start(const struct exchange_service *service,
                            unsigned int max_connections,
                            size_t arena_max_bytes,
                            struct err *err)
{
    CLEANUP(worker_stop) struct worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL) {
        err_no_memory(err);
        return NULL;
    }
    worker->service = *service;
    worker->ends[0] = -1;
    worker->ends[1] = -1;
    worker->service.arena = arena_new(arena_max_bytes);
    if (worker->service.arena == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (pipe2(worker->ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        err_set_errno(err, "pipe");
        return NULL;
    }
    if (start_daemon(worker, max_connections, err) < 0 || start_thread(worker, err) < 0) {
        return NULL;
    }
    return TAKE(worker);
}

bool worker_take(struct worker *worker, int fd, const struct sockaddr *peer, socklen_t len)
{
    struct handover handover = {.fd = fd, .len = len};

    memcpy(&handover.peer, peer, len);
    return write(worker->ends[1], &handover, sizeof(handover)) == (ssize_t)sizeof(handover);
}

/* Close those that nobody took in. */
static void drop_handovers(struct worker *worker)
{
    struct handover handover;

    while (read(worker->ends[0], &handover, sizeof(handover)) == (ssize_t)sizeof(handover)) {
        (void)close(handover.fd);
        connections_forget(worker->service.connections);
    }
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL) {
        return;
    }
    close_p(&worker->ends[1]);
    if (worker->has_thread) {
        (void)pthread_join(worker->thread, NULL);
    }
    if (worker->ends[0] >= 0) {
        drop_handovers(worker);
    }
    if (worker->daemon != NULL) {
        MHD_stop_daemon(worker->daemon);
    }
    close_p(&worker->ends[0]);
    arena_free(worker->service.arena);
    free(worker);
}
