/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A private key in PEM
 *
 * PKCS #8, or the older forms that OpenSSL writes for EC and RSA, not encrypted. Messages never
 * hold a part of the key. The caller has entered OpenSSL (certs/openssl.h).
 */

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

#include "base/err.h"

/*
 * The one key in the @len bytes at @text, of which there may be @max_bytes. Errors: ERR_INVALID,
 * with the line; ERR_TOO_BIG; ERR_INTERNAL. Owner: the caller, EVP_PKEY_free().
 */
EVP_PKEY *key_parse(const char *text, size_t len, size_t max_bytes, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Whether @key is that of @certificate, the first one of a text, and undamaged. Errors:
 * ERR_INVALID.
 */
int key_check(EVP_PKEY *key, X509 *certificate, struct err *err)
    __attribute__((nonnull, warn_unused_result));
