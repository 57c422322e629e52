/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/leaf.h"

#include <string.h>

#include "certs/certs_test.h"

static void check_use(const struct certs_test_options *options, const char *message)
{
    CLEANUP(certs_test_free) struct certs_test *made = certs_test_new(options);
    struct err err = {0};

    assert_int_equal(leaf_check_use(made->certificate, &err), message[0] == '\0' ? 0 : -1);
    certs_test_check_err(&err, message[0] == '\0' ? ERR_NONE : ERR_INVALID, message);
}

static void a_name_is_looked_for_among_the_alternative_names(void **state)
{
    static const struct {
        const char *name;
        bool expected;
    } rows[] = {
        {"hawser.hawser-system.svc", true},
        {"HAWSER.hawser-system.SVC", true},
        {"x.apps.example.com", true},
        {"10.0.0.1", true},
        {"2001:db8::1", true},
        {"2001:DB8:0::1", true},
        {"::ffff:10.0.0.1", true},
        {"hawser.hawser-system", false},
        {"hawser.hawser-system.svc.", false},
        {"other.hawser-system.svc", false},
        {"apps.example.com", false},
        {".apps.example.com", false},
        {"x.y.apps.example.com", false},
        {"*.apps.example.com", false},
        {"front.part.example.com", false},
        {"front1.part.example.com", false},
        {"10.0.0.2", false},
        {"::1", false},
        {"common.example.com", false},
        {"192.0.2.1", false},
        {"", false},
        {"*", false},
    };
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){
        .common_name = "common.example.com",
        .names = "DNS:hawser.hawser-system.svc,DNS:*.apps.example.com,IP:10.0.0.1,"
                 "IP:2001:db8::1,DNS:front*.part.example.com,DNS:192.0.2.1",
    });

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s'\n", rows[i].name);
        assert_int_equal(leaf_has_name(made->certificate, rows[i].name), rows[i].expected);
    }
}

static void a_common_name_is_no_name_even_where_there_is_no_other(void **state)
{
    static const char *const common_names[] = {"localhost", "127.0.0.1"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(certs_test_free)
        struct certs_test *made =
            certs_test_new(&(struct certs_test_options){.common_name = common_names[i]});
        assert_false(leaf_has_name(made->certificate, common_names[i]));
    }
}

static void a_long_list_of_names_is_shown_in_part(void **state)
{
    static const char label[] =
        "DNS:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const char *const names[] = {"b"};
    CLEANUP(free) char *two = certs_test_join(label, ".aa,");
    CLEANUP(free) char *list = strdup(label);
    CLEANUP(certs_test_free) struct certs_test *made = NULL;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        char *longer = certs_test_join(two, list);
        free(list);
        list = longer;
    }
    made = certs_test_new(&(struct certs_test_options){.names = list});
    assert_int_equal(leaf_check_names(made->certificate, names, 1, &err), -1);
    assert_true(strlen(err.msg) < 600);
    assert_string_equal(err.msg + strlen(err.msg) - strlen(".aa', ..."), ".aa', ...");
}

static void a_leaf_must_be_usable_by_a_server(void **state)
{
    static const char refusal[] =
        "the certificate is not for servers; expected extendedKeyUsage with serverAuth and "
        "keyUsage with digitalSignature, where it has these";
    static const struct {
        const char *extended_key_usage;
        const char *key_usage;
        const char *message;
    } rows[] = {
        {NULL, NULL, ""},
        {"serverAuth", NULL, ""},
        {"clientAuth,serverAuth", "digitalSignature,keyEncipherment", ""},
        {"clientAuth", NULL, refusal},
        {"codeSigning,emailProtection", NULL, refusal},
        {NULL, "keyCertSign,cRLSign", refusal},
        {NULL, "keyEncipherment", refusal},
        {NULL, "keyAgreement", refusal},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_use(
            &(struct certs_test_options){
                .extended_key_usage = rows[i].extended_key_usage,
                .key_usage = rows[i].key_usage,
            },
            rows[i].message);
    }
}

#define EXPECTED_KEY \
    "; expected ECDSA on P-256, P-384 or P-521, RSA of at least 1024 bits, or Ed25519"

static void a_key_must_be_one_that_the_api_server_takes(void **state)
{
    static const struct {
        const char *key_type;
        const char *message;
    } rows[] = {
        {"P-256", ""},
        {"P-384", ""},
        {"P-521", ""},
        {"ED25519", ""},
        {"RSA-1024", ""},
        {"RSA-1016", "the API server does not take the key, RSA of 1016 bits" EXPECTED_KEY},
        {"P-224", "the API server does not take the key, EC of 224 bits" EXPECTED_KEY},
        {"P-256 written out", "the API server does not take the key, EC of 256 bits" EXPECTED_KEY},
        {"secp256k1", "the API server does not take the key, EC of 256 bits" EXPECTED_KEY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_use(&(struct certs_test_options){.key_type = rows[i].key_type}, rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_looked_for_among_the_alternative_names),
        cmocka_unit_test(a_common_name_is_no_name_even_where_there_is_no_other),
        cmocka_unit_test(a_long_list_of_names_is_shown_in_part),
        cmocka_unit_test(a_leaf_must_be_usable_by_a_server),
        cmocka_unit_test(a_key_must_be_one_that_the_api_server_takes),
    };

    return cmocka_run_group_tests_name("leaf", tests, NULL, NULL);
}
