/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/certificate.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "certs/openssl.h"

static const char label[] = "CERTIFICATE";

X509 *certificate_parse(const unsigned char *der, size_t len, struct err *err)
{
    const unsigned char *at = der;
    CLEANUP(X509_free) X509 *certificate = len <= INT_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;

    if (certificate == NULL) {
        openssl_fail(err, ERR_INVALID, "the certificate cannot be decoded");
        return NULL;
    }
    if (at != der + len) {
        err_set(err, ERR_INVALID, "the certificate is followed by %td bytes, expected none",
                der + len - at);
        return NULL;
    }
    /* Fills OpenSSL's cache of the extensions, and fails when that is not possible. */
    if (X509_check_purpose(certificate, -1, 0) != 1) {
        openssl_fail(err, ERR_INVALID, "the certificate's extensions are not valid");
        return NULL;
    }
    return TAKE(certificate);
}

int certificate_next(struct pem_reader *reader,
                     struct pem_block *block,
                     X509 **out,
                     struct err *err)
{
    X509 *certificate = NULL;

    if (pem_next(reader, block, err) < 0) {
        return -1;
    }
    if (!pem_is_end(block)) {
        if (strcmp(block->label, label) != 0) {
            return err_set(err, ERR_INVALID, "line %zu: expected a block '%s', found '%s'",
                           block->line, label, block->label);
        }
        certificate = certificate_parse(block->bytes, block->len, err);
        if (certificate == NULL) {
            return err_wrap(err, "line %zu", block->line);
        }
    }
    *out = certificate;
    return 0;
}

bool certificate_is_own_issuer(X509 *certificate)
{
    return X509_self_signed(certificate, 1) == 1;
}

static int to_seconds(const ASN1_TIME *time, long long *out)
{
    struct tm utc;

    if (ASN1_TIME_to_tm(time, &utc) != 1) {
        return -1;
    }
    *out = timegm(&utc); /* a date after year 0, which cannot fail with 64 bits */
    return 0;
}

int certificate_validity(const X509 *certificate,
                         long long *not_before_s,
                         long long *not_after_s,
                         struct err *err)
{
    long long from_s;
    long long until_s;

    if (to_seconds(X509_get0_notBefore(certificate), &from_s) < 0 ||
        to_seconds(X509_get0_notAfter(certificate), &until_s) < 0) {
        return openssl_fail(err, ERR_INVALID, "the certificate's validity cannot be read");
    }
    *not_before_s = from_s;
    *not_after_s = until_s;
    return 0;
}

int certificate_check_serial(const X509 *certificate, struct err *err)
{
    char subject[CERTIFICATE_SUBJECT_SIZE];

    if ((ASN1_STRING_type(X509_get0_serialNumber(certificate)) & V_ASN1_NEG) == 0) {
        return 0;
    }
    certificate_subject(certificate, subject);
    return err_set(err, ERR_INVALID,
                   "the certificate '%s' has a negative serial number, which the API server does "
                   "not read; expected a positive one",
                   subject);
}

void certificate_subject(const X509 *certificate, char out[static CERTIFICATE_SUBJECT_SIZE])
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
    int len = 0;

    /* In UTF-8; err_set() shows what is none as dots. */
    if (bio != NULL &&
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >=
            0) {
        len = BIO_read(bio, out, CERTIFICATE_SUBJECT_SIZE - 1);
    }
    out[len > 0 ? len : 0] = '\0';
}
