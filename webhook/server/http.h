/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Requests, answers and routes
 *
 * What the parts of the server hand each other. A route names the requests that it takes and has a
 * function that answers them; everything that is no route's is refused before its body is read
 * (screen.h). Plain data.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

#define HTTP_JSON "application/json"
#define HTTP_TEXT "text/plain; charset=utf-8"

struct http_request {
    const char *body; /* whole; NULL when there is none */
    size_t len;
    struct arena *arena; /* for what is needed until the answer is there */
    unsigned int worker; /* which of the listener's threads this is, from 0 */
};

/* An answer on its way. A route's function finds it empty, with status 200 and type HTTP_TEXT. */
struct http_response {
    unsigned int status;
    const char *content_type; /* a constant */
    struct buf body;          /* its limit is the route's */
};

/* Fill @response. Called from any of the server's threads, several at once; must not block. */
typedef void
http_answer_fn(void *data, const struct http_request *request, struct http_response *response);

struct http_route {
    const char *method;
    const char *path;         /* the whole path, byte for byte */
    const char *content_type; /* that a body must have; NULL: the request has no body */
    size_t answer_max_bytes;
    bool for_callers; /* only for accepted callers (callers.h) */
    bool is_shed;     /* under overload it is answered with 503 */

    http_answer_fn *answer;
    void *data;
};

struct http_routes {
    const struct http_route *items;
    size_t n;
};
