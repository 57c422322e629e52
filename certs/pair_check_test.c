/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "certs/certs_test.h"
#include "certs/pair.h"

#define NOW CERTS_TEST_NOW_S
#define DAY CERTS_TEST_DAY_S

/* Compare what pair_check() says; "" for nothing. */
static void
check(const struct pair *pair, const struct pair_expectation *expected, const char *message)
{
    struct err err = {0};

    assert_int_equal(pair_check(pair, expected, &err), message[0] == '\0' ? 0 : -1);
    certs_test_check_err(&err, message[0] == '\0' ? ERR_NONE : ERR_INVALID, message);
}

/* The same for a pair with such a leaf, when nothing but the leaf itself matters. */
static void check_leaf(const struct certs_test_options *options, const char *message)
{
    CLEANUP(certs_test_free) struct certs_test *made = certs_test_new(options);
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(made->pem, made->key_pem);

    check(pair, &(struct pair_expectation){.now_s = NOW}, message);
}

static void a_pair_is_checked_for_its_names_and_its_use(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){
        .names = "DNS:a.svc",
        .extended_key_usage = "clientAuth",
    });
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(made->pem, made->key_pem);

    (void)state;
    assert_true(pair_has_name(pair, "a.svc"));
    assert_false(pair_has_name(pair, "leaf"));
    certs_test_check_queue();
    check(pair, &(struct pair_expectation){.now_s = NOW},
          "the certificate is not for servers; expected extendedKeyUsage with serverAuth and "
          "keyUsage with digitalSignature, where it has these");
}

static void each_expected_name_must_be_there(void **state)
{
    static const char *const names[] = {"a.svc", "10.0.0.1", "b.svc"};
    CLEANUP(certs_test_free)
    struct certs_test *made =
        certs_test_new(&(struct certs_test_options){.names = "DNS:a.svc,URI:x,IP:10.0.0.1,IP:::1"});
    CLEANUP(certs_test_free)
    struct certs_test *none = certs_test_new(&(struct certs_test_options){0});
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(made->pem, made->key_pem);
    CLEANUP(pair_free) struct pair *without = certs_test_pair(none->pem, none->key_pem);
    struct pair_expectation expected = {.names = names, .n_names = 2, .now_s = NOW};

    (void)state;
    check(pair, &expected, "");
    expected.n_names = 3;
    check(pair, &expected,
          "the certificate is not for 'b.svc', its subjectAltNames are 'a.svc', '10.0.0.1', '::1'");
    check(without, &expected, "the certificate is not for 'a.svc', its subjectAltNames are none");
}

static void validity_counts_from_its_first_second_to_its_last(void **state)
{
    static const struct {
        long long now_s;
        const char *message;
    } rows[] = {
        {NOW - 1,
         "the certificate is valid from 2027-01-15T08:00:00Z, and it is 2027-01-15T07:59:59Z"},
        {NOW, ""},
        {NOW + DAY, ""},
        {NOW + DAY + 1,
         "the certificate was valid until 2027-01-16T08:00:00Z, and it is 2027-01-16T08:00:01Z"},
        {0, "the certificate is valid from 2027-01-15T08:00:00Z, and it is 1970-01-01T00:00:00Z"},
    };
    CLEANUP(certs_test_free)
    struct certs_test *made =
        certs_test_new(&(struct certs_test_options){.from_s = NOW, .until_s = NOW + DAY});
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(made->pem, made->key_pem);
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(made->pem);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair_expectation expected = {.now_s = rows[i].now_s};
        check(pair, &expected, rows[i].message);
        expected.trust = trust;
        check(pair, &expected, rows[i].message);
    }
}

static void a_negative_serial_number_is_refused_anywhere_in_the_chain(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *ca = certs_test_new(&(struct certs_test_options){
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .serial = -1,
    });
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(free) char *chain = certs_test_join(leaf->pem, ca->pem);
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(chain, leaf->key_pem);

    (void)state;
    check(pair, &(struct pair_expectation){.now_s = NOW},
          "the certificate 'CN=ours' has a negative serial number, which the API server does not "
          "read; expected a positive one");
    check_leaf(&(struct certs_test_options){.serial = -128},
               "the certificate 'CN=leaf' has a negative serial number, which the API server does "
               "not read; expected a positive one");
    check_leaf(&(struct certs_test_options){.serial = 128}, "");
}

static void the_chain_must_end_at_the_trust(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free)
    struct certs_test *between = certs_test_new(&(struct certs_test_options){
        .common_name = "between",
        .issuer = ca,
        .constraints = "CA:TRUE",
    });
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(between, "DNS:a");
    CLEANUP(certs_test_free) struct certs_test *other = certs_test_ca("other");
    CLEANUP(free) char *chain = certs_test_join(leaf->pem, between->pem);
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(chain, leaf->key_pem);
    CLEANUP(pair_free) struct pair *alone = certs_test_pair(leaf->pem, leaf->key_pem);
    const struct {
        const struct pair *pair;
        const struct certs_test *trusted;
        const char *message;
    } rows[] = {
        {pair, ca, ""},
        {pair, between, ""},
        {alone, between, ""},
        {alone, ca,
         "the certificate 'CN=leaf' is not trusted: unable to get local issuer certificate"},
        {pair, other,
         "the certificate 'CN=between' is not trusted: unable to get local issuer certificate"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(trust_unref) struct trust *trust = certs_test_trust(rows[i].trusted->pem);
        check(rows[i].pair, &(struct pair_expectation){.trust = trust, .now_s = NOW},
              rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_checked_for_its_names_and_its_use),
        cmocka_unit_test(each_expected_name_must_be_there),
        cmocka_unit_test(validity_counts_from_its_first_second_to_its_last),
        cmocka_unit_test(a_negative_serial_number_is_refused_anywhere_in_the_chain),
        cmocka_unit_test(the_chain_must_end_at_the_trust),
    };

    return cmocka_run_group_tests_name("pair_check", tests, NULL, NULL);
}
