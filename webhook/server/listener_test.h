/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A listener for tests, with four routes: one that answers at once, one that waits at a gate, one
 * whose answer is larger than the sockets take, and one that takes the whole arena and gives back
 * the beginning of a body
 */

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"
#include "webhook/inject/admit.h"
#include "webhook/server/http_test.h"
#include "webhook/server/listener.h"

#define TIMEOUT_MS 300
#define IDLE_MS    600
#define LONG_MS    60000

/* How late a connection may be closed: 100 ms by the door's own measure, and a slow machine. */
#define SLACK_MS 2000

#define QUICK       "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"
#define BLOCK       "GET /block HTTP/1.1\r\nHost: h\r\n\r\n"
#define LARGE       "GET /large HTTP/1.1\r\nHost: h\r\n\r\n"
#define ECHO_HEAD   "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
#define ECHO        ECHO_HEAD "Content-Length: 2\r\n\r\n{}"
#define ECHO_BYTES  16
#define LARGE_BYTES ((size_t)16 * 1024 * 1024) /* more than the sockets' buffers take */
#define ARENA_BYTES ((size_t)100 * 1024)

/* A listener, and a gate that its route /block waits at. */
struct fixture {
    struct http_route routes[4];
    struct listener_options options;
    struct listener *listener;
    struct metrics *metrics;
    atomic_bool gate_is_open;
    atomic_uint n_at_gate;
};

static inline void
answer_quickly(void *data, const struct http_request *request, struct http_response *response)
{
    (void)data;
    (void)request;
    buf_add_text(&response->body, "ok\n");
}

static inline void
echo(void *data, const struct http_request *request, struct http_response *response)
{
    (void)data;
    if (arena_alloc(request->arena, ARENA_BYTES) == NULL) {
        response->status = 500;
        return;
    }
    buf_add(&response->body, request->body != NULL ? request->body : "",
            request->len < ECHO_BYTES ? request->len : ECHO_BYTES);
}

static inline void
answer_large(void *data, const struct http_request *request, struct http_response *response)
{
    char piece[4096];

    (void)data;
    (void)request;
    memset(piece, 'x', sizeof(piece));
    for (size_t n = 0; n < LARGE_BYTES; n += sizeof(piece)) {
        buf_add(&response->body, piece, sizeof(piece));
    }
}

static inline void
block(void *data, const struct http_request *request, struct http_response *response)
{
    struct fixture *f = data;

    (void)request;
    atomic_fetch_add(&f->n_at_gate, 1);
    while (!atomic_load(&f->gate_is_open)) {
        (void)poll(NULL, 0, 1);
    }
    buf_add_text(&response->body, "through\n");
}

static inline void nap(int ms)
{
    (void)poll(NULL, 0, ms);
}

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = {0};

    assert_non_null(f);
    f->routes[0] = (struct http_route){.method = "GET", .path = "/quick", .answer = answer_quickly};
    f->routes[1] = (struct http_route){.method = "GET", .path = "/block", .answer = block};
    f->routes[2] = (struct http_route){.method = "GET", .path = "/large", .answer = answer_large};
    f->routes[3] = (struct http_route){.method = "POST", .path = "/echo", .answer = echo};
    f->routes[3].content_type = HTTP_JSON;
    f->routes[3].is_shed = true;
    for (size_t i = 0; i < 4; i++) {
        f->routes[i].answer_max_bytes = LARGE_BYTES;
        f->routes[i].data = f;
    }
    f->metrics = metrics_new("0", &err);
    assert_non_null(f->metrics);
    f->options = (struct listener_options){
        .address = "127.0.0.1:0",
        .routes = {.items = f->routes, .n = 4},
        .n_workers = 2,
        .max_connections = 100,
        .arena_max_bytes = ARENA_BYTES,
        .request_timeout_ms = LONG_MS,
        .idle_timeout_ms = LONG_MS,
        .metrics = f->metrics,
    };
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;

    atomic_store(&f->gate_is_open, true);
    listener_stop(f->listener);
    metrics_free(f->metrics);
    free(f);
    return 0;
}

static inline void start(struct fixture *f)
{
    struct err err = {0};

    f->listener = listener_start(&f->options, &err);
    if (f->listener == NULL) {
        fail_msg("%s", err.msg);
    }
}

static inline int connect_to(const struct fixture *f)
{
    return http_test_connect(listener_address(f->listener));
}

/* A client that has asked once, and is idle. */
static inline int connect_idle(const struct fixture *f)
{
    int fd = connect_to(f);

    assert_int_equal(http_test_ask(fd, QUICK).status, 200);
    return fd;
}

/* Whether the listener comes to hold @n connections. */
static inline bool holds(const struct fixture *f, size_t n)
{
    for (int i = 0; i < HTTP_TEST_PATIENCE_MS && listener_count_connections(f->listener) != n;
         i++) {
        nap(1);
    }
    return listener_count_connections(f->listener) == n;
}

/* A client whose request is held at the gate. */
static inline int connect_blocked(struct fixture *f)
{
    const unsigned int n = atomic_load(&f->n_at_gate);
    int fd = connect_to(f);

    http_test_send(fd, BLOCK);
    for (int i = 0; i < HTTP_TEST_PATIENCE_MS && atomic_load(&f->n_at_gate) == n; i++) {
        nap(1);
    }
    assert_int_equal(atomic_load(&f->n_at_gate), n + 1);
    return fd;
}

/* Whether @line stands on the metrics' page. */
static inline bool shows(const struct fixture *f, const char *line)
{
    CLEANUP(buf_clear) struct buf page = BUF_INIT(METRICS_PAGE_MAX);
    const struct metrics_sample sample = {0};

    metrics_write(f->metrics, &sample, &page);
    return strstr(buf_text(&page), line) != NULL;
}

#define PORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
