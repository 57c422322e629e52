/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client for the admission server, and for those who attack it
 *
 * One connection, over TLS or plain TCP. Each call waits, but never longer than its deadline, and
 * whatever the peer did is kept apart: an answer, a close with TLS's goodbye or without, a reset.
 * While it sends it takes in what arrives, as Go's client does, so that an early answer such as 413
 * is not lost.
 *
 * A client belongs to one thread at a time. No call raises SIGPIPE.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/server/answer.h"

#define CLIENT_TIMEOUT_MS 10000

struct client_options {
    bool plain;              /* TCP alone: the health port, and attacks below TLS */
    const char *server_name; /* SNI, and whom the certificate must name; NULL: neither */
    const char *ca;          /* PEM of the authorities that are trusted; NULL: anybody is */
    const char *certificate; /* PEM of the client's own, with its key; NULL: none */
    const char *key;         /* PEM */
    const char *alpn;        /* one protocol, such as "http/1.1"; NULL: none */
    int tls_min;             /* TLS1_2_VERSION, ...; 0: OpenSSL's least */
    int tls_max;             /* 0: OpenSSL's most */
    int receive_buffer;      /* bytes of SO_RCVBUF; 0: the kernel's default */
    unsigned int timeout_ms; /* of each call that has none of its own; 0: CLIENT_TIMEOUT_MS */
};

/* What the peer has done so far. Bytes that came before are still there to be received. */
enum client_state {
    CLIENT_OPEN,
    CLIENT_CLOSED,  /* closed; over TLS it has said so (close_notify), and its FIN may still come */
    CLIENT_CUT,     /* closed over TLS without saying so */
    CLIENT_RESET,   /* RST, or bytes that could not be sent any more */
    CLIENT_REFUSED, /* a TLS alert, or what is no TLS */
};

struct client;

/*
 * Connect to @address ("127.0.0.1:8443") and finish the handshake. With TLS 1.3 a server may refuse
 * the client's certificate only afterwards: then the first answer is CLIENT_REFUSED.
 *
 * Errors: ERR_INVALID for wrong options; ERR_NOT_FOUND when nobody listens; ERR_IO for a handshake
 * that fails or is late. Owner: the caller, client_free().
 */
struct client *client_connect(const char *address,
                              const struct client_options *options,
                              struct err *err) __attribute__((nonnull, warn_unused_result));

/* Say goodbye where that does not wait, and close. Accepts NULL. */
void client_free(struct client *client);

/* Close with an RST, as a process that crashed or a firewall does. Accepts NULL. */
void client_abort(struct client *client);

/* Take in what has arrived, without waiting, and say what the peer did. */
enum client_state client_state(struct client *client) __attribute__((nonnull));

/* "open", "closed", ...: for messages. */
const char *client_state_name(enum client_state state);

/*
 * Send the @len bytes at @bytes. Errors: ERR_IO when the peer is gone or takes them too late; what
 * it answered before can still be received.
 */
int client_send(struct client *client, const void *bytes, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Send until the peer has taken all, is gone, or has taken nothing for @stall_ms, without reading.
 * Returns whether it took all. When it did not, nothing more can be sent.
 */
bool client_push(struct client *client, const void *bytes, size_t len, unsigned int stall_ms)
    __attribute__((nonnull, warn_unused_result));

/*
 * Send one byte after the other, each in its own packet (over TLS: record), @pause_ms apart, until
 * all are sent or the peer is gone. Returns how many were sent.
 */
size_t client_drip(struct client *client, const void *bytes, size_t len, unsigned int pause_ms)
    __attribute__((nonnull));

/*
 * Wait for one answer. What arrived behind it is kept for the next call.
 *
 * Errors: ERR_INVALID for what is no answer of HTTP/1.1; ERR_IO when there is none: then
 * client_state() says what happened instead, and CLIENT_OPEN that it is late.
 * Owner: the caller, answer_clear(). @out is untouched on failure.
 */
int client_receive(struct client *client, struct answer *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* How many bytes have arrived that no call has returned. */
size_t client_n_waiting(const struct client *client) __attribute__((nonnull));

struct client_message {
    const char *method; /* NULL: POST */
    const char *path;   /* NULL: "/mutate?timeout=10s" */
    const char *body;   /* NULL: none, and no Content-Length unless it is a POST */
    size_t len;
};

/* Append @message to @out with the headers that the API server sends. */
void client_write(const struct client_message *message, struct buf *out) __attribute__((nonnull));

/* Send @message and wait for the answer. Errors: as for client_receive(). */
int client_request(struct client *client,
                   const struct client_message *message,
                   struct answer *out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * GET @path from @address on a connection of its own, over plain TCP, as a probe does. Errors:
 * those of client_connect() and client_receive(), all within @timeout_ms for each step.
 */
int client_probe(const char *address,
                 const char *path,
                 unsigned int timeout_ms,
                 unsigned int *status_out,
                 struct err *err) __attribute__((nonnull, warn_unused_result));

/* Close the sending side; with @goodbye after TLS's close_notify. The other side stays. */
void client_half_close(struct client *client, bool goodbye) __attribute__((nonnull));

/*
 * Wait at most @within_ms until the peer has closed, reset or refused the connection; what arrives
 * is thrown away. False when it has not; else *@took_ms_out is how long it took.
 */
bool client_wait_closed(struct client *client, unsigned int within_ms, unsigned int *took_ms_out)
    __attribute__((nonnull, warn_unused_result));

/*
 * The same for a peer whose bytes must stay unread: a FIN would stand behind them. The kernel's
 * list of connections says when the peer, on this machine, has closed its end. Both times begin
 * anew with each byte that the peer still reads.
 */
bool client_wait_dropped(struct client *client, unsigned int within_ms, unsigned int *took_ms_out)
    __attribute__((nonnull, warn_unused_result));

/* The serial number of the peer's certificate, by which tests tell generations apart; -1 when there
 * is none, or when it is larger than 63 bits. */
int64_t client_peer_serial(const struct client *client) __attribute__((nonnull));

/* "TLSv1.3", ...; "" for plain TCP. */
const char *client_tls_version(const struct client *client) __attribute__((nonnull));

/* Append the first bytes that a TLS client sends, its ClientHello. Errors: as for the options. */
int client_hello(const struct client_options *options, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void client_free_p(struct client **client)
{
    client_free(*client);
}
