/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/certs_test.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

static EVP_PKEY *new_key(const char *type)
{
    if (strncmp(type, "RSA-", 4) == 0) {
        return EVP_RSA_gen((unsigned int)strtoul(type + 4, NULL, 10));
    }
    if (strcmp(type, "P-256 written out") == 0) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        assert_int_equal(
            EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
        return key;
    }
    return strcmp(type, "ED25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, type) : EVP_EC_gen(type);
}

static void set_key(struct certs_test *made, const struct certs_test_options *options)
{
    if (options->same_key != NULL) {
        made->key = options->same_key->key;
        assert_int_equal(EVP_PKEY_up_ref(made->key), 1);
    } else {
        made->key = new_key(options->key_type != NULL ? options->key_type : "P-256");
    }
    assert_non_null(made->key);
    assert_int_equal(X509_set_pubkey(made->certificate, made->key), 1);
}

static void set_names(X509 *certificate, const char *common_name, const X509 *issuer)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                (const unsigned char *)common_name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), 1);
}

static void set_numbers(X509 *certificate, const struct certs_test_options *options)
{
    const long long from_s =
        options->from_s != 0 ? options->from_s : CERTS_TEST_NOW_S - CERTS_TEST_DAY_S;
    const long long until_s =
        options->until_s != 0 ? options->until_s : CERTS_TEST_NOW_S + CERTS_TEST_DAY_S;

    assert_int_equal(
        X509_set_version(certificate, options->version_1 ? X509_VERSION_1 : X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate),
                                      options->serial != 0 ? options->serial : 1),
                     1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)from_s));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)until_s));
}

static bool has_identifier(const X509 *issuer)
{
    return X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0;
}

static void
add_extensions(X509 *certificate, X509 *issuer, const struct certs_test_options *options)
{
    const struct {
        int nid;
        const char *value;
    } rows[] = {
        {NID_subject_alt_name, options->names},
        {NID_basic_constraints, options->constraints},
        {NID_key_usage, options->key_usage},
        {NID_ext_key_usage, options->extended_key_usage},
        {NID_name_constraints, options->name_constraints},
        {NID_subject_key_identifier, options->identifiers ? "hash" : NULL},
        {NID_authority_key_identifier, options->identifiers ? "keyid:always" : NULL},
    };
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].value != NULL &&
            (rows[i].nid != NID_authority_key_identifier || has_identifier(issuer))) {
            X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, rows[i].nid, rows[i].value);
            assert_non_null(extension);
            assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
            X509_EXTENSION_free(extension);
        }
    }
}

char *certs_test_take_text(BIO *bio)
{
    const char *text = NULL;
    const long len = BIO_get_mem_data(bio, &text);
    char *copy = calloc((size_t)len + 1, 1);

    assert_non_null(copy);
    memcpy(copy, text, (size_t)len);
    return copy;
}

/* What readers get, without what OpenSSL remembers of how it was made. */
static void encode(struct certs_test *made)
{
    const int len = i2d_X509(made->certificate, &made->der_bytes);
    const unsigned char *at = made->der_bytes;

    assert_true(len > 0);
    made->der = (struct trust_der){.bytes = made->der_bytes, .len = (size_t)len};
    X509_free(made->certificate);
    made->certificate = d2i_X509(NULL, &at, len);
    assert_non_null(made->certificate);
}

static void write_pem(struct certs_test *made)
{
    CLEANUP(BIO_free_all) BIO *certificate = BIO_new(BIO_s_mem());
    CLEANUP(BIO_free_all) BIO *key = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_X509(certificate, made->certificate), 1);
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(key, made->key, NULL, NULL, 0, NULL, NULL), 1);
    made->pem = certs_test_take_text(certificate);
    made->key_pem = certs_test_take_text(key);
}

struct certs_test *certs_test_new(const struct certs_test_options *options)
{
    struct certs_test *made = calloc(1, sizeof(*made));
    const struct certs_test *issuer = options->issuer != NULL ? options->issuer : made;
    const EVP_MD *digest = options->sha1 ? EVP_sha1() : EVP_sha256();

    assert_non_null(made);
    made->certificate = X509_new();
    assert_non_null(made->certificate);
    set_key(made, options);
    set_names(made->certificate, options->common_name != NULL ? options->common_name : "leaf",
              issuer->certificate);
    set_numbers(made->certificate, options);
    add_extensions(made->certificate, issuer->certificate, options);
    if (EVP_PKEY_is_a(issuer->key, "ED25519")) {
        digest = NULL;
    }
    assert_true(X509_sign(made->certificate, issuer->key, digest) > 0);
    encode(made);
    write_pem(made);
    return made;
}

void certs_test_free(struct certs_test *made)
{
    if (made == NULL) {
        return;
    }
    X509_free(made->certificate);
    EVP_PKEY_free(made->key);
    OPENSSL_free(made->der_bytes);
    free(made->pem);
    free(made->key_pem);
    free(made);
}

struct certs_test *certs_test_ca(const char *common_name)
{
    return certs_test_new(&(struct certs_test_options){
        .common_name = common_name,
        .constraints = "critical,CA:TRUE",
        .key_usage = "critical,keyCertSign",
        .identifiers = true,
    });
}

struct certs_test *certs_test_leaf(const struct certs_test *issuer, const char *names)
{
    return certs_test_new(&(struct certs_test_options){
        .issuer = issuer,
        .names = names,
        .constraints = "critical,CA:FALSE",
        .key_usage = "critical,digitalSignature",
        .extended_key_usage = "serverAuth",
        .identifiers = true,
    });
}

struct trust *certs_test_trust(const char *pem)
{
    struct err err = {0};
    struct trust *trust = trust_parse(pem, strlen(pem), &err);

    certs_test_check_err(&err, ERR_NONE, "");
    assert_non_null(trust);
    return trust;
}

struct pair *certs_test_pair(const char *certificates, const char *key)
{
    struct err err = {0};
    struct pair *pair = pair_parse(certificates, strlen(certificates), key, strlen(key), &err);

    certs_test_check_err(&err, ERR_NONE, "");
    assert_non_null(pair);
    return pair;
}

char *certs_test_join(const char *first, const char *second)
{
    char *text = NULL;

    assert_true(asprintf(&text, "%s%s", first, second) >= 0);
    return text;
}

unsigned int certs_test_random(unsigned int *state)
{
    *state = *state * 1664525U + 1013904223U; /* Numerical Recipes, section 7.1 */
    return *state >> 8;
}

void certs_test_check_queue(void)
{
    assert_int_equal(ERR_peek_error(), 0);
}

void certs_test_check_err(const struct err *err, enum err_code code, const char *message)
{
    const size_t len = strlen(message);
    size_t compared = len + 1;

    certs_test_check_queue();
    if (len >= 3 && strcmp(message + len - 3, "...") == 0) {
        compared = len - 3;
    }
    if (strncmp(err->msg, message, compared) != 0) {
        fail_msg("the message is  %s\n  expected %s", err->msg, message);
    }
    assert_int_equal(err->code, code);
}
