/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An API server that does as a test says
 *
 * Over real TLS on 127.0.0.1, with an authority of its own. A test adds steps (the next GET of that
 * path gets this answer, or none, or half of one) or hands in a function that answers, as one that
 * keeps objects would. Both can be had: steps come first, the function gets what no step is for.
 * All requests are kept, to be looked at.
 *
 * Each connection has a thread. The function is called in it, for several at once; what it keeps it
 * must lock. All else is for the test's thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct api_server;

struct api_request {
    const char *method;
    const char *target; /* path and query, as they came */
    const char *head;   /* header lines, each ended by CR LF */
    const char *body;
    const char *server_name; /* that the client asked for in TLS, "" for none */
    unsigned int connection; /* its number, from 1 */
    uint64_t at_ms;          /* when it came; CLOCK_MONOTONIC */
};

/* Whether the head has the line @line, "Name: value" in that case of letters. */
bool api_request_has(const struct api_request *request, const char *line) __attribute__((nonnull));

/* How a connection goes on after an answer. */
enum api_end {
    API_KEEP,  /* it waits for the next request */
    API_CLOSE, /* closed in good order */
    API_CUT,   /* FIN without a word of TLS */
    API_RESET, /* RST */
};

/* An answer that is being given. */
struct api_reply;

/* A whole answer. @headers: lines ended by CR LF, or NULL. */
void api_reply_send(struct api_reply *reply,
                    unsigned int status,
                    const char *headers,
                    const char *body) __attribute__((nonnull(1, 4)));

/* An answer in pieces: 200 and its head, pieces, the end. */
void api_reply_begin(struct api_reply *reply) __attribute__((nonnull));
void api_reply_piece(struct api_reply *reply, const char *text) __attribute__((nonnull));
void api_reply_finish(struct api_reply *reply) __attribute__((nonnull));

/* Bytes as they are. */
void api_reply_bytes(struct api_reply *reply, const void *bytes, size_t len)
    __attribute__((nonnull));

/* Wait; false when the server was stopped meanwhile. API_FOREVER: until then. */
#define API_FOREVER UINT32_MAX
bool api_reply_pause(struct api_reply *reply, unsigned int ms) __attribute__((nonnull));

/* How the connection goes on after this answer; API_KEEP unless said otherwise. */
void api_reply_end(struct api_reply *reply, enum api_end end) __attribute__((nonnull));

typedef void api_server_fn(void *data, struct api_reply *reply, const struct api_request *request);

struct api_server_options {
    const char *name;     /* in its certificate; NULL: "127.0.0.1" */
    bool wants_client;    /* who has no certificate of api_server_client_pem() is refused */
    api_server_fn *serve; /* for what no step is for; NULL: it is answered with 500 and counted */
    void *data;           /* for @serve */
};

/* Errors: ERR_IO, ERR_INTERNAL. Owner: the caller, api_server_free(). */
struct api_server *api_server_new(const struct api_server_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void api_server_free(struct api_server *server);

/* Break off all connections and refuse others; listen at the same address again. */
void api_server_stop(struct api_server *server) __attribute__((nonnull));
int api_server_start(struct api_server *server, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* "https://127.0.0.1:41234"; its authority, and a client's certificate and key, in PEM. Borrowed.
 */
const char *api_server_url(const struct api_server *server) __attribute__((nonnull));
const char *api_server_ca_pem(const struct api_server *server) __attribute__((nonnull));
const char *api_server_client_pem(const struct api_server *server) __attribute__((nonnull));
const char *api_server_client_key(const struct api_server *server) __attribute__((nonnull));

/* What to answer. Texts are borrowed until api_server_free(). */
struct api_step {
    const char *method;        /* NULL: any */
    const char *target;        /* how it begins; NULL: any */
    const char *headers;       /* of the answer, lines ended by CR LF */
    const char *body;          /* NULL: "" */
    const char *const *pieces; /* up to a NULL, in place of the body: a stream, with 200 */
    unsigned int times;        /* 0: once; API_FOREVER: always */
    unsigned int delay_ms;     /* before it */
    unsigned int status;       /* 0: nothing is answered */
    unsigned int pause_ms;     /* after each piece; API_FOREVER: after the last */
    enum api_end end;
    bool is_unfinished; /* the stream's end is not told */
};

/* Steps are taken in the order in which they were added, each when a request is for it. */
void api_server_add(struct api_server *server, const struct api_step *step)
    __attribute__((nonnull));

/* Forget all steps. */
void api_server_clear(struct api_server *server) __attribute__((nonnull));

/* The requests so far, and number @i of them, from 0, which lives as long as the server; how many
 * nobody had an answer for. */
size_t api_server_count(struct api_server *server) __attribute__((nonnull));
const struct api_request *api_server_request(struct api_server *server, size_t i)
    __attribute__((nonnull));
size_t api_server_n_unexpected(struct api_server *server) __attribute__((nonnull));

static inline void api_server_free_p(struct api_server **server)
{
    api_server_free(*server);
}

/* Texts of the API, of string literals. */
#define API_STATUS(code, reason, message)                                                \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\"," \
    "\"message\":\"" message "\",\"reason\":\"" reason "\",\"code\":" #code "}"
#define API_OBJECT(name, version)                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"namespace\":\"hawser\"," \
    "\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}"
#define API_LIST(version, items)                                                                  \
    "{\"apiVersion\":\"v1\",\"kind\":\"SecretList\",\"metadata\":{\"resourceVersion\":\"" version \
    "\"},\"items\":[" items "]}"
#define API_PAGE(version, next, items)                                                            \
    "{\"apiVersion\":\"v1\",\"kind\":\"SecretList\",\"metadata\":{\"resourceVersion\":\"" version \
    "\",\"continue\":\"" next "\"},\"items\":[" items "]}"
#define API_EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define API_BOOKMARK(version) \
    API_EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" version "\"}}")
