/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/issue.h"

#include <openssl/pem.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certs_test.h"
#include "certs/pair.h"

#define NOW CERTS_TEST_NOW_S
#define DAY CERTS_TEST_DAY_S

static const char *const names[] = {"localhost", "my_laptop.example.com", "127.0.0.1", "::1"};

static const struct issue_options laptop = {
    .common_name = "hawser",
    .names = names,
    .n_names = sizeof(names) / sizeof(names[0]),
    .now_s = NOW,
    .validity_s = 30 * DAY,
};

static void issue(const struct issue_options *options, struct issue_pem *out)
{
    struct err err = {0};

    if (issue_self_signed(options, out, &err) < 0) {
        fail_msg("refused: %s", err.msg);
    }
    certs_test_check_queue();
}

static X509 *read_certificate(const struct issue_pem *pem)
{
    OPENSSL_ENTER(); /* there is no second */
    CLEANUP(BIO_free_all) BIO *bio = BIO_new_mem_buf(pem->certificates, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    assert_non_null(certificate);
    assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
    return certificate;
}

/* By its own certificate in a caBundle, for each of its names. */
static void a_self_signed_pair_is_good_for_a_server(void **state)
{
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    CLEANUP(pair_free) struct pair *pair = NULL;
    CLEANUP(trust_unref) struct trust *trust = NULL;
    struct pair_expectation expected = {
        .names = names,
        .n_names = laptop.n_names,
        .now_s = NOW,
    };
    struct err err = {0};

    (void)state;
    issue(&laptop, &pem);
    pair = certs_test_pair(pem.certificates, pem.key);
    assert_int_equal(pair_not_before_s(pair), NOW - ISSUE_BACKDATE_S);
    assert_int_equal(pair_not_after_s(pair), NOW + 30 * DAY);
    assert_int_equal(pair_check(pair, &expected, &err), 0);
    trust = certs_test_trust(pem.certificates);
    expected.trust = trust;
    assert_int_equal(pair_check(pair, &expected, &err), 0);
    expected.now_s = NOW + 30 * DAY + 1;
    assert_int_equal(pair_check(pair, &expected, &err), -1);
    assert_false(pair_has_name(pair, "hawser"));
}

static void a_certificate_says_what_it_is_for_and_no_more(void **state)
{
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    CLEANUP(X509_free) X509 *certificate = NULL;
    const ASN1_OCTET_STRING *subject;

    (void)state;
    issue(&laptop, &pem);
    certificate = read_certificate(&pem);
    assert_int_equal(X509_get_version(certificate), X509_VERSION_3);
    assert_int_equal(X509_check_ca(certificate), 0);
    assert_int_equal(X509_self_signed(certificate, 1), 1);
    assert_int_equal(X509_get_key_usage(certificate), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(certificate), XKU_SSL_SERVER);
    assert_int_equal(X509_get_signature_nid(certificate), NID_ecdsa_with_SHA256);
    assert_int_equal(X509_get_ext_count(certificate), 6);
    subject = X509_get0_subject_key_id(certificate);
    assert_non_null(subject);
    assert_int_equal(ASN1_OCTET_STRING_cmp(subject, X509_get0_authority_key_id(certificate)), 0);
    assert_memory_equal(pem.key, "-----BEGIN PRIVATE KEY-----\n", 28);
}

static void serial_numbers_and_keys_are_new_each_time(void **state)
{
    CLEANUP(issue_clear) struct issue_pem first_pem = {0};
    CLEANUP(issue_clear) struct issue_pem second_pem = {0};
    CLEANUP(X509_free) X509 *first = NULL;
    CLEANUP(X509_free) X509 *second = NULL;
    const ASN1_INTEGER *serial;

    (void)state;
    issue(&laptop, &first_pem);
    issue(&laptop, &second_pem);
    first = read_certificate(&first_pem);
    second = read_certificate(&second_pem);
    serial = X509_get0_serialNumber(first);
    assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER);
    assert_int_equal(ASN1_STRING_length(serial), 16);
    assert_int_equal(ASN1_STRING_get0_data(serial)[0] & 0xc0, 0x40);
    assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(second)), 0);
    assert_string_not_equal(first_pem.key, second_pem.key);
}

static const struct issue_options ca_options = {
    .common_name = "hawser CA 1",
    .now_s = NOW,
    .validity_s = 3650 * DAY,
};

static void issue_ca(const struct issue_options *options, struct issue_pem *out)
{
    struct err err = {0};

    if (issue_authority(options, out, &err) < 0) {
        fail_msg("refused: %s", err.msg);
    }
    certs_test_check_queue();
}

