/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two ports and what they answer
 *
 *     admission, over TLS     POST /mutate, POST /mutate/namespace; GET /healthz for probe.h
 *     health, without         GET /healthz, /readyz, /metrics (health.h)
 */

#include <stddef.h>

#include "base/err.h"
#include "webhook/server/callers.h"
#include "webhook/server/current.h"
#include "webhook/server/health.h"
#include "webhook/server/http.h"
#include "webhook/server/identity.h"
#include "webhook/server/listener.h"
#include "webhook/server/metrics.h"
#include "webhook/server/mutate.h"
#include "webhook/server/readiness.h"
#include "webhook/server/settings.h"

/* Must not move once a port is open. */
struct ports {
    const struct settings *settings; /* borrowed, as are the next five */
    struct current *policies;        /* struct policy_set */
    struct identity *identity;
    struct callers *callers;
    struct metrics *metrics;
    struct readiness *readiness;
    unsigned int n_workers; /* of the admission port */

    struct listener *admission; /* NULL: not open */
    struct listener *health;

    /* What the routes answer with. */
    struct current_view *views; /* of the policies, one for each worker */
    struct mutate objects;      /* those that opted in themselves */
    struct mutate namespaces;   /* those of a namespace that opted in as a whole */
    struct health page;
    struct http_route admission_routes[3];
    struct http_route health_routes[3];
};

/* Open one of them. Errors: those of listener_start(). */
int ports_open_health(struct ports *ports, struct err *err)
    __attribute__((nonnull, warn_unused_result));
int ports_open_admission(struct ports *ports, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Cut what is left and close those that are open. */
void ports_close(struct ports *ports) __attribute__((nonnull));

/* How many files may be open when both are full. */
size_t ports_count_files(const struct ports *ports) __attribute__((nonnull));
