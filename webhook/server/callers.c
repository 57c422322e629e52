/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/callers.h"

#include "base/cleanup.h"

static void *authorities_ref(void *value)
{
    return trust_ref(value);
}

static void authorities_unref(void *value)
{
    trust_unref(value);
}

void callers_init(struct callers *callers, const struct text_list *names)
{
    callers->names = names;
    current_init(&callers->trust, authorities_ref, authorities_unref);
}

void callers_clear(struct callers *callers)
{
    current_clear(&callers->trust);
}

void callers_use_trust(struct callers *callers, struct trust *trust)
{
    current_set(&callers->trust, trust);
}

void callers_ask(struct callers *callers, gnutls_session_t tls)
{
    CLEANUP(trust_unref) struct trust *trust = current_get(&callers->trust);

    if (trust != NULL) {
        gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUEST);
    }
}

static bool accept_under(const struct trust *trust,
                         const struct text_list *names,
                         gnutls_session_t tls,
                         long long now_s)
{
    struct trust_der chain[TRUST_CHAIN_MAX];
    unsigned int n = 0;
    const gnutls_datum_t *peers = gnutls_certificate_get_peers(tls, &n);
    struct err reason = {0};

    if (peers == NULL || n == 0 || n > TRUST_CHAIN_MAX) {
        return false;
    }
    for (unsigned int i = 0; i < n; i++) {
        chain[i] = (struct trust_der){.bytes = peers[i].data, .len = peers[i].size};
    }
    return trust_verify(trust, chain, n, TRUST_CLIENT, now_s, &reason) == 0 &&
           (names->n == 0 || trust_is_named(&chain[0], names->items, names->n));
}

bool callers_accept(struct callers *callers, gnutls_session_t tls, long long now_s)
{
    CLEANUP(trust_unref) struct trust *trust = current_get(&callers->trust);

    return trust == NULL || accept_under(trust, callers->names, tls, now_s);
}
