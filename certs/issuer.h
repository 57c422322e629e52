/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A CA and its key
 *
 * What issues the certificates of servers. One that parses is whole and can issue, as far as that
 * does not change with time; whether it may is asked with issuer_check().
 *
 * It may have been made elsewhere, as long as whatever it issues is good for every client: a CA
 * that is bound to names, or to uses other than servers, is refused, since only the clients of its
 * certificates would find that out. The caller has entered OpenSSL (certs/openssl.h).
 */

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/err.h"

struct issuer {
    X509 *certificate;
    EVP_PKEY *key;
};

/*
 * The first certificate of @certificates and the private key @key, two PEM texts.
 *
 * Errors: ERR_INVALID for what is no PEM or holds something else, a key that is not the
 * certificate's, and a certificate that cannot issue: no CA, damaged, a negative serial number, no
 * subject key identifier, a type of key that Go does not take, bound to names or uses; ERR_TOO_BIG
 * for more than PAIR_PEM_BYTES_MAX each; ERR_INTERNAL. Owner: the caller, issuer_free().
 */
struct issuer *issuer_parse(const char *certificates, const char *key, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void issuer_free(struct issuer *authority);

/* Whether it is valid at @now_s (Unix seconds). Errors: ERR_INVALID. */
int issuer_check(const struct issuer *authority, long long now_s, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether clients that trust it can verify others by it: an undamaged CA that Go reads. */
bool authority_is_ca(X509 *certificate) __attribute__((nonnull));

DEFINE_CLEANUP(struct issuer, issuer_free)
