/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One certificate (RFC 5280), as OpenSSL holds it
 *
 * Here is what both sides of a chain need, the pair that a server presents and the authorities that
 * are trusted. The caller has entered OpenSSL (certs/openssl.h).
 */

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "certs/pem.h"

/* The last second that a certificate can name: 9999-12-31T23:59:59Z. */
#define CERTIFICATE_TIME_MAX_S 253402300799LL

/*
 * The certificate in exactly the @len bytes of DER at @der. Errors: ERR_INVALID, also for
 * extensions that are not valid or stand twice; ERR_INTERNAL. Owner: the caller, X509_free().
 */
X509 *certificate_parse(const unsigned char *der, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * The next certificate of a PEM text, and in @block where it stood; *@out is NULL at the end of the
 * text. Errors: those of pem_next() and certificate_parse(), and ERR_INVALID for a block that is
 * something else, all with the line.
 */
int certificate_next(struct pem_reader *reader,
                     struct pem_block *block,
                     X509 **out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * The first certificate of a PEM text of at most @max_bytes. Errors: those of pem_open() and
 * certificate_next(), and ERR_INVALID where there is none.
 */
X509 *certificate_first(const char *text, size_t max_bytes, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether @certificate is signed with its own key. */
bool certificate_is_own_issuer(X509 *certificate) __attribute__((nonnull));

/* Whether @issuer is who it names as its issuer, and its key signed it. */
bool certificate_is_issued_by(X509 *certificate, X509 *issuer) __attribute__((nonnull));

/* From when and until when it is valid, in Unix seconds. Errors: ERR_INVALID. */
int certificate_validity(const X509 *certificate,
                         long long *not_before_s,
                         long long *not_after_s,
                         struct err *err) __attribute__((nonnull, warn_unused_result));

/* Whether it is valid at @now_s; the first and the last second count. Errors: ERR_INVALID. */
int certificate_check_time(const X509 *certificate, long long now_s, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* RFC 3339, in UTC, for years up to 9999. Returns @out. */
#define CERTIFICATE_TIME_SIZE sizeof("9999-12-31T23:59:59Z")
const char *certificate_format_time(long long time_s, char out[static CERTIFICATE_TIME_SIZE])
    __attribute__((nonnull));

/*
 * A negative serial number breaks RFC 5280 section 4.1.2.2; Go's crypto/x509 refuses to parse such
 * a certificate, and the API server with it. Errors: ERR_INVALID.
 */
int certificate_check_serial(const X509 *certificate, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether its key is of a type that Go's TLS takes. Errors: ERR_INVALID. */
int certificate_check_key(const X509 *certificate, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Append it to @out in PEM. Errors: ERR_TOO_BIG; ERR_INTERNAL. */
int certificate_write(X509 *certificate, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Who it is for, for messages: "CN=hawser,O=example", cut to size. */
#define CERTIFICATE_SUBJECT_SIZE 128
void certificate_subject(const X509 *certificate, char out[static CERTIFICATE_SUBJECT_SIZE])
    __attribute__((nonnull));
