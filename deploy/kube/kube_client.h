/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside the client
 *
 * For the modules that make it up: kube.c (what there is), kube_start.c (one request), kube_call.c
 * (until it succeeds) and kube_watch.c (streams).
 */

#include <stdint.h>

#include "deploy/kube/kube.h"
#include "deploy/kube/kube_transport.h"
#include "deploy/kube/rate.h"

struct kube_pending; /* a request under way: kube_start.c */

struct kube {
    struct loop *loop;
    struct kube_transport *transport;
    struct kube_limits limits;
    kube_may_write_fn *may_write; /* NULL: always */
    void *guard_data;
    bool is_halted;
    struct kube_pending *pending;
    struct rate rate; /* of kube_call() */
    uint64_t n_started;
    struct kube_counts counts;
};

/* Whether it changes something, and whether sending it twice does no more than sending it once. */
bool kube_is_write(const struct kube_request *request) __attribute__((nonnull));
bool kube_is_repeatable(const struct kube_request *request) __attribute__((nonnull));

/* Note how an exchange ended. */
void kube_count(struct kube *kube, enum kube_outcome outcome) __attribute__((nonnull));

/* Set up an exchange under the limits in force and give it to the loop, which calls @done. Errors:
 * ERR_INTERNAL; @out is zeroed then. */
int kube_exchange_start(struct kube *kube,
                        const struct kube_exchange_ask *ask,
                        const struct kube_exchange_listener *listener,
                        struct kube_exchange *out,
                        loop_done_fn *done,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Take an exchange from the loop, if it is there, and release it. */
void kube_exchange_stop(struct kube *kube, struct kube_exchange *exchange, bool is_in_loop)
    __attribute__((nonnull));

/* Why an exchange got no answer: @message gets libcurl's reason, and what is wrong with our files.
 */
void kube_explain(const struct kube *kube,
                  const struct kube_exchange *exchange,
                  CURLcode result,
                  char message[static KUBE_MESSAGE_SIZE]) __attribute__((nonnull));

/* Cancel all that kube_start() began. */
void kube_cancel_all(struct kube *kube) __attribute__((nonnull));
