/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server's TLS identity
 *
 * The certificate pair that new handshakes present, and the authorities that it must lead to.
 * libmicrohttpd does TLS with GnuTLS, which asks for a certificate in each handshake: that is where
 * a new pair comes into force, without a lost connection (its MHD_OPTION_HTTPS_CERT_CALLBACK2). A
 * handshake under way keeps the pair that it began with.
 *
 * Pairs are judged by certs/ with OpenSSL and presented by GnuTLS, so each is parsed twice.
 * Thread-safe.
 */

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stddef.h>

#include "base/err.h"
#include "certs/trust.h"
#include "policies/policy.h"

/*
 * TLS 1.2 and 1.3, ciphers of 128 bits and more, the server's order. What is cheapest comes first,
 * since an API server never resumes: X25519, and a cipher whose handshake takes SHA-256. The lists
 * are those of SECURE128, reordered.
 */
#define IDENTITY_PRIORITIES                                     \
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:"            \
    "-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:" \
    "+AES-256-CCM:+AES-128-CCM:+AES-256-CBC:+AES-128-CBC:"      \
    "-GROUP-ALL:+GROUP-X25519:+GROUP-EC-ALL:+GROUP-DH-ALL:%SERVER_PRECEDENCE"

struct identity;
struct identity_pair; /* reference-counted */

/* An identity without a pair. @names must be in every certificate; they are borrowed. NULL with
 * ERR_INTERNAL. Owner: the caller, identity_free(). */
struct identity *identity_new(const struct text_list *names, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void identity_free(struct identity *identity);

/* A pair from two PEM texts. Errors: those of pair_parse(); ERR_INVALID where GnuTLS refuses. */
struct identity_pair *identity_pair_new(const char *certificates,
                                        size_t certificates_len,
                                        const char *key,
                                        size_t key_len,
                                        struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void identity_pair_unref(struct identity_pair *pair);

/* Until when its certificate is valid, in Unix seconds. */
long long identity_pair_not_after_s(const struct identity_pair *pair) __attribute__((nonnull));

/* Whether @pair may be used at @now_s, as pair_check() says, with the names of @identity and the
 * authorities @trust, NULL: any. Errors: those of pair_check(). */
int identity_check_pair(const struct identity *identity,
                        const struct identity_pair *pair,
                        const struct trust *trust,
                        long long now_s,
                        struct err *err) __attribute__((nonnull(1, 2, 5), warn_unused_result));

/* The same for the pair and the authorities in force. ERR_NOT_FOUND when there is no pair. */
int identity_check(struct identity *identity, long long now_s, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Put a pair, or authorities, in force; ownership goes over. */
void identity_use_pair(struct identity *identity, struct identity_pair *pair)
    __attribute__((nonnull));
void identity_use_trust(struct identity *identity, struct trust *trust) __attribute__((nonnull));

/* The pair in force with one more owner; NULL when there is none. */
struct identity_pair *identity_get_pair(struct identity *identity)
    __attribute__((nonnull, warn_unused_result));

/* Whether the certificate in @der (of @len bytes) is the leaf of @pair. */
_Bool identity_pair_has_leaf(const struct identity_pair *pair, const void *der, size_t len)
    __attribute__((nonnull));

/* What a connection holds of the identity while it lives; begins with the identity alone. */
struct identity_session {
    struct identity *identity;
    struct identity_pair *pair; /* that its handshake presented */
};

/* Have the handshake of @tls present the pair in force. @session must outlive it; release with
 * identity_session_clear() when @tls is gone. */
void identity_attach(gnutls_session_t tls, struct identity_session *session)
    __attribute__((nonnull));
void identity_session_clear(struct identity_session *session) __attribute__((nonnull));

/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: hand GnuTLS the pair of the session. */
int identity_retrieve(gnutls_session_t tls,
                      const struct gnutls_cert_retr_st *info,
                      gnutls_pcert_st **certificates,
                      unsigned int *n_certificates,
                      gnutls_ocsp_data_st **ocsp,
                      unsigned int *n_ocsp,
                      gnutls_privkey_t *key,
                      unsigned int *flags);

static inline void identity_free_p(struct identity **identity)
{
    identity_free(*identity);
}

static inline void identity_pair_unref_p(struct identity_pair **pair)
{
    identity_pair_unref(*pair);
}
