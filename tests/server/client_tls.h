/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The TLS of the client
 *
 * On OpenSSL, while the server is on GnuTLS, so that one library's mistakes do not hide behind the
 * same mistakes of the other. OpenSSL never touches a socket here: it reads from memory and writes
 * to memory, and the client alone sees what the peer did to the connection.
 */

#include <openssl/ssl.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/server/client.h"

/*
 * The client's side of a TLS connection that has not begun. Its rbio and wbio are memory.
 * Errors: ERR_INVALID for a certificate, key or name that is none; ERR_INTERNAL.
 * Owner: the caller, SSL_free().
 */
SSL *client_tls_new(const struct client_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Move what OpenSSL wants to be sent to @out. */
void client_tls_take(SSL *ssl, struct buf *out) __attribute__((nonnull));

/* Fill @err with ERR_IO, "@what: " and OpenSSL's reasons, and return -1. */
int client_tls_fail(const SSL *ssl, const char *what, struct err *err)
    __attribute__((nonnull(2, 3)));

static inline void ssl_free_p(SSL **ssl)
{
    SSL_free(*ssl);
}
