/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Admission requests, as the API server writes them
 *
 * The command line plays the API server's part: it wraps an object in the AdmissionReview that
 * kube-apiserver would send to the webhook (admission.k8s.io/v1, request.namespace decided, name
 * left out where there is only a generateName).
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Any will do: the answer has to repeat it. */
#define REQUEST_UID "00000000-0000-4000-8000-000000000000"

/* One of the four kinds that the webhook is registered for. */
struct request_kind {
    const char *kind;
    const char *resource;
    bool namespaced;
};

/* What the webhook knows of objects like @object, or NULL: the API server would not ask it. */
const struct request_kind *request_kind_of(const json_t *object) __attribute__((nonnull));

struct request {
    const struct request_kind *kind;
    const char *operation; /* "CREATE", "UPDATE", "DELETE", "CONNECT" */
    const char *namespace; /* left out for kinds without one */
    const json_t *object;  /* NULL for null */
    const json_t *old_object;
    bool dry_run;
};

/* Append the review as one JSON value and a newline. The name is that of the object, or else of the
 * old one. */
void request_write(struct buf *out, const struct request *request) __attribute__((nonnull));
