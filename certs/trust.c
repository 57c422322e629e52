/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/trust.h"

#include <openssl/x509_vfy.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/openssl.h"
#include "certs/pem.h"

/*
 * Signatures and keys of at least 80 bits of security, which are RSA from 1024 bits and no SHA-1:
 * what Go accepts. (SSL_CTX_set_security_level(3) has the list.)
 */
#define SECURITY_LEVEL 1

struct trust {
    atomic_size_t owners;
    X509_STORE *store;
};

static inline void free_chain_p(STACK_OF(X509) * *chain)
{
    sk_X509_pop_free(*chain, X509_free);
}

DEFINE_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free)

/*
 * Whether @issuer signed @certificate. OpenSSL by itself compares names and identifiers of keys,
 * where there are any, takes the first that fits, and never tries another: with two authorities of
 * one name, as during a rotation, that may be the wrong one.
 */
static int is_issued(X509_STORE_CTX *ctx, X509 *certificate, X509 *issuer)
{
    (void)ctx;
    return certificate_is_issued_by(certificate, issuer);
}

/* OpenSSL takes notAfter for the first second after; it is the last (RFC 5280 section 4.1.2.5). */
static int allow_last_second(int ok, X509_STORE_CTX *ctx)
{
    const time_t now = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(ctx));
    const X509 *certificate = X509_STORE_CTX_get_current_cert(ctx);

    if (ok == 0 && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_HAS_EXPIRED &&
        ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), now) == 0) {
        X509_STORE_CTX_set_error(ctx, X509_V_OK);
        return 1;
    }
    return ok;
}

static struct trust *new_trust(struct err *err)
{
    CLEANUP(trust_unref) struct trust *trust = calloc(1, sizeof(*trust));

    if (trust != NULL) {
        atomic_init(&trust->owners, 1);
    }
    if (trust == NULL || (trust->store = X509_STORE_new()) == NULL ||
        X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN) != 1) {
        err_no_memory(err);
        return NULL;
    }
    X509_STORE_set_check_issued(trust->store, is_issued);
    X509_STORE_set_verify_cb(trust->store, allow_last_second);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(trust->store), SECURITY_LEVEL);
    return TAKE(trust);
}

/*
 * Whether others may be verified by @certificate: a CA by its basicConstraints, or of version 1 and
 * its own issuer, as Go has it. One that is its own issuer and no CA vouches for itself only.
 */
static bool is_anchor(X509 *certificate)
{
    return X509_check_ca(certificate) == 1 || certificate_is_own_issuer(certificate);
}

static int add(struct trust *trust, X509 *certificate, struct err *err)
{
    char subject[CERTIFICATE_SUBJECT_SIZE];

    if (certificate_check_serial(certificate, err) < 0) {
        return -1;
    }
    if (!is_anchor(certificate)) {
        certificate_subject(certificate, subject);
        return err_set(err, ERR_INVALID,
                       "the certificate '%s' is neither a CA nor its own issuer, expected a CA",
                       subject);
    }
    if (X509_STORE_add_cert(trust->store, certificate) != 1) {
        return openssl_fail(err, ERR_INTERNAL, "cannot store a certificate");
    }
    return 0;
}

struct trust *trust_parse(const char *pem, size_t len, struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(trust_unref) struct trust *trust = new_trust(err);
    CLEANUP(pem_clear) struct pem_block block = {0};
    struct pem_reader reader;
    size_t n = 0;

    if (trust == NULL || pem_open(&reader, pem, len, TRUST_PEM_BYTES_MAX, err) < 0) {
        return NULL;
    }
    for (;; n++) {
        CLEANUP(X509_free) X509 *certificate = NULL;
        if (certificate_next(&reader, &block, &certificate, err) < 0) {
            return NULL;
        }
        if (certificate == NULL) {
            break;
        }
        if (add(trust, certificate, err) < 0) {
            err_wrap(err, "line %zu", block.line);
            return NULL;
        }
    }
    if (n == 0) {
        err_set(err, ERR_INVALID, "there is no certificate, expected one or more in PEM");
        return NULL;
    }
    return TAKE(trust);
}

struct trust *trust_ref(struct trust *trust)
{
    (void)atomic_fetch_add_explicit(&trust->owners, 1, memory_order_relaxed);
    return trust;
}

void trust_unref(struct trust *trust)
{
    if (trust == NULL || atomic_fetch_sub_explicit(&trust->owners, 1, memory_order_acq_rel) > 1) {
        return;
    }
    X509_STORE_free(trust->store);
    free(trust);
}

