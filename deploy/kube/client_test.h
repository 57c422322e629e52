/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client and the API server that it talks to
 *
 * What the tests of the client share. Limits are short, so that what they stop is seen to stop; the
 * first back-off is CLIENT_BACKOFF_MS.
 */

#include <stdbool.h>

#include "deploy/kube/kube.h"
#include "tests/api_server/api_server.h"

#define CLIENT_BACKOFF_MS 8
#define CLIENT_TIMEOUT_MS 1500
#define CLIENT_SILENCE_MS 250
#define CLIENT_TOKEN      "t0ken-of-the-test"

struct client {
    struct api_server *server;
    struct loop *loop;
    struct kube_config config; /* may be changed before client_connect() */
    struct kube *kube;
};

extern const struct kube_resource client_secrets;

/* A set-up and a tear-down as cmocka wants them: a server, and a client that has not begun. */
int client_set_up(void **state);
int client_tear_down(void **state);

/* In place of the server of the set-up, one of these options. */
void client_serve(struct client *client, const struct api_server_options *options);

/* Begin; again, with what `config` says now. */
void client_connect(struct client *client);

/* Add one step: GET of what begins with @target is answered so. */
void client_answer(struct client *client,
                   const char *method,
                   const char *target,
                   unsigned int status,
                   const char *body);

/* GET of the Secret hawser/a; the answer is the caller's. */
struct kube_answer client_get(struct client *client);

/* A request of @verb for the Secret hawser/a with @body, in JSON; the same. */
struct kube_answer client_call(struct client *client, enum kube_verb verb, const char *body);

/* Run the loop until @is_so, at most three seconds; whether it became so. */
bool client_wait(struct client *client, bool (*is_so)(void *data), void *data);

/* Run the loop for so long. */
void client_run(struct client *client, unsigned int ms);

#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, client_set_up, client_tear_down)
