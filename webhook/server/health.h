/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The health port
 *
 *     GET /healthz  200 while the process serves this port
 *     GET /readyz   200 when it should be sent requests, else 503 with the reason
 *     GET /metrics  metrics.h
 *
 * Plain HTTP: the kubelet and Prometheus ask.
 */

#include "webhook/server/http.h"
#include "webhook/server/listener.h"
#include "webhook/server/metrics.h"
#include "webhook/server/readiness.h"

#define HEALTH_ANSWER_BYTES_MAX METRICS_PAGE_MAX

struct health {
    struct readiness *readiness;
    struct metrics *metrics;

    /* The admission port, NULL before there is one; set once by another thread. */
    struct listener *_Atomic admission;
};

/* Answers of http_routes; @data is a struct health, which the first does not need. */
void health_answer_live(void *data,
                        const struct http_request *request,
                        struct http_response *response);
void health_answer_ready(void *data,
                         const struct http_request *request,
                         struct http_response *response);
void health_answer_metrics(void *data,
                           const struct http_request *request,
                           struct http_response *response);
