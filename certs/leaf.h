/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a certificate can be a server's
 *
 * As the API server sees it, whose client is Go's crypto/tls, at any time and whoever issued it.
 * The caller has entered OpenSSL (certs/openssl.h).
 */

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* As pair_has_name(). */
bool leaf_has_name(X509 *leaf, const char *name) __attribute__((nonnull));

/* Whether it has all of these names. Errors: ERR_INVALID, with the names that it has. */
int leaf_check_names(X509 *leaf, const char *const *names, size_t n, struct err *err)
    __attribute__((nonnull(1, 4), warn_unused_result));

/* Whether its uses and the type of its key are right. Errors: ERR_INVALID. */
int leaf_check_use(X509 *leaf, struct err *err) __attribute__((nonnull, warn_unused_result));
