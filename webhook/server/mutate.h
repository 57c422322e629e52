/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Answering admission reviews
 *
 * What stands between HTTP and admit(): it gives a request the policies that are in force, measures
 * it, counts it, and writes one log line. The line has the request's uid, kind, namespace, name,
 * operation, policies, outcome and duration, whether it is a dry run unless the object is left
 * alone, and never a part of the object.
 */

#include <stdbool.h>

#include "webhook/server/current.h"
#include "webhook/server/http.h"
#include "webhook/server/metrics.h"

struct mutate {
    struct current *policies;   /* struct policy_set; never without a value */
    struct current_view *views; /* of them, one for each worker that answers */
    struct metrics *metrics;
    const char *copier_image;
    bool namespace_opted_in; /* the path of namespaces that opted in as a whole */
};

/*
 * An http_route's answer; @data is a struct mutate.
 *
 * 200 with the AdmissionReview, 400 for what is none, 413 for one that is too large to handle, 500
 * for a bug or no memory.
 */
void mutate_answer(void *data, const struct http_request *request, struct http_response *response);
