/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/issue.h"

#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certificate.h"
#include "certs/host.h"
#include "certs/issuer.h"
#include "certs/openssl.h"
#include "certs/pair.h"

/* What certificates of one kind say of themselves: extensions as in openssl's x509v3_config. */
struct kind {
    bool has_names;
    struct {
        int nid;
        const char *value;
    } extensions[5]; /* up to the first without a value */
};

/*
 * No CA: a client that was told to trust this certificate must not thereby trust others that its
 * key could sign. Signing itself is then not among the uses either.
 */
static const struct kind server = {
    .has_names = true,
    .extensions =
        {
            {NID_basic_constraints, "critical,CA:FALSE"},
            {NID_key_usage, "critical,digitalSignature"},
            {NID_ext_key_usage, "serverAuth"},
            {NID_subject_key_identifier, "hash"},
            {NID_authority_key_identifier, "keyid:always"}, /* the issuer's, or the one before */
        },
};

/* It issues servers' certificates and no other CA. */
static const struct kind ca = {
    .extensions =
        {
            {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
            {NID_key_usage, "critical,keyCertSign,cRLSign"},
            {NID_subject_key_identifier, "hash"},
        },
};

#define SERIAL_BITS 127 /* so that the sign's bit of sixteen octets is 0 */

void issue_clear(struct issue_pem *pem)
{
    free(pem->certificates);
    if (pem->key != NULL) {
        OPENSSL_cleanse(pem->key, strlen(pem->key));
        free(pem->key);
    }
    *pem = (struct issue_pem){0};
}

static int fail(struct err *err)
{
    return openssl_fail(err, ERR_INTERNAL, "cannot make a certificate");
}

static int set_serial(X509 *certificate, struct err *err)
{
    CLEANUP(BN_free) BIGNUM *serial = BN_new();

    if (serial == NULL || BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
        BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) == NULL) {
        return fail(err);
    }
    return 0;
}

/* A certificate that outlived its issuer would end with it, without saying so. */
static int
set_validity(X509 *certificate, const struct issue_options *options, X509 *issuer, struct err *err)
{
    long long until_s;
    long long from_s;
    long long issuer_until_s;

    if (options->now_s < ISSUE_BACKDATE_S || options->now_s > CERTIFICATE_TIME_MAX_S ||
        options->validity_s <= 0 || options->validity_s > CERTIFICATE_TIME_MAX_S - options->now_s) {
        return err_set(err, ERR_INVALID,
                       "a certificate cannot be valid for %lld seconds from %lld, expected times "
                       "from 1970 to 9999",
                       options->validity_s, options->now_s);
    }
    until_s = options->now_s + options->validity_s;
    if (issuer != certificate) {
        if (certificate_validity(issuer, &from_s, &issuer_until_s, err) < 0) {
            return -1;
        }
        until_s = until_s < issuer_until_s ? until_s : issuer_until_s;
    }
    if (ASN1_TIME_set(X509_getm_notBefore(certificate),
                      (time_t)(options->now_s - ISSUE_BACKDATE_S)) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)until_s) == NULL) {
        return fail(err);
    }
    return 0;
}

static int set_subject(X509 *certificate, const char *common_name, struct err *err)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    /* Says no to what is longer than 64 characters, or empty (RFC 5280 appendix A.1). */
    if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                   (const unsigned char *)common_name, -1, -1, 0) != 1) {
        return openssl_fail(err, ERR_INVALID, "'%s' cannot be a common name", common_name);
    }
    return 0;
}

/* Append @name, a DNS name or an IP address, to @names. */
static int add_name(GENERAL_NAMES *names, const char *name, struct err *err)
{
    unsigned char address[HOST_ADDRESS_SIZE];
    const size_t len = host_address(name, address);
    GENERAL_NAME *added;
    ASN1_STRING *value;

    if (len == 0 && !host_is_dns_name(name)) {
        return err_set(err, ERR_INVALID, "'%s' is neither a DNS name nor an IP address", name);
    }
    added = GENERAL_NAME_new();
    value = len > 0 ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    if (added == NULL || value == NULL ||
        ASN1_STRING_set(value, len > 0 ? (const void *)address : name,
                        (int)(len > 0 ? len : strlen(name))) != 1 ||
        sk_GENERAL_NAME_push(names, added) <= 0) {
        ASN1_STRING_free(value);
        GENERAL_NAME_free(added);
        return fail(err);
    }
    GENERAL_NAME_set0_value(added, len > 0 ? GEN_IPADD : GEN_DNS, value);
    return 0;
}

static int set_names(X509 *certificate, const struct issue_options *options, struct err *err)
{
    CLEANUP(GENERAL_NAMES_free) GENERAL_NAMES *names = GENERAL_NAMES_new();

    if (names == NULL) {
        return err_no_memory(err);
    }
    if (options->n_names == 0) {
        return err_set(err, ERR_INVALID, "there is no name, expected at least one");
    }
    for (size_t i = 0; i < options->n_names; i++) {
        if (add_name(names, options->names[i], err) < 0) {
            return -1;
        }
    }
    if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1) {
        return fail(err);
    }
    return 0;
}

