/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way to one API server
 *
 * What all requests have in common: the address, the authorities that vouch for it, and who we are.
 * The token and the CA are read again when their files changed (rotating_file.h). What cannot be
 * used leaves in force what was before; what is wrong with it is part of the reason that a request
 * that fails is given.
 */

#include <stdbool.h>

#include "base/err.h"
#include "deploy/kube/kube_config.h"
#include "deploy/kube/kube_exchange.h"

struct kube_transport;

/* For the cluster of @config, which is borrowed. Errors: those of the files that it names;
 * ERR_INVALID for a CA, a client certificate, a token or an address that is none; ERR_INTERNAL. */
struct kube_transport *
kube_transport_new(const struct kube_config *config, const char *user_agent, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* After all exchanges. Accepts NULL. */
void kube_transport_free(struct kube_transport *transport);

/* After how long files are read though they look the same. */
void kube_transport_set_file_age(struct kube_transport *transport, unsigned int age_ms)
    __attribute__((nonnull));

/* Set up a request, as kube_exchange_open() does, with what is in force now. */
int kube_transport_open(struct kube_transport *transport,
                        const struct kube_exchange_ask *ask,
                        const struct kube_exchange_listener *listener,
                        struct kube_exchange *out,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* The server did not take the token: whether there may be another, which is read next time. */
bool kube_transport_doubt_token(struct kube_transport *transport) __attribute__((nonnull));

/* What is wrong with the token's or the CA's file at the moment, or "". */
const char *kube_transport_trouble(const struct kube_transport *transport) __attribute__((nonnull));

static inline void kube_transport_free_p(struct kube_transport **transport)
{
    kube_transport_free(*transport);
}
