/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server that does as a test says
 *
 * The tools are tried on it: it can cut, reset, delay and lie, which the real server must not. It
 * listens on 127.0.0.1 and calls a function for each connection, in a thread of its own, which
 * speaks and says how the connection ends. No call waits longer than STAND_IN_TIMEOUT_S.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "tests/server/authority.h"

#define STAND_IN_TIMEOUT_S         5
#define STAND_IN_REQUEST_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct stand_in;
struct stand_in_visit;

typedef void stand_in_fn(struct stand_in_visit *visit, void *data);

struct stand_in_options {
    const struct authority_pair *pair; /* what it presents; NULL: plain TCP */
    const char *client_ca;             /* PEM; it asks for a certificate from there; NULL: not */
    stand_in_fn *serve;                /* called for each connection, after the handshake */
    void *data;                        /* for @serve */
    const char *address;               /* of a stand-in that is gone, to be back there; NULL: any */
};

/* Errors: ERR_IO, ERR_INTERNAL. Owner: the caller, stand_in_free(). */
struct stand_in *stand_in_start(const struct stand_in_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Stop listening, break off all connections, and wait for their threads. Accepts NULL. */
void stand_in_free(struct stand_in *stand_in);

/* Borrowed. */
const char *stand_in_address(const struct stand_in *stand_in) __attribute__((nonnull));

/*
 * For the function: read one request, its header and the body by Content-Length, as text. NULL when
 * the client closed, was late or sent too much. Owner: the caller, free().
 */
char *stand_in_read(struct stand_in_visit *visit) __attribute__((nonnull, warn_unused_result));

/* Read at most @size bytes; 0 at the end of the connection. */
size_t stand_in_read_some(struct stand_in_visit *visit, void *bytes, size_t size)
    __attribute__((nonnull));

/* Write bytes; what cannot be written any more is lost. */
void stand_in_write(struct stand_in_visit *visit, const void *bytes, size_t len)
    __attribute__((nonnull));

/* Write an answer with @status, @body and Content-Length; @headers are lines that end in CR LF. */
void stand_in_answer(struct stand_in_visit *visit,
                     unsigned int status,
                     const char *headers,
                     const char *body) __attribute__((nonnull));

/* The name that the client asked for (SNI), or NULL. */
const char *stand_in_server_name(const struct stand_in_visit *visit) __attribute__((nonnull));

enum stand_in_end {
    STAND_IN_CLOSE, /* close_notify over TLS, FIN */
    STAND_IN_CUT,   /* FIN */
    STAND_IN_RESET, /* RST */
};

/* How the connection ends when the function returns; STAND_IN_CLOSE unless said otherwise. */
void stand_in_end(struct stand_in_visit *visit, enum stand_in_end end) __attribute__((nonnull));

static inline void stand_in_free_p(struct stand_in **stand_in)
{
    stand_in_free(*stand_in);
}