static int set_extensions(X509 *certificate, const struct kind *kind, X509 *issuer, struct err *err)
{
    const size_t n_max = sizeof(kind->extensions) / sizeof(kind->extensions[0]);
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < n_max && kind->extensions[i].value != NULL; i++) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, &ctx, kind->extensions[i].nid, kind->extensions[i].value);
        int added = extension != NULL ? X509_add_ext(certificate, extension, -1) : 0;
        X509_EXTENSION_free(extension);
        if (added != 1) {
            return fail(err);
        }
    }
    return 0;
}

static int set_contents(X509 *certificate,
                        const struct issue_options *options,
                        const struct kind *kind,
                        X509 *issuer,
                        struct err *err)
{
    if (set_serial(certificate, err) < 0 || set_validity(certificate, options, issuer, err) < 0 ||
        set_subject(certificate, options->common_name, err) < 0 ||
        set_extensions(certificate, kind, issuer, err) < 0) {
        return -1;
    }
    return kind->has_names ? set_names(certificate, options, err) : 0;
}

/* @signer: the CA, or NULL for a certificate that is its own issuer. */
static X509 *make(const struct issue_options *options,
                  const struct kind *kind,
                  const struct issuer *signer,
                  EVP_PKEY *key,
                  struct err *err)
{
    CLEANUP(X509_free) X509 *certificate = X509_new();
    X509 *issuer = signer != NULL ? signer->certificate : certificate;
    EVP_PKEY *signing = signer != NULL ? signer->key : key;

    if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
        X509_set_pubkey(certificate, key) != 1) {
        fail(err);
        return NULL;
    }
    if (set_contents(certificate, options, kind, issuer, err) < 0) {
        return NULL;
    }
    /* Ed25519 hashes on its own. */
    if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
        X509_sign(certificate, signing, EVP_PKEY_is_a(signing, "ED25519") ? NULL : EVP_sha256()) <=
            0) {
        fail(err);
        return NULL;
    }
    return TAKE(certificate);
}

static char *write_key(EVP_PKEY *key, struct err *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_secmem()); /* cleansed when it is freed */
    const char *text = NULL;
    char *copy;
    long len;

    if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        fail(err);
        return NULL;
    }
    len = BIO_get_mem_data(bio, &text); /* not terminated */
    copy = calloc((size_t)len + 1, 1);
    if (copy == NULL) {
        err_no_memory(err);
        return NULL;
    }
    memcpy(copy, text, (size_t)len);
    return copy;
}

static int write_pem(X509 *certificate, EVP_PKEY *key, struct issue_pem *out, struct err *err)
{
    CLEANUP(buf_clear) struct buf certificates = BUF_INIT(PAIR_PEM_BYTES_MAX);
    char *key_text;

    if (certificate_write(certificate, &certificates, err) < 0) {
        return -1;
    }
    key_text = write_key(key, err); /* last: nothing can fail then */
    if (key_text == NULL) {
        return -1;
    }
    *out = (struct issue_pem){.certificates = buf_take(&certificates), .key = key_text};
    return 0;
}

static int issue(const struct issue_options *options,
                 const struct kind *kind,
                 const struct issuer *signer,
                 struct issue_pem *out,
                 struct err *err)
{
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(X509_free) X509 *certificate = NULL;

    if (key == NULL) {
        return openssl_fail(err, ERR_INTERNAL, "cannot make a key");
    }
    certificate = make(options, kind, signer, key, err);
    return certificate != NULL ? write_pem(certificate, key, out, err) : -1;
}

int issue_self_signed(const struct issue_options *options, struct issue_pem *out, struct err *err)
{
    OPENSSL_ENTER();

    return issue(options, &server, NULL, out, err);
}

int issue_authority(const struct issue_options *options, struct issue_pem *out, struct err *err)
{
    OPENSSL_ENTER();

    if (options->n_names > 0) {
        return err_set(err, ERR_INVALID, "a CA has no DNS names, expected none");
    }
    return issue(options, &ca, NULL, out, err);
}

int issue_leaf(const struct issue_options *options,
               const char *authority,
               const char *authority_key,
               struct issue_pem *out,
               struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(issuer_free)
    struct issuer *signer = issuer_parse(authority, authority_key, err);

    if (signer == NULL || issuer_check(signer, options->now_s, err) < 0) {
        return err_wrap(err, "the authority");
    }
    return issue(options, &server, signer, out, err);
}

int issue_pin(const char *certificates, char out[static ISSUE_PIN_SIZE], struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(X509_free)
    X509 *first = certificate_first(certificates, PAIR_PEM_BYTES_MAX, err);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char *info = NULL; /* the SubjectPublicKeyInfo */
    unsigned int size = 0;
    bool ok;
    int len;

    if (first == NULL) {
        return -1;
    }
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(first), &info);
    ok = len > 0 && EVP_Digest(info, (size_t)len, digest, &size, EVP_sha256(), NULL) == 1;
    OPENSSL_free(info);
    if (!ok) {
        return openssl_fail(err, ERR_INTERNAL, "cannot compute the pin of a key");
    }
    (void)EVP_EncodeBlock((unsigned char *)out, digest, (int)size); /* 44 characters and a NUL */
    return 0;
}
