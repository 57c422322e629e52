/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/balancer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/server/client.h"
#include "tests/server/loopback.h"
#include "tests/server/splice.h"

/* A replica that hangs delays the others' turn by so much. */
#define ANSWER_MS 200

struct replica {
    char address[LOOPBACK_SIZE]; /* "": none */
    char health[LOOPBACK_SIZE];
    unsigned int generation; /* counts balancer_set() */
    bool is_ready;
    size_t n_connections;
};

struct balancer {
    char address[LOOPBACK_SIZE];
    int fd;
    int stop;   /* an eventfd, read by nobody: once written, it stays readable */
    int n_runs; /* threads: first the prober, then the carrier */
    pthread_t prober;
    pthread_t carrier;
    pthread_mutex_t lock;
    struct replica replicas[BALANCER_REPLICAS_MAX]; /* under the lock */
    struct splice *splices[BALANCER_CONNECTIONS_MAX];
    size_t n_splices;
    size_t next; /* replica to begin with; with the splices, the carrier's */
};

static struct replica get_replica(struct balancer *balancer, size_t index)
{
    struct replica replica;

    assert(index < BALANCER_REPLICAS_MAX);
    pthread_mutex_lock(&balancer->lock);
    replica = balancer->replicas[index];
    pthread_mutex_unlock(&balancer->lock);
    return replica;
}

static void probe(struct balancer *balancer, size_t index)
{
    const struct replica asked = get_replica(balancer, index);
    struct replica *replica = &balancer->replicas[index];
    struct err err = {0};
    unsigned int status = 0;
    bool is_ready;

    if (asked.address[0] == '\0') {
        return;
    }
    is_ready =
        client_probe(asked.health, "/readyz", ANSWER_MS, &status, &err) == 0 && status == 200;
    pthread_mutex_lock(&balancer->lock);
    if (replica->generation == asked.generation) {
        replica->is_ready = is_ready;
    }
    pthread_mutex_unlock(&balancer->lock);
}

static void *probe_all(void *data)
{
    struct balancer *balancer = data;
    struct pollfd poller = {.fd = balancer->stop, .events = POLLIN};

    while (poll(&poller, 1, BALANCER_PROBE_MS) <= 0) {
        for (size_t i = 0; i < BALANCER_REPLICAS_MAX; i++) {
            probe(balancer, i);
        }
    }
    return NULL;
}

/* Connect to the next replica that is ready and takes connections. -1 when there is none. */
static int connect_next(struct balancer *balancer)
{
    const struct loopback_options options = {.timeout_ms = ANSWER_MS};

    for (size_t i = 0; i < BALANCER_REPLICAS_MAX; i++) {
        const size_t index = (balancer->next + i) % BALANCER_REPLICAS_MAX;
        const struct replica replica = get_replica(balancer, index);
        struct err err = {0};
        const int fd = replica.is_ready ? loopback_connect(replica.address, &options, &err) : -1;
        if (fd >= 0) {
            pthread_mutex_lock(&balancer->lock);
            balancer->replicas[index].n_connections++;
            pthread_mutex_unlock(&balancer->lock);
            balancer->next = index + 1;
            return fd;
        }
    }
    return -1;
}

