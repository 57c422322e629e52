/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What tests of what writes objects share: an API server that keeps them, a loop, and clients
 */

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"
#include "tests/api_server/api_server.h"
#include "tests/api_server/object_store.h"
#include "tests/test.h"

struct kube_stand_in {
    struct object_store *store;
    struct api_server *server;
    struct kube_config config;
    struct loop *loop;
};

/* Fill @test, with a server that calls @serve with @data. */
static inline void kube_stand_in_open(struct kube_stand_in *test, api_server_fn *serve, void *data)
{
    const struct api_server_options options = {.serve = serve, .data = data};
    struct err err = {0};

    test->store = object_store_new();
    test->server = api_server_new(&options, &err);
    assert_non_null(test->server);
    test->config = (struct kube_config){
        .server = api_server_url(test->server),
        .ca_pem = api_server_ca_pem(test->server),
        .token = "t",
    };
    test->loop = loop_new(&err);
    assert_non_null(test->loop);
}

/* What kube_stand_in_start() begins with: the store itself answers. */
static inline void
kube_stand_in_serve(void *data, struct api_reply *reply, const struct api_request *request)
{
    const struct kube_stand_in *test = data;

    object_store_serve(test->store, reply, request);
}

static inline int kube_stand_in_start(void **state)
{
    struct kube_stand_in *test = calloc(1, sizeof(*test));

    assert_non_null(test);
    kube_stand_in_open(test, kube_stand_in_serve, test);
    *state = test;
    return 0;
}

static inline int kube_stand_in_stop(void **state)
{
    struct kube_stand_in *test = *state;

    loop_free(test->loop);
    api_server_free(test->server);
    object_store_free(test->store);
    free(test);
    return 0;
}

/* A client of the server; kube_free() before the test ends. */
static inline struct kube *kube_stand_in_kube(struct kube_stand_in *test)
{
    struct err err = {0};
    struct kube *kube = kube_new(test->loop, &test->config, "test", &err);

    if (kube == NULL) {
        fail_msg("%s", err.msg);
        abort(); /* not reached; the analyzer does not know */
    }
    kube_limits(kube)->backoff_first_ms = 20;
    return kube;
}

/* Run the loop until @is_true says so. */
static inline void kube_stand_in_wait(struct kube_stand_in *test,
                                      bool (*is_true)(void *data),
                                      void *data,
                                      unsigned int timeout_ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + timeout_ms;

    while (!is_true(data)) {
        assert_true(clock_monotonic_ms() < end_ms);
        loop_step(test->loop, 10);
    }
}