static void
issue_under(const struct issue_options *options, const struct issue_pem *ca, struct issue_pem *out)
{
    struct err err = {0};

    if (issue_leaf(options, ca->certificates, ca->key, out, &err) < 0) {
        fail_msg("refused: %s", err.msg);
    }
    certs_test_check_queue();
}

static bool is_critical(const X509 *certificate, int nid)
{
    const int at = X509_get_ext_by_NID(certificate, nid, -1);

    assert_true(at >= 0);
    return X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1;
}

/* As Go wants it: it cannot parse a serial number that is negative, and RFC 5280 wants no zero. */
static void check_serial(const X509 *certificate)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);

    assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER);
    assert_int_equal(ASN1_STRING_length(serial), 16);
    assert_int_equal(ASN1_STRING_get0_data(serial)[0] & 0xc0, 0x40);
}

static void a_ca_issues_for_servers_and_makes_no_other_ca(void **state)
{
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    CLEANUP(X509_free) X509 *certificate = NULL;

    (void)state;
    issue_ca(&ca_options, &pem);
    certificate = read_certificate(&pem);
    assert_int_equal(X509_get_version(certificate), X509_VERSION_3);
    assert_int_equal(X509_check_ca(certificate), 1);
    assert_int_equal(X509_get_pathlen(certificate), 0);
    assert_true(is_critical(certificate, NID_basic_constraints));
    assert_int_equal(X509_get_key_usage(certificate), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_true(is_critical(certificate, NID_key_usage));
    assert_non_null(X509_get0_subject_key_id(certificate));
    assert_int_equal(X509_get_ext_count(certificate), 3);
    assert_int_equal(X509_self_signed(certificate, 1), 1);
    check_serial(certificate);
    assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), NOW - 3600), 0);
    assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), NOW + 3650 * DAY), 0);
}

static void a_leaf_says_who_issued_it_and_what_it_is_for(void **state)
{
    CLEANUP(issue_clear) struct issue_pem ca_pem = {0};
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    CLEANUP(X509_free) X509 *ca = NULL;
    CLEANUP(X509_free) X509 *leaf = NULL;

    (void)state;
    issue_ca(&ca_options, &ca_pem);
    issue_under(&laptop, &ca_pem, &pem);
    ca = read_certificate(&ca_pem);
    leaf = read_certificate(&pem);
    assert_int_equal(X509_get_version(leaf), X509_VERSION_3);
    assert_int_equal(X509_check_ca(leaf), 0);
    assert_true(is_critical(leaf, NID_basic_constraints));
    assert_int_equal(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
    assert_true(is_critical(leaf, NID_key_usage));
    assert_int_equal(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
    assert_int_equal(X509_get_ext_count(leaf), 6);
    check_serial(leaf);
    assert_int_equal(X509_NAME_cmp(X509_get_issuer_name(leaf), X509_get_subject_name(ca)), 0);
    assert_int_equal(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf), X509_get0_subject_key_id(ca)), 0);
    assert_int_not_equal(
        ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(leaf), X509_get0_subject_key_id(ca)), 0);
    assert_null(strstr(pem.key, ca_pem.key));
}

DEFINE_CLEANUP(X509_STORE, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free)

/* With the strictest flags of OpenSSL and none of our own ways: what `openssl verify` says. */
static int verify(X509 *ca, X509 *leaf, long long now_s, const char *name)
{
    CLEANUP(X509_STORE_free) X509_STORE *store = X509_STORE_new();
    CLEANUP(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int result;

    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE |
                                      X509_V_FLAG_POLICY_CHECK);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)now_s);
    assert_int_equal(X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER), 1);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 3);
    assert_int_equal(X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), name, 0), 1);
    result = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    return result;
}

