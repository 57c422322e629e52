/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/probe.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* A client on its way through one try. */
struct attempt {
    int fd;
    uint64_t end_ms;
    gnutls_session_t tls;
    gnutls_certificate_credentials_t credentials;
};

static void attempt_clear_p(struct attempt *attempt)
{
    if (attempt->tls != NULL) {
        gnutls_deinit(attempt->tls);
    }
    if (attempt->credentials != NULL) {
        gnutls_certificate_free_credentials(attempt->credentials);
    }
    close_p(&attempt->fd);
}

/* Wait until the socket may take or give something. False when the time is over. */
static bool wait_for(const struct attempt *attempt, short events)
{
    struct pollfd poll_fd = {.fd = attempt->fd, .events = events};
    uint64_t now_ms = clock_monotonic_ms();

    return now_ms < attempt->end_ms && poll(&poll_fd, 1, (int)(attempt->end_ms - now_ms)) > 0;
}

/* Whether GnuTLS wants to be called again, as soon as the socket is ready for it. */
static bool goes_on(const struct attempt *attempt, ssize_t code)
{
    if (code != GNUTLS_E_AGAIN && code != GNUTLS_E_INTERRUPTED) {
        return false;
    }
    return wait_for(attempt, gnutls_record_get_direction(attempt->tls) == 1 ? POLLOUT : POLLIN);
}

static int fail(const char *what, ssize_t code, struct err *err)
{
    if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED) {
        return err_set(err, ERR_IO, "%s: no answer within %d ms", what, PROBE_TIMEOUT_MS);
    }
    return err_set(err, ERR_IO, "%s: %s", what,
                   code < 0 ? gnutls_strerror((int)code) : "the connection ended");
}

static int connect_to(struct attempt *attempt, const char *address, struct err *err)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (address_connect(address, &attempt->fd, err) < 0) {
        return -1;
    }
    if (!wait_for(attempt, POLLOUT)) {
        return fail("connect", GNUTLS_E_AGAIN, err);
    }
    if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0) {
        errno = error;
        return err_set_errno(err, "cannot connect to '%s'", address);
    }
    return 0;
}

static int shake_hands(struct attempt *attempt, struct err *err)
{
    int code;

    if (gnutls_certificate_allocate_credentials(&attempt->credentials) < 0 ||
        gnutls_init(&attempt->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
        gnutls_set_default_priority(attempt->tls) < 0 ||
        gnutls_credentials_set(attempt->tls, GNUTLS_CRD_CERTIFICATE, attempt->credentials) < 0) {
        return err_no_memory(err);
    }
    gnutls_transport_set_int(attempt->tls, attempt->fd);
    do {
        code = gnutls_handshake(attempt->tls);
    } while (goes_on(attempt, code));
    return code < 0 ? fail("handshake", code, err) : 0;
}

/* Whether it is us who answered. */
static bool is_ours(const struct attempt *attempt, const struct identity_pair *pair)
{
    unsigned int n = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(attempt->tls, &n);

    return pair != NULL && chain != NULL && n > 0 &&
           identity_pair_has_leaf(pair, chain[0].data, chain[0].size);
}

/* The answer comes in one piece or several; its first line decides. */
static int ask(struct attempt *attempt, struct err *err)
{
    static const char request[] = "GET " PROBE_PATH " HTTP/1.1\r\n"
                                  "Host: hawser\r\n"
                                  "Connection: close\r\n\r\n";
    static const char expected[] = "HTTP/1.1 200 ";
    char answer[sizeof(expected)];
    size_t len = 0;
    ssize_t n;

    do {
        n = gnutls_record_send(attempt->tls, request, sizeof(request) - 1);
    } while (goes_on(attempt, n));
    if (n < 0) {
        return fail("request", n, err);
    }
    while (len < sizeof(expected) - 1) {
        n = gnutls_record_recv(attempt->tls, answer + len, sizeof(expected) - 1 - len);
        if (n > 0) {
            len += (size_t)n;
        } else if (!goes_on(attempt, n)) {
            return fail("answer", n, err);
        }
    }
    if (memcmp(answer, expected, len) != 0) {
        return err_set(err, ERR_IO, "answer: expected status 200");
    }
    return 0;
}

int probe_once(const char *address, struct identity *identity, struct err *err)
{
    __attribute__((cleanup(attempt_clear_p))) struct attempt attempt = {
        .fd = -1,
        .end_ms = clock_monotonic_ms() + PROBE_TIMEOUT_MS,
    };

    CLEANUP(identity_pair_unref) struct identity_pair *before = identity_get_pair(identity);
    CLEANUP(identity_pair_unref) struct identity_pair *after = NULL;

    if (connect_to(&attempt, address, err) < 0 || shake_hands(&attempt, err) < 0) {
        return -1;
    }
    after = identity_get_pair(identity);
    if (!is_ours(&attempt, before) && !is_ours(&attempt, after)) {
        return err_set(err, ERR_IO, "another certificate than ours was presented");
    }
    return ask(&attempt, err);
}

struct probe {
    const char *address;
    struct identity *identity;
    struct readiness *readiness;
    int stop_fd; /* an eventfd */
    pthread_t thread;
    bool has_thread;
};

static void try(const struct probe *probe)
{
    struct err err = {0};

    if (probe_once(probe->address, probe->identity, &err) == 0) {
        err.code = ERR_NONE;
    }
    readiness_note_probe(probe->readiness, &err, clock_monotonic_ms());
}

static void *run(void *data)
{
    const struct probe *probe = data;
    struct pollfd stop = {.fd = probe->stop_fd, .events = POLLIN};

    while (poll(&stop, 1, PROBE_EVERY_MS) <= 0) {
        try(probe);
    }
    return NULL;
}

struct probe *probe_start(const char *address,
                          struct identity *identity,
                          struct readiness *readiness,
                          struct err *err)
{
    struct probe *probe = calloc(1, sizeof(*probe));

    if (probe == NULL) {
        err_no_memory(err);
        return NULL;
    }
    *probe = (struct probe){.address = address, .identity = identity, .readiness = readiness};
    probe->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    try(probe);
    if (probe->stop_fd < 0 || pthread_create(&probe->thread, NULL, run, probe) != 0) {
        err_set(err, ERR_INTERNAL, "cannot start the thread that tries our own port");
        probe_stop(probe);
        return NULL;
    }
    probe->has_thread = true;
    return probe;
}

void probe_stop(struct probe *probe)
{
    const uint64_t word = 1;

    if (probe == NULL) {
        return;
    }
    if (probe->has_thread) {
        (void)!write(probe->stop_fd, &word, sizeof(word)); /* cannot fail: it was 0 */
        (void)pthread_join(probe->thread, NULL);
    }
    if (probe->stop_fd >= 0) {
        (void)close(probe->stop_fd);
    }
    free(probe);
}
