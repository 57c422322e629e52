/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/key.h"

#include <string.h>

#include "certs/certs_test.h"

#define BYTES_MAX ((size_t)4096)

static EVP_PKEY *parse(const char *text, struct err *err)
{
    OPENSSL_ENTER();

    return key_parse(text, strlen(text), BYTES_MAX, err);
}

static void a_key_belongs_to_one_certificate(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ours = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *theirs = certs_test_ca("theirs");
    struct err err = {0};
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = parse(ours->key_pem, &err);

    (void)state;
    assert_non_null(key);
    assert_int_equal(key_check(key, ours->certificate, &err), 0);
    assert_int_equal(key_check(key, theirs->certificate, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg, "the key is not the one of the first certificate, 'CN=theirs'");
}

static void what_is_not_one_key_is_refused(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *made = certs_test_ca("ours");
    CLEANUP(free) char *twice = certs_test_join(made->key_pem, made->key_pem);
    CLEANUP(free) char *long_text = calloc(BYTES_MAX + 2, 1);
    const struct {
        const char *text;
        enum err_code code;
        const char *message;
    } rows[] = {
        {"", ERR_INVALID, "there is no private key, expected one in PEM"},
        {made->pem, ERR_INVALID, "line 1: expected a block 'PRIVATE KEY', found 'CERTIFICATE'"},
        {twice, ERR_INVALID, "line 6: there is a second key, expected one"},
        {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", ERR_INVALID,
         "line 1: the key cannot be decoded..."},
        {long_text, ERR_TOO_BIG, "the text is larger than 4096 bytes"},
    };

    (void)state;
    assert_non_null(long_text);
    memset(long_text, '\n', BYTES_MAX + 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        assert_null(parse(rows[i].text, &err));
        certs_test_check_err(&err, rows[i].code, rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_belongs_to_one_certificate),
        cmocka_unit_test(what_is_not_one_key_is_refused),
    };

    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
