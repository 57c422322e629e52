/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the API server's answer means
 *
 * HTTP's status says roughly how it went. The body, an object of kind Status, says it exactly: 409
 * is "already exists" or "somebody changed it", 403 may be for a namespace that is being deleted.
 * An answer need not be the API server's: a balancer before it has its own pages. Pure.
 */

#include <jansson.h>
#include <stddef.h>

#include "deploy/kube/kube.h"

struct kube_status {
    enum kube_outcome outcome;
    unsigned int retry_after_ms;     /* of details.retryAfterSeconds; 0: none */
    char message[KUBE_MESSAGE_SIZE]; /* one line of printable characters */
};

/* Of an answer with the HTTP status @code, not a 2xx, and @body; NULL: it is no JSON, but the @len
 * bytes at @text. */
void kube_status_read(unsigned int code,
                      const json_t *body,
                      const char *text,
                      size_t len,
                      struct kube_status *out) __attribute__((nonnull(3, 5)));

/* Of a Status that came as the object of a watch's ERROR event, where its code is all there is. */
void kube_status_read_event(const json_t *object, struct kube_status *out)
    __attribute__((nonnull(2)));
