/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/ports.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "webhook/inject/admit.h"
#include "webhook/server/probe.h"
#include "webhook/server/worker.h"

/* The kubelet, Prometheus, and a person or two. */
#define HEALTH_CONNECTIONS_MAX 64
#define HEALTH_WORKERS         1

/* A route for GET. */
static struct http_route get(const char *path, http_answer_fn *answer, void *data)
{
    return (struct http_route){
        .method = "GET",
        .path = path,
        .answer_max_bytes = HEALTH_ANSWER_BYTES_MAX,
        .answer = answer,
        .data = data,
    };
}

/* A route for admission reviews. */
static struct http_route post(const char *path, struct mutate *mutate)
{
    return (struct http_route){
        .method = "POST",
        .path = path,
        .content_type = HTTP_JSON,
        .answer_max_bytes = ADMIT_ANSWER_MAX,
        .for_callers = true,
        .is_shed = true,
        .answer = mutate_answer,
        .data = mutate,
    };
}

int ports_open_health(struct ports *ports, struct err *err)
{
    struct health *page = &ports->page;
    struct http_route *routes = ports->health_routes;
    const struct listener_options options = {
        .address = ports->settings->health_listen,
        .routes = {.items = routes, .n = 3},
        .n_workers = HEALTH_WORKERS,
        .max_connections = HEALTH_CONNECTIONS_MAX,
        .request_timeout_ms = ports->settings->request_timeout_ms,
        .idle_timeout_ms = ports->settings->idle_timeout_ms,
    };

    page->readiness = ports->readiness;
    page->metrics = ports->metrics;
    routes[0] = get("/healthz", health_answer_live, page);
    routes[1] = get("/readyz", health_answer_ready, page);
    routes[2] = get("/metrics", health_answer_metrics, page);
    ports->health = listener_start(&options, err);
    return ports->health != NULL ? 0 : -1;
}

int ports_open_admission(struct ports *ports, struct err *err)
{
    const struct settings *settings = ports->settings;
    struct http_route *routes = ports->admission_routes;
    const struct listener_options options = {
        .address = settings->listen,
        .routes = {.items = routes, .n = 3},
        .n_workers = ports->n_workers,
        .max_connections = settings->max_connections,
        .arena_max_bytes = ADMIT_ARENA_MAX,
        .request_timeout_ms = settings->request_timeout_ms,
        .idle_timeout_ms = settings->idle_timeout_ms,
        .identity = ports->identity,
        .callers = ports->callers,
        .metrics = ports->metrics,
    };

    ports->views = calloc(ports->n_workers, sizeof(*ports->views));
    if (ports->views == NULL) {
        return err_no_memory(err);
    }
    ports->objects = (struct mutate){
        .policies = ports->policies,
        .views = ports->views,
        .metrics = ports->metrics,
        .copier_image = settings->copier_image,
    };
    ports->namespaces = ports->objects;
    ports->namespaces.namespace_opted_in = true;
    routes[0] = post("/mutate", &ports->objects);
    routes[1] = post("/mutate/namespace", &ports->namespaces);
    routes[2] = get(PROBE_PATH, health_answer_live, &ports->page);
    ports->admission = listener_start(&options, err);
    if (ports->admission == NULL) {
        return -1;
    }
    atomic_store(&ports->page.admission, ports->admission);
    return 0;
}

void ports_close(struct ports *ports)
{
    listener_stop(ports->health); /* first: its page looks at the other */
    listener_stop(ports->admission);
    ports->health = NULL;
    ports->admission = NULL;
    for (unsigned int i = 0; ports->views != NULL && i < ports->n_workers; i++) {
        current_view_clear(ports->policies, &ports->views[i]);
    }
    free(ports->views);
    ports->views = NULL;
}

size_t ports_count_files(const struct ports *ports)
{
    return ports->settings->max_connections + HEALTH_CONNECTIONS_MAX +
           2UL * LISTENER_SPARE_CONNECTIONS +
           WORKER_FILES * ((size_t)ports->n_workers + HEALTH_WORKERS);
}
