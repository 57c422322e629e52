/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/certificate.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "certs/openssl.h"

#define RSA_BITS_MIN 1024 /* the least that Go takes */

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

X509 *certificate_first(const char *text, size_t max_bytes, struct err *err)
{
    CLEANUP(pem_clear) struct pem_block block = {0};
    X509 *certificate = NULL;
    struct pem_reader reader;

    if (pem_open(&reader, text, strlen(text), max_bytes, err) < 0 ||
        certificate_next(&reader, &block, &certificate, err) < 0) {
        return NULL;
    }
    if (certificate == NULL) {
        err_set(err, ERR_INVALID, "there is no certificate, expected one or more in PEM");
    }
    return certificate;
}

bool certificate_is_own_issuer(X509 *certificate)
{
    return X509_self_signed(certificate, 1) == 1;
}

bool certificate_is_issued_by(X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool is_issued;

    (void)ERR_set_mark(); /* a no is nobody's failure */
    is_issued =
        X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0 &&
        key != NULL && X509_verify(certificate, key) == 1;
    (void)ERR_pop_to_mark();
    return is_issued;
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

const char *certificate_format_time(long long time_s, char out[static CERTIFICATE_TIME_SIZE])
{
    const time_t time = (time_t)time_s;
    struct tm utc;

    if (gmtime_r(&time, &utc) == NULL ||
        strftime(out, CERTIFICATE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        out[0] = '\0';
    }
    return out;
}

int certificate_check_time(const X509 *certificate, long long now_s, struct err *err)
{
    long long from_s = 0;
    long long until_s = 0;
    char limit[CERTIFICATE_TIME_SIZE];
    char now[CERTIFICATE_TIME_SIZE];

    if (certificate_validity(certificate, &from_s, &until_s, err) < 0) {
        return -1;
    }
    if (now_s < from_s) {
        return err_set(err, ERR_INVALID, "the certificate is valid from %s, and it is %s",
                       certificate_format_time(from_s, limit), certificate_format_time(now_s, now));
    }
    if (now_s > until_s) {
        return err_set(err, ERR_INVALID, "the certificate was valid until %s, and it is %s",
                       certificate_format_time(until_s, limit),
                       certificate_format_time(now_s, now));
    }
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

/* Go knows curves by their names only, and not one that is written out in the certificate. */
static bool is_known_curve(const EVP_PKEY *key)
{
    static const char *const known[] = {"prime256v1", "secp384r1", "secp521r1"};
    char curve[32] = "";
    int is_written_out = 0;

    if (EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) != 1 ||
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &is_written_out) != 1 ||
        is_written_out != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(curve, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

int certificate_check_key(const X509 *certificate, struct err *err)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);

    if ((EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_BITS_MIN) ||
        (EVP_PKEY_is_a(key, "EC") && is_known_curve(key)) || EVP_PKEY_is_a(key, "ED25519")) {
        return 0;
    }
    return err_set(err, ERR_INVALID,
                   "the API server does not take the key, %s of %d bits; expected ECDSA on P-256, "
                   "P-384 or P-521, RSA of at least %d bits, or Ed25519",
                   EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key), RSA_BITS_MIN);
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

int certificate_write(X509 *certificate, struct buf *out, struct err *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
    const char *text = NULL;
    long len;

    if (bio == NULL || PEM_write_bio_X509(bio, certificate) != 1) {
        return openssl_fail(err, ERR_INTERNAL, "cannot write a certificate");
    }
    len = BIO_get_mem_data(bio, &text);
    buf_add(out, text, (size_t)len);
    return buf_check(out, "certificates", err);
}
