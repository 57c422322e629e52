/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/client_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "tests/test.h"

const struct kube_resource client_secrets = {"", "v1", "secrets", "Secret", true};

#define WAIT_MS 3000

void client_serve(struct client *client, const struct api_server_options *options)
{
    struct err err = {0};

    kube_free(client->kube);
    client->kube = NULL;
    api_server_free(client->server);
    client->server = api_server_new(options, &err);
    assert_string_equal(err.msg, "");
    assert_non_null(client->server);
    client->config = (struct kube_config){
        .server = api_server_url(client->server),
        .ca_pem = api_server_ca_pem(client->server),
        .token = CLIENT_TOKEN,
    };
}

int client_set_up(void **state)
{
    const struct api_server_options options = {0};
    struct client *client = calloc(1, sizeof(*client));
    struct err err = {0};

    assert_non_null(client);
    *state = client;
    client->loop = loop_new(&err);
    assert_non_null(client->loop);
    client_serve(client, &options);
    return 0;
}

int client_tear_down(void **state)
{
    struct client *client = *state;

    kube_free(client->kube);
    loop_free(client->loop);
    api_server_free(client->server);
    free(client);
    return 0;
}

void client_connect(struct client *client)
{
    struct kube_limits *limits;
    struct err err = {0};

    kube_free(client->kube);
    client->kube = kube_new(client->loop, &client->config, "hawser-test/1.0", &err);
    assert_string_equal(err.msg, "");
    assert_non_null(client->kube);
    limits = kube_limits(client->kube);
    limits->backoff_first_ms = CLIENT_BACKOFF_MS;
    limits->request_timeout_ms = CLIENT_TIMEOUT_MS;
    limits->watch_silence_ms = CLIENT_SILENCE_MS;
}

void client_answer(struct client *client,
                   const char *method,
                   const char *target,
                   unsigned int status,
                   const char *body)
{
    const struct api_step step = {
        .method = method, .target = target, .status = status, .body = body};

    api_server_add(client->server, &step);
}

struct kube_answer client_call(struct client *client, enum kube_verb verb, const char *body)
{
    struct err err = {0};
    json_auto_t *value = body != NULL ? json_parse(body, strlen(body), &err) : NULL;
    const struct kube_request request = {
        .verb = verb,
        .resource = &client_secrets,
        .namespace_ = "hawser",
        .name = verb == KUBE_LIST || verb == KUBE_CREATE ? NULL : "a",
        .body = value,
        .field_manager = verb == KUBE_APPLY ? "hawser-test" : NULL,
    };
    struct kube_answer answer;

    assert_true(body == NULL || value != NULL);
    kube_call(client->kube, &request, &answer);
    return answer;
}

struct kube_answer client_get(struct client *client)
{
    return client_call(client, KUBE_GET, NULL);
}

bool client_wait(struct client *client, bool (*is_so)(void *data), void *data)
{
    const uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;

    while (!is_so(data) && clock_monotonic_ms() < until_ms) {
        loop_step(client->loop, 20);
    }
    return is_so(data);
}

void client_run(struct client *client, unsigned int ms)
{
    const uint64_t until_ms = clock_monotonic_ms() + ms;

    while (clock_monotonic_ms() < until_ms) {
        loop_step(client->loop, 5);
    }
}
