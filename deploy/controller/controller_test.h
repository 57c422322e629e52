/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What tests of the controller's parts share: an API server that keeps objects, a loop, and clients
 */

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "deploy/controller/kube.h"
#include "deploy/controller/loop.h"
#include "tests/api_server/api_server.h"
#include "tests/api_server/object_store.h"
#include "tests/test.h"

struct controller_test {
    struct object_store *store;
    struct api_server *server;
    struct kube_config config;
    struct loop *loop;
};

static inline int controller_test_start(void **state)
{
    struct controller_test *test = calloc(1, sizeof(*test));
    struct api_server_options options = {.serve = object_store_serve};
    struct err err = {0};

    assert_non_null(test);
    test->store = object_store_new();
    options.data = test->store;
    test->server = api_server_new(&options, &err);
    assert_non_null(test->server);
    test->config = (struct kube_config){
        .server = api_server_url(test->server),
        .ca_pem = api_server_ca_pem(test->server),
        .token = "t",
    };
    test->loop = loop_new(&err);
    assert_non_null(test->loop);
    *state = test;
    return 0;
}

static inline int controller_test_stop(void **state)
{
    struct controller_test *test = *state;

    loop_free(test->loop);
    api_server_free(test->server);
    object_store_free(test->store);
    free(test);
    return 0;
}

/* A client of the server; kube_free() before the test ends. */
static inline struct kube *controller_test_kube(struct controller_test *test)
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
static inline void controller_test_wait(struct controller_test *test,
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
