/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/authority.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define HOUR_S          (60LL * 60)
#define DAY_S           (24 * HOUR_S)
#define NAMES_BYTES_MAX ((size_t)4 * 1024)

DEFINE_CLEANUP(BIO, BIO_free_all)
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(X509, X509_free)
DEFINE_CLEANUP(X509_EXTENSION, X509_EXTENSION_free)

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    char *pem;
};

static int fail(const char *what, struct err *err)
{
    char reason[256];

    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    ERR_clear_error();
    return err_set(err, ERR_INTERNAL, "%s: %s", what, reason);
}

/* What was written to @out; NULL for nothing. */
static char *take_text(BIO *out)
{
    const char *bytes = NULL;
    const long n = BIO_get_mem_data(out, &bytes);
    char *text = n > 0 ? calloc((size_t)n + 1, 1) : NULL;

    if (text != NULL) {
        memcpy(text, bytes, (size_t)n);
    }
    return text;
}

static char *certificate_text(X509 *certificate)
{
    CLEANUP(BIO_free_all) BIO *out = BIO_new(BIO_s_mem());

    return out != NULL && PEM_write_bio_X509(out, certificate) == 1 ? take_text(out) : NULL;
}

static char *key_text(EVP_PKEY *key)
{
    CLEANUP(BIO_free_all) BIO *out = BIO_new(BIO_s_mem());

    return out != NULL && PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1
               ? take_text(out)
               : NULL;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    CLEANUP(X509_EXTENSION_free)
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    return extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
}

/* The subjectAltName of @names as OpenSSL's configuration writes it. */
static void write_names(const char *const *names, struct buf *out)
{
    unsigned char ip[sizeof(struct in6_addr)];

    for (; *names != NULL; names++) {
        const bool is_ip =
            inet_pton(AF_INET, *names, ip) == 1 || inet_pton(AF_INET6, *names, ip) == 1;
        buf_printf(out, "%s%s:%s", out->len > 0 ? "," : "", is_ip ? "IP" : "DNS", *names);
    }
}

static bool set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1;
}

/* A certificate for @key without issuer, extensions and signature; NULL after an OpenSSL error. */
static X509 *new_certificate(const struct authority_leaf *leaf, EVP_PKEY *key)
{
    CLEANUP(X509_free) X509 *made = X509_new();
    const long long now_s = clock_wall_s();
    const time_t from = leaf->not_before_s != 0 ? leaf->not_before_s : now_s - HOUR_S;
    const time_t until = leaf->not_after_s != 0 ? leaf->not_after_s : now_s + DAY_S;

    if (made == NULL || X509_set_version(made, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set_int64(X509_get_serialNumber(made), leaf->serial) != 1 ||
        ASN1_TIME_set(X509_getm_notBefore(made), from) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(made), until) == NULL ||
        !set_name(X509_get_subject_name(made), leaf->common_name) ||
        X509_set_pubkey(made, key) != 1) {
        return NULL;
    }
    return TAKE(made);
}

static bool sign_self(X509 *certificate, EVP_PKEY *key)
{
    return X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

struct authority *authority_new(const char *common_name, struct err *err)
{
    const struct authority_leaf self = {.common_name = common_name, .serial = 1};
    CLEANUP(authority_free) struct authority *authority = calloc(1, sizeof(*authority));

    if (authority == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    authority->key = EVP_EC_gen("P-256");
    if (authority->key != NULL) {
        authority->certificate = new_certificate(&self, authority->key);
    }
    if (authority->certificate == NULL || !sign_self(authority->certificate, authority->key)) {
        (void)fail("cannot make an authority", err);
        return NULL;
    }
    authority->pem = certificate_text(authority->certificate);
    if (authority->pem == NULL) {
        (void)fail("cannot write a certificate", err);
        return NULL;
    }
    return TAKE(authority);
}

void authority_free(struct authority *authority)
{
    if (authority != NULL) {
        EVP_PKEY_free(authority->key);
        X509_free(authority->certificate);
        free(authority->pem);
        free(authority);
    }
}

const char *authority_pem(const struct authority *authority)
{
    return authority->pem;
}

/* Complete @certificate as a leaf under @authority. */
static int sign_leaf(const struct authority *authority,
                     const struct authority_leaf *leaf,
                     X509 *certificate,
                     struct err *err)
{
    CLEANUP(buf_clear) struct buf names = BUF_INIT(NAMES_BYTES_MAX);

    write_names(leaf->names, &names);
    if (buf_check(&names, "the list of names", err) < 0) {
        return -1;
    }
    if (names.len > 0 && !add_extension(certificate, NID_subject_alt_name, buf_text(&names))) {
        ERR_clear_error();
        return err_set(err, ERR_INVALID, "expected DNS names and IP addresses, found '%s'",
                       buf_text(&names));
    }
    if (X509_set_issuer_name(certificate, X509_get_subject_name(authority->certificate)) != 1 ||
        !add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(certificate, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(certificate, NID_ext_key_usage,
                       leaf->for_client ? "clientAuth" : "serverAuth") ||
        X509_sign(certificate, authority->key, EVP_sha256()) <= 0) {
        return fail("cannot sign a certificate", err);
    }
    return 0;
}

int authority_issue(const struct authority *authority,
                    const struct authority_leaf *leaf,
                    struct authority_pair *out,
                    struct err *err)
{
    struct authority_pair pair;
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(X509_free) X509 *certificate = key != NULL ? new_certificate(leaf, key) : NULL;

    if (certificate == NULL) {
        return fail("cannot make a certificate", err);
    }
    if (sign_leaf(authority, leaf, certificate, err) < 0) {
        return -1;
    }
    pair = (struct authority_pair){certificate_text(certificate), key_text(key)};
    if (pair.certificate == NULL || pair.key == NULL) {
        authority_pair_clear(&pair);
        return fail("cannot write a certificate and its key", err);
    }
    *out = pair;
    return 0;
}

void authority_pair_clear(struct authority_pair *pair)
{
    free(pair->certificate);
    free(pair->key);
    *pair = (struct authority_pair){0};
}
