/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The socket below TLS
 *
 * GnuTLS reads and writes a connection's socket through these functions, so that whoever serves it
 * knows whether bytes were moved. libmicrohttpd does not tell (worker.h).
 */

#include <gnutls/gnutls.h>
#include <stdbool.h>

struct transport {
    int fd;      /* does not block */
    bool *moved; /* becomes true when bytes were moved, or the peer has ended */

    /* Told of bytes that came; @data is the transport's. */
    void (*received)(void *data);
    void *data;
};

/* Have @tls use @transport, which must outlive it. Before its handshake. */
void transport_attach(gnutls_session_t tls, struct transport *transport) __attribute__((nonnull));
