/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: create_load KUBECONFIG NAMESPACE CLIENTS SECONDS
 *
 * A steady stream of Workflows that opt in, created by so many clients at a time, each of which
 * begins the next when the last was answered, until the seconds are over or SIGTERM comes. A
 * Workflow counts as created when it came back with the volumes of its policy. Everything else is a
 * failure, and the first ones are shown. The last line is
 *
 *     create_load: 1234 created, 0 failed, slowest 31 ms
 *
 * Exits 0 when none failed and at least one was created.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/signals.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/kube_config.h"
#include "deploy/kube/loop.h"

#define CLIENTS_MAX 64
#define SHOWN_MAX   10
#define TIMEOUT_MS  30000
#define ARENA_MAX   ((size_t)8 * 1024 * 1024)

static const struct kube_resource workflows = {
    .group = "argoproj.io",
    .version = "v1alpha1",
    .plural = "workflows",
    .kind = "Workflow",
    .is_namespaced = true,
};

struct load {
    struct kube *kube;
    const char *namespace_;
    uint64_t end_ms;
    unsigned int n_running;
    unsigned long n_begun;
    unsigned long n_created;
    unsigned long n_failed;
    uint64_t slowest_ms;
};

struct client {
    struct load *load;
    json_t *body;
    uint64_t sent_ms;
};

/* Names are made here: of those that the API server makes some thousand collide. */
static json_t *make_workflow(struct load *load)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "load-%ld-%lu", (long)getpid(), load->n_begun++);
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s}}, s:{s:s, s:[{s:s, s:{s:s, s:[s]}}]}}",
                     "apiVersion", "argoproj.io/v1alpha1", "kind", "Workflow", "metadata", "name",
                     name, "namespace", load->namespace_, "annotations", "hawser.dev/policy",
                     "scratch", "spec", "entrypoint", "main", "templates", "name", "main",
                     "container", "image", "busybox", "command", "true");
}

/* Whether the claim and its mount are there. */
static bool is_injected(const json_t *workflow)
{
    const json_t *spec = json_object_get(workflow, "spec");
    const json_t *template = json_array_get(json_object_get(spec, "templates"), 0);
    const json_t *container = json_object_get(template, "container");

    return json_array_size(json_object_get(spec, "volumeClaimTemplates")) == 1 &&
           json_array_size(json_object_get(container, "volumeMounts")) == 1;
}

static void begin(struct client *client);

static void fail(struct load *load, const char *outcome, const char *message)
{
    load->n_failed++;
    if (load->n_failed <= SHOWN_MAX) {
        (void)fprintf(stderr, "create_load: %s: %s\n", outcome, message);
    }
}

static void end(void *data, struct kube_answer *answer)
{
    struct client *client = data;
    struct load *load = client->load;
    const uint64_t now_ms = clock_monotonic_ms();

    if (answer->outcome != KUBE_OK) {
        fail(load, kube_outcome_text(answer->outcome), answer->message);
    } else if (!is_injected(answer->body)) {
        fail(load, "not injected", "the Workflow came back as it was sent");
    } else {
        load->n_created++;
    }
    if (now_ms - client->sent_ms > load->slowest_ms) {
        load->slowest_ms = now_ms - client->sent_ms;
    }
    load->n_running--;
    json_decref(client->body);
    client->body = NULL;
    if (now_ms < load->end_ms) {
        begin(client);
    }
}

static void begin(struct client *client)
{
    struct kube_request request = {
        .verb = KUBE_CREATE,
        .resource = &workflows,
        .namespace_ = client->load->namespace_,
    };

    client->body = make_workflow(client->load);
    request.body = client->body;
    client->load->n_running++;
    client->sent_ms = clock_monotonic_ms();
    (void)!kube_start(client->load->kube, &request, TIMEOUT_MS, end, client);
}

static void run(struct load *load, struct loop *loop, size_t n_clients)
{
    struct client clients[CLIENTS_MAX];

    for (size_t i = 0; i < n_clients; i++) {
        clients[i] = (struct client){.load = load};
        begin(&clients[i]);
    }
    while (load->n_running > 0) {
        loop_step(loop, 100);
        if (signals_wait(0) != SIGNALS_NONE) {
            load->end_ms = 0;
        }
    }
}

static int start(int argc, char **argv, struct arena *arena, struct load *load, struct err *err)
{
    const unsigned long n_clients = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
    const unsigned long seconds = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    CLEANUP(loop_free) struct loop *loop = NULL;
    CLEANUP(kube_free) struct kube *kube = NULL;
    struct kube_config config;

    if (n_clients == 0 || n_clients > CLIENTS_MAX || seconds == 0) {
        return err_set(err, ERR_INVALID, "expected KUBECONFIG NAMESPACE CLIENTS (1 to %d) SECONDS",
                       CLIENTS_MAX);
    }
    loop = loop_new(err);
    if (loop == NULL || kube_config_load(argv[1], NULL, arena, &config, err) < 0) {
        return -1;
    }
    kube = kube_new(loop, &config, "create_load", err);
    if (kube == NULL) {
        return -1;
    }
    load->kube = kube;
    load->namespace_ = argv[2];
    load->end_ms = clock_monotonic_ms() + seconds * 1000;
    run(load, loop, n_clients);
    return 0;
}

int main(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct load load = {.n_created = 0};
    struct err err = {0};

    signals_block();
    if (arena == NULL || start(argc, argv, arena, &load, &err) < 0) {
        (void)fprintf(stderr, "create_load: %s\n", arena == NULL ? "out of memory" : err.msg);
        return 2;
    }
    (void)printf("create_load: %lu created, %lu failed, slowest %llu ms\n", load.n_created,
                 load.n_failed, (unsigned long long)load.slowest_ms);
    return load.n_failed == 0 && load.n_created > 0 ? 0 : 1;
}
