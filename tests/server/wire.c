/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/server/client_tls.h"
#include "tests/server/loopback.h"

#define CHUNK_BYTES (16 * 1024)

int wire_connect(const char *address,
                 const struct client_options *options,
                 struct wire *out,
                 struct err *err)
{
    const struct loopback_options how = {
        .receive_buffer = options->receive_buffer,
        .timeout_ms = options->timeout_ms,
    };
    SSL *ssl = NULL;
    int fd;

    if (!options->plain) {
        ssl = client_tls_new(options, err);
        if (ssl == NULL) {
            return -1;
        }
    }
    fd = loopback_connect(address, &how, err);
    if (fd < 0) {
        SSL_free(ssl);
        return -1;
    }
    *out = (struct wire){
        .fd = fd,
        .ssl = ssl,
        .standing = options->plain,
        .in = BUF_INIT(WIRE_BYTES_MAX),
        .out = BUF_INIT(WIRE_BYTES_MAX),
    };
    return 0;
}

void wire_clear(struct wire *wire, bool reset)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (reset) {
        (void)setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    (void)close(wire->fd);
    SSL_free(wire->ssl);
    buf_clear(&wire->in);
    buf_clear(&wire->out);
}

bool wire_await(const struct wire *wire, short events, uint64_t until_ms)
{
    struct pollfd poller = {.fd = wire->fd, .events = events};
    int n;

    do {
        const uint64_t now_ms = clock_monotonic_ms();
        n = poll(&poller, 1, now_ms < until_ms ? (int)(until_ms - now_ms) : 0);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* Turn what OpenSSL was fed into bytes for the caller. */
static void decrypt(struct wire *wire)
{
    char chunk[CHUNK_BYTES];
    int n;

    do {
        ERR_clear_error(); /* which SSL_get_error() looks into */
        n = SSL_read(wire->ssl, chunk, sizeof(chunk));
        if (n > 0) {
            buf_add(&wire->in, chunk, (size_t)n);
        }
    } while (n > 0 && !buf_failed(&wire->in));
    switch (SSL_get_error(wire->ssl, n)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        wire->state = CLIENT_CLOSED;
        break;
    default:
        wire->state = CLIENT_REFUSED;
        (void)client_tls_fail(wire->ssl, "TLS", &wire->refusal);
        break;
    }
    client_tls_take(wire->ssl, &wire->out); /* an alert or a new key, if anything */
}

/* Give @len received bytes to whom they are for. */
static void feed(struct wire *wire, const char *bytes, size_t len)
{
    if (wire->ssl == NULL) {
        buf_add(&wire->in, bytes, len);
        return;
    }
    (void)BIO_write(SSL_get_rbio(wire->ssl), bytes, (int)len); /* memory takes all */
    if (wire->standing) {
        decrypt(wire);
    }
}

void wire_take_in(struct wire *wire)
{
    char chunk[CHUNK_BYTES];

    while (wire->state == CLIENT_OPEN && !buf_failed(&wire->in)) {
        const ssize_t n = recv(wire->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
        if (n > 0) {
            feed(wire, chunk, (size_t)n);
        } else if (n == 0) {
            wire->state = wire->ssl == NULL ? CLIENT_CLOSED : CLIENT_CUT;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            wire->state = CLIENT_RESET;
        }
    }
}

bool wire_shake_hands(struct wire *wire, struct err *err)
{
    ERR_clear_error(); /* which SSL_get_error() looks into */
    const int n = SSL_do_handshake(wire->ssl);
    const int reason = SSL_get_error(wire->ssl, n);

    client_tls_take(wire->ssl, &wire->out);
    wire_flush(wire);
    if (n == 1) {
        wire->standing = true;
        decrypt(wire); /* what came right behind */
    } else if (reason != SSL_ERROR_WANT_READ) {
        (void)client_tls_fail(wire->ssl, "the handshake failed", err);
    }
    return wire->standing;
}

void wire_forget(struct wire *wire, size_t len)
{
    const size_t rest = wire->in.len - len;

    if (len > 0) {
        memmove(wire->in.bytes, wire->in.bytes + len, rest);
        buf_cut(&wire->in, rest);
    }
}

int wire_put(struct wire *wire, const void *bytes, size_t len, struct err *err)
{
    size_t written;

    if (wire->ssl == NULL) {
        buf_add(&wire->out, bytes, len);
    } else if (len > 0) {
        if (SSL_write_ex(wire->ssl, bytes, len, &written) != 1) {
            return client_tls_fail(wire->ssl, "cannot encrypt", err);
        }
        client_tls_take(wire->ssl, &wire->out);
    }
    return buf_check(&wire->out, "what is to be sent", err);
}

/*
 * The kernel takes nothing any more: take in what the peer said before. A peer that closed in peace
 * and resets what comes later makes EPIPE; another error is the reset itself, which the kernel
 * tells once, to whom asks first.
 */
static void lose(struct wire *wire, int status)
{
    wire_take_in(wire);
    if (status != EPIPE || wire->state == CLIENT_OPEN) {
        wire->state = CLIENT_RESET;
    }
}

void wire_flush(struct wire *wire)
{
    while (wire_n_unsent(wire) > 0) {
        const ssize_t n = send(wire->fd, wire->out.bytes + wire->sent, wire_n_unsent(wire),
                               MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            wire->sent += (size_t)n;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            lose(wire, errno);
            break;
        }
    }
    buf_cut(&wire->out, 0);
    wire->sent = 0;
}
