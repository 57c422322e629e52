/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/health.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/exposition.h"

void health_answer_live(void *data,
                        const struct http_request *request,
                        struct http_response *response)
{
    (void)data;
    (void)request;
    buf_add_text(&response->body, "ok\n");
}

void health_answer_ready(void *data,
                         const struct http_request *request,
                         struct http_response *response)
{
    const struct health *health = data;
    struct err reason = {0};

    (void)request;
    if (readiness_check(health->readiness, clock_wall_s(), clock_monotonic_ms(), &reason) == 0) {
        buf_add_text(&response->body, "ok\n");
        return;
    }
    response->status = 503;
    buf_printf(&response->body, "not ready: %s\n", reason.msg);
}

void health_answer_metrics(void *data,
                           const struct http_request *request,
                           struct http_response *response)
{
    const struct health *health = data;
    const struct listener *admission = atomic_load(&health->admission);
    struct metrics_sample sample = {0};
    struct err reason = {0};

    (void)request;
    sample.ready =
        readiness_check(health->readiness, clock_wall_s(), clock_monotonic_ms(), &reason) == 0;
    if (admission != NULL) {
        sample.n_connections = listener_count_connections(admission);
        sample.body_bytes = listener_body_bytes(admission);
    }
    response->content_type = EXPOSITION_CONTENT_TYPE;
    metrics_write(health->metrics, &sample, &response->body);
}
