/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Making certificates
 *
 * ECDSA on P-256 with SHA-256, X.509 version 3. Serial numbers have 127 bits, the first set and the
 * others random, and so are positive (RFC 5280 section 4.1.2.2; Go cannot parse a negative one).
 */

#include <stddef.h>

#include "base/err.h"

/* How far back validity starts: clocks of nodes differ. */
#define ISSUE_BACKDATE_S (60LL * 60)

/* PEM texts, terminated; release with issue_clear(), which cleanses the key. */
struct issue_pem {
    char *certificates; /* the leaf first */
    char *key;          /* PKCS #8, not encrypted */
};

void issue_clear(struct issue_pem *pem) __attribute__((nonnull));

struct issue_options {
    const char *common_name;
    const char *const *names; /* DNS names and IP addresses, at least one; of a CA, none */
    size_t n_names;
    long long now_s; /* Unix seconds */
    long long validity_s;
};

/*
 * A certificate that is its own issuer, for a server on a laptop: a client can trust it (curl
 * --cacert, a caBundle) or pin its key. Valid from @now_s - ISSUE_BACKDATE_S to @now_s +
 * validity_s.
 *
 * It is no CA, although many such certificates are: who trusts it trusts this one server, and not
 * whatever its key might sign. OpenSSL, GnuTLS and Go accept an end entity among the trusted as it
 * is; basicConstraints, keyUsage and extendedKeyUsage say what it is for, and the identifiers of
 * subject and authority that it is its own issuer.
 *
 * Errors: ERR_INVALID for a name that is none, a common name that is empty or longer than 64
 * characters, and times outside of 1970 to 9999; ERR_INTERNAL. Owner: the caller.
 */
int issue_self_signed(const struct issue_options *options, struct issue_pem *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * A CA that is its own issuer, for issue_leaf(). It issues the certificates of servers and no other
 * CA. Give each one a common name of its own: who looks at two must be able to tell which is which.
 * Errors and validity: as issue_self_signed(). Owner: the caller.
 */
int issue_authority(const struct issue_options *options, struct issue_pem *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * A certificate for a server, issued by a CA: the first certificate of the PEM text @authority,
 * with its key. Validity is that of issue_self_signed(), but ends with the CA's at the latest. It
 * may begin before the CA's: OpenSSL, GnuTLS and Go ask of each certificate in a chain whether it
 * is valid now, and not whether the one's time lies in the other's.
 *
 * Errors: those of issue_self_signed(), and of issuer_parse() and issuer_check(). Owner: the
 * caller.
 */
int issue_leaf(const struct issue_options *options,
               const char *authority,
               const char *authority_key,
               struct issue_pem *out,
               struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * The SHA-256 of the public key in the first certificate of @certificates (PEM), in base64: what
 * curl's --pinnedpubkey takes behind "sha256//" (RFC 7469 section 2.4). @out is untouched on
 * failure. Errors: ERR_INVALID; ERR_TOO_BIG for more than PAIR_PEM_BYTES_MAX; ERR_INTERNAL.
 */
#define ISSUE_PIN_SIZE 45
int issue_pin(const char *certificates, char out[static ISSUE_PIN_SIZE], struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void issue_clear_p(struct issue_pem *pem)
{
    issue_clear(pem);
}
