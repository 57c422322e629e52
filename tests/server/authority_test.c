/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/authority.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

DEFINE_CLEANUP(BIO, BIO_free_all)
DEFINE_CLEANUP(X509, X509_free)
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(X509_STORE, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free)

static X509 *read_certificate(const char *pem)
{
    CLEANUP(BIO_free_all) BIO *in = BIO_new_mem_buf(pem, -1);

    return PEM_read_bio_X509(in, NULL, NULL, NULL);
}

static EVP_PKEY *read_key(const char *pem)
{
    CLEANUP(BIO_free_all) BIO *in = BIO_new_mem_buf(pem, -1);

    return PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
}

/* What OpenSSL says of @certificate under @root for @purpose: X509_V_OK, ... */
static int verify(const char *root, X509 *certificate, int purpose)
{
    CLEANUP(X509_free) X509 *trusted = read_certificate(root);
    CLEANUP(X509_STORE_free) X509_STORE *store = X509_STORE_new();
    CLEANUP(X509_STORE_CTX_free) X509_STORE_CTX *context = X509_STORE_CTX_new();

    assert_int_equal(X509_STORE_add_cert(store, trusted), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, certificate, NULL), 1);
    assert_int_equal(X509_STORE_CTX_set_purpose(context, purpose), 1);
    (void)X509_verify_cert(context);
    return X509_STORE_CTX_get_error(context);
}

static void a_leaf_is_what_was_asked_for_and_leads_to_its_authority(void **state)
{
    const struct authority_leaf leaf = {
        .common_name = "hawser", .names = {"hawser.hawser.svc", "127.0.0.1", "::1"}, .serial = 77};
    CLEANUP(authority_pair_clear) struct authority_pair pair = {0};
    struct err err = {0};
    CLEANUP(authority_free) struct authority *authority = authority_new("tests", &err);
    CLEANUP(authority_free) struct authority *other = authority_new("tests", &err);
    int64_t serial = 0;

    (void)state;
    assert_int_equal(authority_issue(authority, &leaf, &pair, &err), 0);
    CLEANUP(X509_free) X509 *certificate = read_certificate(pair.certificate);
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = read_key(pair.key);
    assert_int_equal(X509_check_private_key(certificate, key), 1);
    assert_int_equal(X509_check_host(certificate, "hawser.hawser.svc", 0, 0, NULL), 1);
    assert_int_equal(
        X509_check_host(certificate, "hawser", 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL), 0);
    assert_int_equal(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(certificate, "::1", 0), 1);
    assert_int_equal(ASN1_INTEGER_get_int64(&serial, X509_get0_serialNumber(certificate)), 1);
    assert_int_equal(serial, 77);
    assert_int_equal(verify(authority_pem(authority), certificate, X509_PURPOSE_SSL_SERVER),
                     X509_V_OK);
    assert_int_equal(verify(authority_pem(authority), certificate, X509_PURPOSE_SSL_CLIENT),
                     X509_V_ERR_INVALID_PURPOSE);
    assert_int_not_equal(verify(authority_pem(other), certificate, X509_PURPOSE_SSL_SERVER),
                         X509_V_OK);
}

static void what_no_real_authority_issues_can_be_had(void **state)
{
    const struct authority_leaf expired = {.common_name = "x",
                                           .names = {"x"},
                                           .serial = -5,
                                           .not_before_s = 1000,
                                           .not_after_s = 2000};
    const struct authority_leaf early = {
        .common_name = "x", .serial = 1, .not_before_s = 4000000000, .not_after_s = 4000000001};
    CLEANUP(authority_pair_clear) struct authority_pair old = {0};
    CLEANUP(authority_pair_clear) struct authority_pair young = {0};
    struct err err = {0};
    CLEANUP(authority_free) struct authority *authority = authority_new("tests", &err);

    (void)state;
    assert_int_equal(authority_issue(authority, &expired, &old, &err), 0);
    assert_int_equal(authority_issue(authority, &early, &young, &err), 0);
    CLEANUP(X509_free) X509 *first = read_certificate(old.certificate);
    CLEANUP(X509_free) X509 *second = read_certificate(young.certificate);
    assert_int_equal(verify(authority_pem(authority), first, X509_PURPOSE_SSL_SERVER),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(ASN1_INTEGER_get(X509_get0_serialNumber(first)), -5);
    assert_int_equal(verify(authority_pem(authority), second, X509_PURPOSE_SSL_SERVER),
                     X509_V_ERR_CERT_NOT_YET_VALID);
}

static void a_name_that_is_none_is_refused(void **state)
{
    const struct authority_leaf leaf = {.common_name = "x", .names = {"a,IP:nowhere"}, .serial = 1};
    CLEANUP(authority_pair_clear) struct authority_pair pair = {0};
    struct err err = {0};
    CLEANUP(authority_free) struct authority *authority = authority_new("tests", &err);

    (void)state;
    assert_int_equal(authority_issue(authority, &leaf, &pair, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_null(pair.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_is_what_was_asked_for_and_leads_to_its_authority),
        cmocka_unit_test(what_no_real_authority_issues_can_be_had),
        cmocka_unit_test(a_name_that_is_none_is_refused),
    };

    return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
