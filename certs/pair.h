/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A serving certificate and its key
 *
 * What a TLS server presents: a leaf, the certificates between it and its CA, and the leaf's
 * private key. A pair that parses is whole: the key belongs to the leaf. Whether it may be used is
 * a second question, asked with pair_check(), because the answer changes with time. The key is not
 * kept, only compared.
 *
 * Immutable. No network, no files, no clock.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "certs/trust.h"

#define PAIR_PEM_BYTES_MAX ((size_t)64 * 1024) /* each of the two texts */
#define PAIR_CHAIN_MAX     8                   /* certificates, the leaf among them */

struct pair;

/*
 * The pair in two PEM texts: certificates, the leaf first, and one private key that is not
 * encrypted (PKCS #8, or the older forms that OpenSSL writes for EC and RSA).
 *
 * Errors: ERR_INVALID for what is no PEM or holds something else, for a key that is not the leaf's,
 * and for a leaf that is a CA unless it is also its own issuer; ERR_TOO_BIG; ERR_INTERNAL.
 * Messages never hold a part of the key. Owner: the caller, pair_free().
 */
struct pair *pair_parse(const char *certificates,
                        size_t certificates_len,
                        const char *key,
                        size_t key_len,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void pair_free(struct pair *pair);

/* From when and until when the leaf is valid, in Unix seconds. */
long long pair_not_before_s(const struct pair *pair) __attribute__((nonnull));
long long pair_not_after_s(const struct pair *pair) __attribute__((nonnull));

/*
 * Whether a client that asks for @name would accept the leaf: among its subjectAltNames, as a DNS
 * name (RFC 6125; a wildcard stands for one whole label, with two or more behind it) or an IP
 * address. The subject's CN does not count, as it does not for Go (crypto/x509).
 */
bool pair_has_name(const struct pair *pair, const char *name) __attribute__((nonnull));

struct pair_expectation {
    const char *const *names; /* each must be in the leaf */
    size_t n_names;
    const struct trust *trust; /* the chain must end here; NULL: anywhere */
    long long now_s;           /* Unix seconds */
};

/*
 * Whether the API server would accept the pair now: valid at the time (the first and the last
 * second count), for each name, usable for serverAuth (or without extendedKeyUsage), with a key
 * that Go's TLS takes, no negative serial number in the chain (which Go does not parse), and issued
 * under the trust where there is one.
 *
 * Errors: ERR_INVALID, saying what is wrong and what was expected; ERR_INTERNAL.
 */
int pair_check(const struct pair *pair, const struct pair_expectation *expected, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void pair_free_p(struct pair **pair)
{
    pair_free(*pair);
}
