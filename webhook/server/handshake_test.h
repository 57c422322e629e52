/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * TLS for tests: a client and a server of GnuTLS at the ends of a socketpair
 *
 * Both ends live in one thread, so their handshakes go on in turns and never wait. Any failure that
 * a test did not ask for fails it.
 */

#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs/certs_test.h"
#include "tests/test.h"
#include "webhook/server/identity.h"

struct handshake {
    int fds[2]; /* the client's and the server's */
    gnutls_session_t client;
    gnutls_session_t server;
    gnutls_certificate_credentials_t client_credentials;
    gnutls_certificate_credentials_t server_credentials;
    int client_code; /* of the last step */
    int server_code;
};

static inline struct identity_pair *pair_from(const char *certificates, const char *key)
{
    struct err err = {0};
    struct identity_pair *pair =
        identity_pair_new(certificates, strlen(certificates), key, strlen(key), &err);

    if (pair == NULL) {
        fail_msg("%s", err.msg);
    }
    return pair;
}

static inline gnutls_session_t
handshake_open_end(unsigned int flags, int fd, gnutls_certificate_credentials_t credentials)
{
    gnutls_session_t tls;

    assert_int_equal(gnutls_init(&tls, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), 0);
    assert_int_equal(gnutls_priority_set_direct(tls, IDENTITY_PRIORITIES, NULL), 0);
    assert_int_equal(gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials), 0);
    gnutls_transport_set_int(tls, fd);
    return tls;
}

/* A client that shows nothing yet, and a server that presents what identity_retrieve() says. */
static inline void handshake_begin(struct handshake *h)
{
    *h = (struct handshake){.client_code = GNUTLS_E_AGAIN, .server_code = GNUTLS_E_AGAIN};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, h->fds), 0);
    assert_int_equal(gnutls_certificate_allocate_credentials(&h->client_credentials), 0);
    assert_int_equal(gnutls_certificate_allocate_credentials(&h->server_credentials), 0);
    gnutls_certificate_set_retrieve_function3(h->server_credentials, identity_retrieve);
    h->client = handshake_open_end(GNUTLS_CLIENT, h->fds[0], h->client_credentials);
    h->server = handshake_open_end(GNUTLS_SERVER, h->fds[1], h->server_credentials);
}

/* Have the client show these certificates, the leaf first. */
static inline void handshake_show(struct handshake *h, const char *certificates, const char *key)
{
    char *texts[] = {strdup(certificates), strdup(key)};
    const gnutls_datum_t pem[] = {
        {.data = (unsigned char *)texts[0], .size = (unsigned int)strlen(certificates)},
        {.data = (unsigned char *)texts[1], .size = (unsigned int)strlen(key)},
    };

    assert_int_equal(gnutls_certificate_set_x509_key_mem(h->client_credentials, &pem[0], &pem[1],
                                                         GNUTLS_X509_FMT_PEM),
                     0);
    free(texts[0]);
    free(texts[1]);
}

/* Let both ends go on as far as they can without the other. */
static inline void handshake_step(struct handshake *h)
{
    if (h->client_code == GNUTLS_E_AGAIN) {
        h->client_code = gnutls_handshake(h->client);
    }
    if (h->server_code == GNUTLS_E_AGAIN) {
        h->server_code = gnutls_handshake(h->server);
    }
}

/* Whether both ends are content, after as many steps as any handshake needs. */
static inline _Bool handshake_succeeds(struct handshake *h)
{
    for (int i = 0; i < 10; i++) {
        handshake_step(h);
    }
    return h->client_code == 0 && h->server_code == 0;
}

/* Whether the client was shown the leaf of @pair. */
static inline _Bool handshake_showed(const struct handshake *h, const struct identity_pair *pair)
{
    unsigned int n = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(h->client, &n);

    return n > 0 && identity_pair_has_leaf(pair, chain[0].data, chain[0].size);
}

static inline void handshake_clear(struct handshake *h)
{
    gnutls_deinit(h->client);
    gnutls_deinit(h->server);
    gnutls_certificate_free_credentials(h->client_credentials);
    gnutls_certificate_free_credentials(h->server_credentials);
    (void)close(h->fds[0]);
    (void)close(h->fds[1]);
}
