/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Exchanges: a request and its answer on a connection
 *
 * The only file that knows both libmicrohttpd's callbacks and our parts. libmicrohttpd calls, in
 * this order and always from the one thread that serves the connection:
 *
 *     exchange_notify     the connection is there; at last: it is gone
 *     exchange_begin      a request's first line is there
 *     exchange_handle     its head is there; a piece of its body is; all of it is
 *     exchange_end        the answer was taken, or the connection broke
 *
 * A request under overload is answered with 503 and "Retry-After: 1", which kube-apiserver obeys
 * (client-go/rest/with_retry.go): when the bodies of all connections hold BODY_ALL_BYTES_MAX, or
 * when it has waited longer than EXCHANGE_WAIT_MS_MAX for a thread. How long it waited is what the
 * kernel says of the last byte that it received for the connection; but a request that was sent
 * before the last one was answered waits for a thread only from then on.
 */

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "webhook/server/body.h"
#include "webhook/server/callers.h"
#include "webhook/server/connections.h"
#include "webhook/server/http.h"
#include "webhook/server/identity.h"
#include "webhook/server/metrics.h"

/* A caller that waits 10 s has ten chances; answering late what nobody waits for helps nobody. */
#define EXCHANGE_WAIT_MS_MAX 1000

/* What the exchanges of one thread share. */
struct exchange_service {
    struct http_routes routes;
    struct connections *connections;
    struct body_budget *budget;
    struct identity *identity; /* NULL: plain HTTP */
    struct callers *callers;   /* with an identity */
    struct metrics *metrics;   /* NULL: nothing is counted or logged */
    struct arena *arena;       /* of requests; each finds it empty */
    unsigned int worker;       /* which of the listener's threads it is, from 0 */
    const atomic_bool *closes; /* every answer says "Connection: close" */
    bool moved;                /* something happened; for who runs libmicrohttpd (worker.h) */
};

/* libmicrohttpd's MHD_NotifyConnectionCallback, LogCallback of the URI, MHD_AccessHandlerCallback
 * and MHD_RequestCompletedCallback; @data is a struct exchange_service. */
void exchange_notify(void *data,
                     struct MHD_Connection *connection,
                     void **socket_context,
                     enum MHD_ConnectionNotificationCode code);
void *exchange_begin(void *data, const char *target, struct MHD_Connection *connection);
enum MHD_Result exchange_handle(void *data,
                                struct MHD_Connection *connection,
                                const char *url,
                                const char *method,
                                const char *version,
                                const char *upload_data,
                                size_t *upload_data_size,
                                void **request_context);
void exchange_end(void *data,
                  struct MHD_Connection *connection,
                  void **request_context,
                  enum MHD_RequestTerminationCode code);
