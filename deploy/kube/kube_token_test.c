/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_token.h"

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

#define AGE 60000

static void a_token_becomes_a_header(void **state)
{
    struct kube_token token;
    struct err err = {0};

    (void)state;
    assert_int_equal(kube_token_init(&token, " a.b-c_d~e+f/g== \n", NULL, 1, &err), 0);
    assert_string_equal(buf_text(&token.header), "Authorization: Bearer a.b-c_d~e+f/g==");
    assert_false(kube_token_doubt(&token)); /* there will be no other */
    assert_int_equal(kube_token_look(&token, 2, AGE, &err), 0);
    kube_token_clear(&token);

    assert_int_equal(kube_token_init(&token, NULL, NULL, 1, &err), 0);
    assert_string_equal(buf_text(&token.header), "");
    kube_token_clear(&token);
}

static void what_could_end_the_header_is_no_token(void **state)
{
    static const char *const texts[] = {
        "", " \n", "a b", "a\r\nX-Evil: 1", "a\nb", "\xc3\xa4", "a\x7f", "\"a\"", "a,b", ":",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct kube_token token;
        struct err err = {0};
        assert_int_equal(kube_token_init(&token, texts[i], NULL, 1, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        kube_token_clear(&token);
    }
}

static void a_file_with_a_nul_is_no_token(void **state)
{
    struct kube_token token;
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_write_bytes("token", "a\0b", 3), 0);
    assert_int_equal(kube_token_init(&token, NULL, "token", 1, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    kube_token_clear(&token);
}

static void a_rotated_token_is_taken_and_a_broken_one_is_not(void **state)
{
    struct kube_token token;
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_write("token", "one"), 0);
    assert_int_equal(kube_token_init(&token, "not-this", "token", 1, &err), 0);
    assert_string_equal(buf_text(&token.header), "Authorization: Bearer one");
    assert_int_equal(folder_write("token", "second"), 0);
    assert_int_equal(kube_token_look(&token, 2, AGE, &err), 0);
    assert_string_equal(buf_text(&token.header), "Authorization: Bearer second");
    assert_int_equal(folder_write("token", ""), 0);
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(kube_token_look(&token, 3 + i, AGE, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(buf_text(&token.header), "Authorization: Bearer second");
    }
    assert_int_equal(folder_write("token", "third"), 0);
    assert_true(kube_token_doubt(&token));
    assert_int_equal(kube_token_look(&token, 5, AGE, &err), 0);
    assert_string_equal(buf_text(&token.header), "Authorization: Bearer third");
    kube_token_clear(&token);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_becomes_a_header),
        cmocka_unit_test(what_could_end_the_header_is_no_token),
        IN_FOLDER(a_file_with_a_nul_is_no_token),
        IN_FOLDER(a_rotated_token_is_taken_and_a_broken_one_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