static void openssl_verifies_a_leaf_by_its_ca_and_by_no_other(void **state)
{
    OPENSSL_ENTER();
    CLEANUP(issue_clear) struct issue_pem ca_pem = {0};
    CLEANUP(issue_clear) struct issue_pem same_name_pem = {0};
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    CLEANUP(X509_free) X509 *ca = NULL;
    CLEANUP(X509_free) X509 *same_name = NULL;
    CLEANUP(X509_free) X509 *leaf = NULL;
    struct issue_options later = laptop;

    (void)state;
    later.now_s += DAY;
    issue_ca(&ca_options, &ca_pem);
    issue_ca(&ca_options, &same_name_pem);
    issue_under(&later, &ca_pem, &pem);
    ca = read_certificate(&ca_pem);
    same_name = read_certificate(&same_name_pem);
    leaf = read_certificate(&pem);
    assert_int_equal(verify(ca, leaf, later.now_s, "localhost"), X509_V_OK);
    assert_int_equal(verify(ca, leaf, later.now_s - ISSUE_BACKDATE_S, "localhost"), X509_V_OK);
    assert_int_equal(verify(ca, leaf, later.now_s, "hawser"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(verify(ca, leaf, NOW, "localhost"), X509_V_ERR_CERT_NOT_YET_VALID);
    assert_int_equal(verify(same_name, leaf, later.now_s, "localhost"),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

static void a_leaf_ends_with_its_ca_at_the_latest(void **state)
{
    CLEANUP(issue_clear) struct issue_pem ca = {0};
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    CLEANUP(pair_free) struct pair *pair = NULL;
    CLEANUP(trust_unref) struct trust *trust = NULL;
    struct issue_options options = ca_options;
    struct issue_options early = laptop;
    struct err err = {0};

    (void)state;
    options.validity_s = 10 * DAY;
    early.now_s = NOW - 1800; /* by a clock that is behind the CA's */
    issue_ca(&options, &ca);
    issue_under(&early, &ca, &pem);
    pair = certs_test_pair(pem.certificates, pem.key);
    trust = certs_test_trust(ca.certificates);
    assert_int_equal(pair_not_before_s(pair), NOW - 1800 - ISSUE_BACKDATE_S);
    assert_int_equal(pair_not_after_s(pair), NOW + 10 * DAY);
    for (long long now_s = NOW - ISSUE_BACKDATE_S; now_s <= NOW + 10 * DAY; now_s += 1800) {
        const struct pair_expectation expected = {
            .names = names, .n_names = laptop.n_names, .trust = trust, .now_s = now_s};
        assert_int_equal(pair_check(pair, &expected, &err), 0);
    }
}

static void an_authority_that_cannot_issue_now_is_refused(void **state)
{
    CLEANUP(issue_clear) struct issue_pem ca = {0};
    CLEANUP(issue_clear) struct issue_pem other = {0};
    struct issue_options options = laptop;
    struct issue_pem pem = {0};
    struct err err = {0};

    (void)state;
    issue_ca(&ca_options, &ca);
    issue_ca(&ca_options, &other);
    assert_int_equal(issue_leaf(&options, ca.certificates, other.key, &pem, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "the authority: the key is not the one of the first certificate, "
                         "'CN=hawser CA 1'");
    options.now_s = NOW - ISSUE_BACKDATE_S - 1;
    assert_int_equal(issue_leaf(&options, ca.certificates, ca.key, &pem, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "the authority: the certificate is valid from 2027-01-15T07:00:00Z, and "
                         "it is 2027-01-15T06:59:59Z");
    options.now_s = NOW + 3650 * DAY + 1;
    assert_int_equal(issue_leaf(&options, ca.certificates, ca.key, &pem, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "the authority: the certificate was valid until 2037-01-12T08:00:00Z, "
                         "and it is 2037-01-12T08:00:01Z");
    assert_null(pem.key);
}

static void a_ca_with_names_is_refused(void **state)
{
    struct issue_pem pem = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(issue_authority(&laptop, &pem, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "a CA has no DNS names, expected none");
}

static void what_cannot_be_issued_is_refused(void **state)
{
    static const char c65[] = "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
    static const struct {
        const char *common_name;
        const char *name; /* NULL: none */
        long long now_s;
        long long validity_s;
        const char *message;
    } rows[] = {
        {"a", NULL, NOW, DAY, "there is no name, expected at least one"},
        {"a", "", NOW, DAY, "'' is neither a DNS name nor an IP address"},
        {"a", "*.a.svc", NOW, DAY, "'*.a.svc' is neither a DNS name nor an IP address"},
        {"a", "b,DNS:c", NOW, DAY, "'b,DNS:c' is neither a DNS name nor an IP address"},
        {"a", "[::1]", NOW, DAY, "'[::1]' is neither a DNS name nor an IP address"},
        {"", "a", NOW, DAY, "'' cannot be a common name: ..."},
        {c65, "a", NOW, DAY,
         "'ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc' cannot be a common "
         "name: ..."},
        {"a\xff", "a", NOW, DAY, "'a.' cannot be a common name: ..."},
        {"a", "a", NOW, 0,
         "a certificate cannot be valid for 0 seconds from 1800000000, expected times from 1970 to "
         "9999"},
        {"a", "a", 0, DAY,
         "a certificate cannot be valid for 86400 seconds from 0, expected times from 1970 to "
         "9999"},
        {"a", "a", NOW, INT64_MAX,
         "a certificate cannot be valid for 9223372036854775807 seconds from 1800000000, expected "
         "times from 1970 to 9999"},
        {"a", "a", INT64_MIN, INT64_MAX,
         "a certificate cannot be valid for 9223372036854775807 seconds from "
         "-9223372036854775808, expected times from 1970 to 9999"},
        {"a", "a", INT64_MAX, 1,
         "a certificate cannot be valid for 1 seconds from 9223372036854775807, expected times "
         "from 1970 to 9999"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct issue_pem pem = {0};
        struct err err = {0};
        const struct issue_options options = {
            .common_name = rows[i].common_name,
            .names = &rows[i].name,
            .n_names = rows[i].name != NULL ? 1 : 0,
            .now_s = rows[i].now_s,
            .validity_s = rows[i].validity_s,
        };
        assert_int_equal(issue_self_signed(&options, &pem, &err), -1);
        certs_test_check_err(&err, ERR_INVALID, rows[i].message);
        assert_null(pem.certificates);
        assert_null(pem.key);
    }
}

static void validity_may_last_to_the_end_of_the_year_9999(void **state)
{
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    struct issue_options options = laptop;
    struct err err = {0};

    (void)state;
    options.validity_s = 253402300799 - NOW;
    issue(&options, &pem);
    options.validity_s++;
    assert_int_equal(issue_self_signed(&options, &pem, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

/* As RFC 7469 section 2.4 has it, computed from the key and not from the certificate. */
static void a_pin_is_the_hash_of_the_public_key(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(free) char *chain = certs_test_join(leaf->pem, ca->pem);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char expected[ISSUE_PIN_SIZE];
    char pin[ISSUE_PIN_SIZE] = "";
    unsigned char *info = NULL;
    struct err err = {0};
    int len;

    (void)state;
    len = i2d_PUBKEY(leaf->key, &info);
    assert_true(len > 0);
    assert_int_equal(EVP_Digest(info, (size_t)len, digest, NULL, EVP_sha256(), NULL), 1);
    OPENSSL_free(info);
    assert_int_equal(EVP_EncodeBlock(expected, digest, 32), ISSUE_PIN_SIZE - 1);
    assert_int_equal(issue_pin(chain, pin, &err), 0);
    assert_string_equal(pin, (const char *)expected);
    certs_test_check_queue();
}

static void what_has_no_pin_is_refused(void **state)
{
    CLEANUP(buf_clear) struct buf big = BUF_INIT(PAIR_PEM_BYTES_MAX + 1);
    char pin[ISSUE_PIN_SIZE] = "before";
    struct err err = {0};

    (void)state;
    assert_int_equal(issue_pin("", pin, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "there is no certificate, expected one or more in PEM");
    assert_int_equal(
        issue_pin("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", pin, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "line 1: the certificate cannot be decoded: ...");
    while (!buf_failed(&big)) {
        buf_add_char(&big, '\n');
    }
    assert_int_equal(issue_pin(buf_text(&big), pin, &err), -1);
    certs_test_check_err(&err, ERR_TOO_BIG, "the text is larger than 65536 bytes");
    assert_string_equal(pin, "before");
}

static void clearing_leaves_nothing_and_may_be_repeated(void **state)
{
    struct issue_pem pem = {0};

    (void)state;
    issue(&laptop, &pem);
    issue_clear(&pem);
    assert_null(pem.certificates);
    assert_null(pem.key);
    issue_clear(&pem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_self_signed_pair_is_good_for_a_server),
        cmocka_unit_test(a_certificate_says_what_it_is_for_and_no_more),
        cmocka_unit_test(serial_numbers_and_keys_are_new_each_time),
        cmocka_unit_test(a_ca_issues_for_servers_and_makes_no_other_ca),
        cmocka_unit_test(a_leaf_says_who_issued_it_and_what_it_is_for),
        cmocka_unit_test(openssl_verifies_a_leaf_by_its_ca_and_by_no_other),
        cmocka_unit_test(a_leaf_ends_with_its_ca_at_the_latest),
        cmocka_unit_test(an_authority_that_cannot_issue_now_is_refused),
        cmocka_unit_test(a_ca_with_names_is_refused),
        cmocka_unit_test(what_cannot_be_issued_is_refused),
        cmocka_unit_test(validity_may_last_to_the_end_of_the_year_9999),
        cmocka_unit_test(a_pin_is_the_hash_of_the_public_key),
        cmocka_unit_test(what_has_no_pin_is_refused),
        cmocka_unit_test(clearing_leaves_nothing_and_may_be_repeated),
    };

    return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}
