/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/issuer.h"

#include <openssl/pem.h>

#include "certs/certs_test.h"

static struct issuer *parse(const char *certificates, const char *key, struct err *err)
{
    OPENSSL_ENTER();

    return issuer_parse(certificates, key, err);
}

/* Each row is one thing wrong with a CA whose key fits; "" for nothing. */
static void what_could_not_issue_for_each_client_is_no_authority(void **state)
{
    static const struct {
        struct certs_test_options options;
        const char *message;
    } rows[] = {
        {{.constraints = "CA:TRUE", .identifiers = true}, ""},
        {{.constraints = "CA:TRUE", .identifiers = true, .key_type = "RSA-2048"}, ""},
        {{.constraints = "CA:TRUE", .identifiers = true, .key_type = "ED25519"}, ""},
        {{.constraints = "CA:TRUE", .identifiers = true, .extended_key_usage = "serverAuth"}, ""},
        {{.constraints = "critical,CA:FALSE", .identifiers = true},
         "the certificate is no CA, expected one that can issue"},
        {{.identifiers = true}, "the certificate is no CA, expected one that can issue"},
        {{.version_1 = true}, "the certificate is no CA, expected one that can issue"},
        {{.constraints = "CA:TRUE", .identifiers = true, .key_usage = "digitalSignature"},
         "the certificate is no CA, expected one that can issue"},
        {{.constraints = "CA:TRUE", .identifiers = true, .extended_key_usage = "clientAuth"},
         "the CA cannot issue certificates of servers, expected keyUsage with keyCertSign and no "
         "extendedKeyUsage without serverAuth"},
        {{.constraints = "CA:TRUE", .identifiers = true, .name_constraints = "permitted;DNS:a"},
         "the CA is bound by constraints, expected one that can issue for each name"},
        {{.constraints = "CA:TRUE"}, "the CA has no subject key identifier, expected one"},
        {{.constraints = "CA:TRUE", .identifiers = true, .serial = -1},
         "the certificate 'CN=leaf' has a negative serial number, which the API server does not "
         "read; expected a positive one"},
        {{.constraints = "CA:TRUE", .identifiers = true, .key_type = "P-256 written out"},
         "the API server does not take the key, EC of 256 bits; expected ECDSA on P-256, P-384 or "
         "P-521, RSA of at least 1024 bits, or Ed25519"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(certs_test_free) struct certs_test *made = certs_test_new(&rows[i].options);
        struct err err = {0};
        CLEANUP(issuer_free)
        struct issuer *authority = parse(made->pem, made->key_pem, &err);
        assert_int_equal(authority != NULL, rows[i].message[0] == '\0');
        certs_test_check_err(&err, authority != NULL ? ERR_NONE : ERR_INVALID, rows[i].message);
    }
}

static void an_authority_has_one_certificate_and_its_key(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *other = certs_test_ca("theirs");
    CLEANUP(free) char *both = certs_test_join(other->pem, ca->pem);
    const struct {
        const char *certificate;
        const char *key;
        const char *message;
    } rows[] = {
        {"", ca->key_pem, "certificate: there is no certificate, expected one or more in PEM"},
        {ca->key_pem, ca->key_pem,
         "certificate: line 1: expected a block 'CERTIFICATE', found 'PRIVATE KEY'"},
        {ca->pem, "", "key: there is no private key, expected one in PEM"},
        {ca->pem, ca->pem, "key: line 1: expected a block 'PRIVATE KEY', found 'CERTIFICATE'"},
        {both, ca->key_pem, "the key is not the one of the first certificate, 'CN=theirs'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        assert_null(parse(rows[i].certificate, rows[i].key, &err));
        certs_test_check_err(&err, ERR_INVALID, rows[i].message);
    }
}

/* Its last byte is the signature's: the rest is as good as before. */
static void a_damaged_ca_is_no_authority(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
    CLEANUP(free) char *damaged = NULL;
    struct err err = {0};

    (void)state;
    ca->der_bytes[ca->der.len - 1] ^= 1;
    assert_int_equal(PEM_write_bio(bio, "CERTIFICATE", "", ca->der_bytes, (long)ca->der.len) > 0,
                     1);
    damaged = certs_test_take_text(bio);
    assert_null(parse(damaged, ca->key_pem, &err));
    assert_string_equal(err.msg, "the CA is damaged: its signature is not its own");
}

static void an_authority_is_valid_from_the_first_second_to_the_last(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    struct err err = {0};
    CLEANUP(issuer_free)
    struct issuer *authority = parse(ca->pem, ca->key_pem, &err);

    (void)state;
    assert_non_null(authority);
    assert_int_equal(issuer_check(authority, CERTS_TEST_NOW_S - CERTS_TEST_DAY_S, &err), 0);
    assert_int_equal(issuer_check(authority, CERTS_TEST_NOW_S + CERTS_TEST_DAY_S, &err), 0);
    assert_int_equal(issuer_check(authority, CERTS_TEST_NOW_S - CERTS_TEST_DAY_S - 1, &err), -1);
    assert_string_equal(err.msg, "the certificate is valid from 2027-01-14T08:00:00Z, and it is "
                                 "2027-01-14T07:59:59Z");
    assert_int_equal(issuer_check(authority, CERTS_TEST_NOW_S + CERTS_TEST_DAY_S + 1, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_not_issue_for_each_client_is_no_authority),
        cmocka_unit_test(an_authority_has_one_certificate_and_its_key),
        cmocka_unit_test(a_damaged_ca_is_no_authority),
        cmocka_unit_test(an_authority_is_valid_from_the_first_second_to_the_last),
    };

    return cmocka_run_group_tests_name("issuer", tests, NULL, NULL);
}
