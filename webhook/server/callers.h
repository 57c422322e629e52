/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may ask
 *
 * The API server shows no client certificate unless it is told to (a kubeconfig in its
 * --admission-control-config-file); without one anybody who reaches the port may send reviews. With
 * a client CA the server asks for a certificate in the handshake and answers 403 to those who have
 * none that is accepted: an HTTP answer says more in the API server's log than a broken handshake.
 *
 * The authorities are replaced as a whole. Thread-safe.
 */

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "base/err.h"
#include "certs/trust.h"
#include "policies/policy.h"
#include "webhook/server/current.h"

struct callers {
    struct current trust;          /* struct trust; none: everybody is accepted */
    const struct text_list *names; /* one of these the certificate must have; empty: any */
};

/* Everybody is accepted until there are authorities. @names is borrowed. */
void callers_init(struct callers *callers, const struct text_list *names) __attribute__((nonnull));
void callers_clear(struct callers *callers) __attribute__((nonnull));

/* Accept only callers with a certificate under @trust, which goes over. */
void callers_use_trust(struct callers *callers, struct trust *trust) __attribute__((nonnull));

/* Have the handshake of @tls ask for a certificate, where one will be needed. */
void callers_ask(struct callers *callers, gnutls_session_t tls) __attribute__((nonnull));

/* Whether the peer of @tls, whose handshake is done, is accepted at @now_s (Unix seconds). */
bool callers_accept(struct callers *callers, gnutls_session_t tls, long long now_s)
    __attribute__((nonnull));