static STACK_OF(X509) * parse_chain(const struct trust_der *chain, size_t n, struct err *err)
{
    CLEANUP(free_chain) STACK_OF(X509) *certificates = sk_X509_new_reserve(NULL, (int)n);

    if (certificates == NULL) {
        err_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        X509 *certificate;
        if (chain[i].len > TRUST_DER_BYTES_MAX) {
            err_set(err, ERR_INVALID, "certificate %zu is larger than %zu bytes", i + 1,
                    TRUST_DER_BYTES_MAX);
            return NULL;
        }
        certificate = certificate_parse(chain[i].bytes, chain[i].len, err);
        if (certificate == NULL) {
            err_wrap(err, "certificate %zu", i + 1);
            return NULL;
        }
        (void)sk_X509_push(certificates, certificate); /* there is room */
    }
    return TAKE(certificates);
}

static int refuse(X509_STORE_CTX *ctx, struct err *err)
{
    const int error = X509_STORE_CTX_get_error(ctx);
    const X509 *certificate = X509_STORE_CTX_get_current_cert(ctx);
    char subject[CERTIFICATE_SUBJECT_SIZE] = "";

    if (error == X509_V_ERR_OUT_OF_MEM) {
        return err_no_memory(err);
    }
    if (error == X509_V_OK || error == X509_V_ERR_UNSPECIFIED) {
        return openssl_fail(err, ERR_INTERNAL, "cannot verify a certificate");
    }
    if (certificate != NULL) {
        certificate_subject(certificate, subject);
    }
    return err_set(err, ERR_INVALID, "the certificate '%s' is not trusted: %s", subject,
                   X509_verify_cert_error_string(error));
}

int trust_verify(const struct trust *trust,
                 const struct trust_der *chain,
                 size_t n,
                 enum trust_usage usage,
                 long long now_s,
                 struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(free_chain) STACK_OF(X509) *certificates = NULL;
    CLEANUP(X509_STORE_CTX_free) X509_STORE_CTX *ctx = NULL;
    const int purpose = usage == TRUST_SERVER ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;

    if (n == 0 || n > TRUST_CHAIN_MAX) {
        return err_set(err, ERR_INVALID, "there are %zu certificates, expected 1 to %d", n,
                       TRUST_CHAIN_MAX);
    }
    certificates = parse_chain(chain, n, err);
    if (certificates == NULL) {
        return -1;
    }
    ctx = X509_STORE_CTX_new();
    if (ctx == NULL ||
        X509_STORE_CTX_init(ctx, trust->store, sk_X509_value(certificates, 0), certificates) != 1 ||
        X509_STORE_CTX_set_purpose(ctx, purpose) != 1) {
        return openssl_fail(err, ERR_INTERNAL, "cannot prepare to verify a certificate");
    }
    X509_STORE_CTX_set_time(ctx, 0, (time_t)now_s);
    return X509_verify_cert(ctx) == 1 ? 0 : refuse(ctx, err);
}

/* Byte for byte: neither case nor a NUL within is passed over. */
static bool is_among(const unsigned char *text, int len, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (len >= 0 && strlen(names[i]) == (size_t)len &&
            memcmp(names[i], text, (size_t)len) == 0) {
            return true;
        }
    }
    return false;
}

/* Of several common names the last one counts, as for Go. */
static bool has_common_name(const X509 *leaf, const char *const *names, size_t n)
{
    const X509_NAME *subject = X509_get_subject_name(leaf);
    unsigned char *text = NULL;
    int last = -1;
    int len;
    bool found;

    for (int i; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, last)) >= 0;) {
        last = i;
    }
    if (last < 0) {
        return false;
    }
    len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
    found = is_among(text, len, names, n);
    OPENSSL_free(text);
    return found;
}

static bool has_dns_name(const X509 *leaf, const char *const *names, size_t n)
{
    CLEANUP(GENERAL_NAMES_free)
    GENERAL_NAMES *found = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) {
        int type;
        const ASN1_STRING *text = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(found, i), &type);
        if (type == GEN_DNS &&
            is_among(ASN1_STRING_get0_data(text), ASN1_STRING_length(text), names, n)) {
            return true;
        }
    }
    return false;
}

_Bool trust_is_named(const struct trust_der *leaf, const char *const *names, size_t n)
{
    OPENSSL_ENTER();
    struct err err = {0}; /* what is no certificate names nobody */
    CLEANUP(X509_free)
    X509 *certificate =
        leaf->len <= TRUST_DER_BYTES_MAX ? certificate_parse(leaf->bytes, leaf->len, &err) : NULL;

    return certificate != NULL &&
           (has_common_name(certificate, names, n) || has_dns_name(certificate, names, n));
}
