/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bytes of a client's connection
 *
 * A socket, TLS above it or not, and what waits on either side. Nothing here waits except
 * wire_await(); the client decides how long.
 */

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/server/client.h"

/* Several requests and answers of the largest size. */
#define WIRE_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Release with wire_clear(). */
struct wire {
    int fd;
    SSL *ssl; /* NULL: plain TCP */
    enum client_state state;
    bool standing;      /* the handshake is over, where there is one */
    struct buf in;      /* received, and decrypted once the wire stands */
    struct buf out;     /* to be sent, from @sent on */
    size_t sent;        /* bytes of @out that the kernel took */
    struct err refusal; /* why, of CLIENT_REFUSED */
};

/* Connect, and begin no handshake. Errors and limits: those of client_connect(). */
int wire_connect(const char *address,
                 const struct client_options *options,
                 struct wire *out,
                 struct err *err) __attribute__((nonnull, warn_unused_result));

/* Close the socket, with an RST when @reset, and release the rest. */
void wire_clear(struct wire *wire, bool reset) __attribute__((nonnull));

/* Wait for one of poll()'s @events; false at the deadline, in milliseconds of clock_monotonic_ms().
 */
bool wire_await(const struct wire *wire, short events, uint64_t until_ms) __attribute__((nonnull));

/* Take the next step of the handshake that bytes are there for. False while it wants more. Errors:
 * ERR_IO, with the reason. */
bool wire_shake_hands(struct wire *wire, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Take in what has arrived, and what the peer did. */
void wire_take_in(struct wire *wire) __attribute__((nonnull));

/* Forget the first @len bytes of those that were received. */
void wire_forget(struct wire *wire, size_t len) __attribute__((nonnull));

/* Put @len bytes behind what is to be sent. Errors: ERR_TOO_BIG, ERR_IO. */
int wire_put(struct wire *wire, const void *bytes, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Send what the kernel takes now. */
void wire_flush(struct wire *wire) __attribute__((nonnull));

/* How many bytes the kernel has not taken yet; over TLS they are encrypted. */
static inline size_t wire_n_unsent(const struct wire *wire)
{
    return wire->out.len - wire->sent;
}
