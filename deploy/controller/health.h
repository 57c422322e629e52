/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The health port
 *
 *     GET /healthz  200 while the loop turns
 *     GET /readyz   200 when the controller does its work, else 503 with the reason
 *     GET /metrics  metrics.h
 *
 * Plain HTTP by libmicrohttpd, served in steps of the loop: a loop that hangs does not answer, and
 * the kubelet restarts it. Few and small connections, each with a time-out.
 */

#include "base/address.h"
#include "base/buf.h"
#include "base/err.h"
#include "deploy/kube/loop.h"

#define HEALTH_CONNECTIONS_MAX 32
#define HEALTH_TIMEOUT_S       10

struct health;

/* What is answered; called in steps of the loop. */
struct health_answers {
    /* 0 when ready, else -1 with the reason. */
    int (*check)(void *data, struct err *err);
    /* Append the page; its limit is METRICS_PAGE_MAX. */
    void (*write)(void *data, struct buf *out);
    void *data;
};

/* Listen on @address, as address_listen() takes it. NULL with its errors, or ERR_INTERNAL. */
struct health *health_new(struct loop *loop,
                          const char *address,
                          const struct health_answers *answers,
                          struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void health_free(struct health *health);

/* Where it listens, with the port that it really is. */
const char *health_address(const struct health *health) __attribute__((nonnull));

static inline void health_free_p(struct health **health)
{
    health_free(*health);
}
