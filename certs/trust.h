/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Certificate authorities that are trusted
 *
 * A bundle of CA certificates, as a webhook registration's caBundle or a client CA file holds them,
 * and the question whether a peer's certificates were issued under it (RFC 5280 section 6, checked
 * by OpenSSL). An authority in the bundle is trusted whether or not it is self-signed. A
 * certificate in it that is its own issuer but no CA, such as issue_self_signed() makes, is trusted
 * itself.
 *
 * Immutable, and safe to ask from several threads. No network: revocation is not looked up.
 */

#include <stddef.h>

#include "base/err.h"

#define TRUST_PEM_BYTES_MAX ((size_t)1024 * 1024) /* what a Secret or ConfigMap can hold */
#define TRUST_CHAIN_MAX     8                     /* certificates that a peer may send */
#define TRUST_DER_BYTES_MAX ((size_t)64 * 1024)   /* one of them; hundreds are usual */

struct trust;

/*
 * The authorities in a PEM text, at least one.
 *
 * Errors: ERR_INVALID, with the line, for what is no PEM, holds something else, a certificate that
 * is neither a CA nor its own issuer, or one with a negative serial number, which the API server
 * could not read; ERR_TOO_BIG; ERR_INTERNAL. Owner: the caller, trust_unref().
 */
struct trust *trust_parse(const char *pem, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* One more owner; returns @trust. The last trust_unref(), which accepts NULL, frees it. */
struct trust *trust_ref(struct trust *trust) __attribute__((nonnull));
void trust_unref(struct trust *trust);

enum trust_usage { TRUST_SERVER, TRUST_CLIENT }; /* serverAuth and clientAuth */

/* One certificate in DER, borrowed. */
struct trust_der {
    const unsigned char *bytes;
    size_t len;
};

/*
 * Whether the certificates in @chain, the leaf first, lead to an authority of @trust at the time
 * @now_s (Unix seconds), the leaf being good for @usage. The first and the last second of a
 * validity count. More than TRUST_CHAIN_MAX, larger ones than TRUST_DER_BYTES_MAX, and keys or
 * signatures of less than 80 bits of security (RSA below 1024 bits, SHA-1) are refused.
 *
 * Errors: ERR_INVALID with the reason; ERR_INTERNAL.
 */
int trust_verify(const struct trust *trust,
                 const struct trust_der *chain,
                 size_t n,
                 enum trust_usage usage,
                 long long now_s,
                 struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Whether the certificate @leaf names one of @names: as the common name of its subject, which is
 * what kube-apiserver's --requestheader-allowed-names compares, or as a DNS name among its
 * subjectAltNames. Both byte for byte; of several common names the last one counts, as for Go.
 * False for what is no certificate.
 */
_Bool trust_is_named(const struct trust_der *leaf, const char *const *names, size_t n)
    __attribute__((nonnull));

static inline void trust_unref_p(struct trust **trust)
{
    trust_unref(*trust);
}
