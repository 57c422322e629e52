/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A TCP balancer
 *
 * Stands between a client and replicas of a server as a Kubernetes Service does: each new
 * connection goes to the next replica that says it is ready, and stays there. It is asked every
 * BALANCER_PROBE_MS at its health address, so that for a while a replica still gets connections
 * that no longer wants them; one that refuses them is passed over. Bytes are handed on as they are,
 * also after one side has closed its half; a reset is handed on as a reset.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define BALANCER_REPLICAS_MAX    4
#define BALANCER_CONNECTIONS_MAX 512 /* more wait */
#define BALANCER_PROBE_MS        100

struct balancer;

/* Errors: ERR_IO, ERR_INTERNAL. Owner: the caller, balancer_free(). */
struct balancer *balancer_start(struct err *err) __attribute__((nonnull, warn_unused_result));

/* Break off all connections and stop. Accepts NULL. */
void balancer_free(struct balancer *balancer);

/* "127.0.0.1:41234", borrowed. */
const char *balancer_address(const struct balancer *balancer) __attribute__((nonnull));

/*
 * Let the replica @index (below BALANCER_REPLICAS_MAX) be the server at @address; NULL: none. It
 * gets no connection before GET /readyz at @health_address was answered with 200. Connections of
 * the one before stay.
 */
void balancer_set(struct balancer *balancer,
                  size_t index,
                  const char *address,
                  const char *health_address) __attribute__((nonnull(1)));

/* Whether it was ready when it was last asked, and how many connections it got. */
bool balancer_is_ready(struct balancer *balancer, size_t index) __attribute__((nonnull));
size_t balancer_n_connections(struct balancer *balancer, size_t index) __attribute__((nonnull));

static inline void balancer_free_p(struct balancer **balancer)
{
    balancer_free(*balancer);
}