/* Take one connection that waits. */
static void welcome(struct balancer *balancer)
{
    const int client_fd = accept4(balancer->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct splice *splice;
    int server_fd;

    if (client_fd < 0) {
        return;
    }
    server_fd = connect_next(balancer);
    if (server_fd < 0) {
        (void)close(client_fd);
        return;
    }
    splice = splice_new(client_fd, server_fd);
    if (splice != NULL) {
        balancer->splices[balancer->n_splices++] = splice;
    }
}

/* Move all bytes that can be moved, and forget the connections that are over. */
static void move_all(struct balancer *balancer)
{
    for (size_t i = 0; i < balancer->n_splices;) {
        splice_move(balancer->splices[i]);
        if (splice_is_over(balancer->splices[i])) {
            splice_free(balancer->splices[i]);
            balancer->splices[i] = balancer->splices[--balancer->n_splices];
        } else {
            i++;
        }
    }
}

/* What to wait for: the end, new connections while there is room, and each side of each splice. */
static nfds_t fill_pollers(const struct balancer *balancer, struct pollfd *pollers)
{
    const bool is_full = balancer->n_splices == BALANCER_CONNECTIONS_MAX;
    nfds_t n = 0;

    pollers[n++] = (struct pollfd){.fd = balancer->stop, .events = POLLIN};
    pollers[n++] = (struct pollfd){.fd = is_full ? -1 : balancer->fd, .events = POLLIN};
    for (size_t i = 0; i < balancer->n_splices; i++) {
        for (int side = 0; side < SPLICE_SIDES; side++) {
            const struct splice *splice = balancer->splices[i];
            const short wants = splice_wants(splice, side);
            pollers[n++] =
                (struct pollfd){.fd = wants != 0 ? splice->fds[side] : -1, .events = wants};
        }
    }
    return n;
}

static void *carry_all(void *data)
{
    struct pollfd pollers[2 + BALANCER_CONNECTIONS_MAX * SPLICE_SIDES];
    struct balancer *balancer = data;

    for (;;) {
        const nfds_t n = fill_pollers(balancer, pollers);
        if (poll(pollers, n, -1) < 0 && errno != EINTR) {
            break;
        }
        if (pollers[0].revents != 0) {
            break;
        }
        if (pollers[1].revents != 0) {
            welcome(balancer);
        }
        move_all(balancer);
    }
    return NULL;
}

static bool run(struct balancer *balancer, pthread_t *thread, void *(*body)(void *))
{
    if (pthread_create(thread, NULL, body, balancer) != 0) {
        return false;
    }
    balancer->n_runs++;
    return true;
}

struct balancer *balancer_start(struct err *err)
{
    CLEANUP(balancer_free) struct balancer *balancer = calloc(1, sizeof(*balancer));

    if (balancer == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    (void)pthread_mutex_init(&balancer->lock, NULL);
    balancer->stop = eventfd(0, EFD_CLOEXEC);
    balancer->fd = loopback_listen(balancer->address, err);
    if (balancer->fd < 0) {
        return NULL;
    }
    if (balancer->stop < 0 || !run(balancer, &balancer->prober, probe_all) ||
        !run(balancer, &balancer->carrier, carry_all)) {
        (void)err_set(err, ERR_INTERNAL, "cannot start a thread");
        return NULL;
    }
    return TAKE(balancer);
}

void balancer_free(struct balancer *balancer)
{
    const uint64_t one = 1;

    if (balancer == NULL) {
        return;
    }
    if (balancer->n_runs > 0) {
        (void)!write(balancer->stop, &one, sizeof(one)); /* an empty counter takes it */
        (void)pthread_join(balancer->prober, NULL);
    }
    if (balancer->n_runs > 1) {
        (void)pthread_join(balancer->carrier, NULL);
    }
    for (size_t i = 0; i < balancer->n_splices; i++) {
        splice_free(balancer->splices[i]);
    }
    close_p(&balancer->fd);
    close_p(&balancer->stop);
    (void)pthread_mutex_destroy(&balancer->lock);
    free(balancer);
}

const char *balancer_address(const struct balancer *balancer)
{
    return balancer->address;
}

void balancer_set(struct balancer *balancer,
                  size_t index,
                  const char *address,
                  const char *health_address)
{
    struct replica *replica = &balancer->replicas[index];

    assert(index < BALANCER_REPLICAS_MAX);
    assert(address == NULL || health_address != NULL);
    pthread_mutex_lock(&balancer->lock);
    *replica = (struct replica){.generation = replica->generation + 1};
    if (address != NULL) {
        (void)snprintf(replica->address, sizeof(replica->address), "%s", address);
        (void)snprintf(replica->health, sizeof(replica->health), "%s", health_address);
    }
    pthread_mutex_unlock(&balancer->lock);
}

bool balancer_is_ready(struct balancer *balancer, size_t index)
{
    return get_replica(balancer, index).is_ready;
}

size_t balancer_n_connections(struct balancer *balancer, size_t index)
{
    return get_replica(balancer, index).n_connections;
}
