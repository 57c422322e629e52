/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A thread that serves connections
 *
 * libmicrohttpd does the serving, with epoll; the loop around it is ours. Its own threads take a
 * TLS handshake that waits for its client for one that can go on: with epoll, 0.9.75 turns in
 * circles until the client sends something, and a few clients that never do would cost all
 * processors. This loop runs libmicrohttpd when its epoll descriptor has something to tell, and
 * again while it wants to go on and something happens: a callback of exchange.h, or bytes that are
 * moved (transport.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/err.h"
#include "webhook/server/exchange.h"

/*
 * What libmicrohttpd keeps of a connection. The request line and headers, of which kube-apiserver
 * sends less than 1 KiB, have room in it to 32 KiB; what is longer is answered by 431, or by the
 * end of the connection where there is no room for that either. More than 32 KiB it maps for each
 * connection, and pages that were not used take no memory. Less it takes from the heap, where
 * handshakes have used all pages.
 */
#define WORKER_CONNECTION_BYTES ((size_t)36 * 1024)

/* For memory_keep(): about what a request of a megabyte takes, so that the next one finds it. */
#define WORKER_KEPT_BYTES (4 * 1024 * 1024)

/* Deep JSON is parsed and written by recursion (base/json.h). */
#define WORKER_STACK_BYTES ((size_t)2 * 1024 * 1024)

/* Open files that a worker needs beside its connections. */
#define WORKER_FILES 3

struct worker;

/*
 * Start a worker for at most @max_connections, whose requests find an arena of @arena_max_bytes. It
 * makes itself a copy of @service; what that points to must outlive it.
 *
 * Errors: ERR_INTERNAL when there is no thread or memory; ERR_IO without descriptors. Owner: the
 * caller, worker_stop().
 */
struct worker *worker_start(const struct exchange_service *service,
                            unsigned int max_connections,
                            size_t arena_max_bytes,
                            struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Hand over the connected socket @fd, which does not block and is counted as expected in the table
 * of connections. From the thread that accepts only. False when the worker is too busy to take it
 * now: then it stays the caller's.
 */
bool worker_take(struct worker *worker, int fd, const struct sockaddr *peer, socklen_t len)
    __attribute__((nonnull, warn_unused_result));

/* Cut its connections and end the thread. Accepts NULL. */
void worker_stop(struct worker *worker);

static inline void worker_stop_p(struct worker **worker)
{
    worker_stop(*worker);
}
