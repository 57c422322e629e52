/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

/* RFC 4648 section 10, and bytes of all bits. */
static const struct {
    const char *text;
    const char *bytes;
    size_t len;
} good[] = {
    {"", "", 0},
    {"Zg==", "f", 1},
    {"Zm8=", "fo", 2},
    {"Zm9v", "foo", 3},
    {"Zm9vYg==", "foob", 4},
    {"Zm9vYmE=", "fooba", 5},
    {"Zm9vYmFy", "foobar", 6},
    {"AP/+", "\0\xff\xfe", 3},
};

static void what_was_encoded_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(64);
        struct err err = {0};
        print_message("# '%s'\n", good[i].text);
        assert_int_equal(base64_decode(good[i].text, strlen(good[i].text), &out, &err), 0);
        assert_int_equal(out.len, good[i].len);
        assert_memory_equal(buf_text(&out), good[i].bytes, good[i].len);
    }
}

static void what_is_encoded_is_as_the_rfc_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(64);
        base64_encode(good[i].bytes, good[i].len, &out);
        assert_string_equal(buf_text(&out), good[i].text);
    }
}

static void bytes_of_every_number_and_value_come_back(void **state)
{
    unsigned char bytes[300];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 37);
    }
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(1000);
        CLEANUP(buf_clear) struct buf back = BUF_INIT(1000);
        const unsigned char *start = bytes + sizeof(bytes) - len; /* a sanitizer sees the end */
        struct err err = {0};
        base64_encode(start, len, &text);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_int_equal(strlen(buf_text(&text)), text.len);
        assert_int_equal(base64_decode(buf_text(&text), text.len, &back, &err), 0);
        assert_int_equal(back.len, len);
        assert_memory_equal(buf_text(&back), start, len);
    }
}

static void characters_up_to_the_limit_fit(void **state)
{
    (void)state;
    for (size_t max = 1; max < 20; max++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(max);
        base64_encode("foobarfo", 8, &out);
        assert_int_equal(buf_failed(&out), max < 12);
    }
}

static void what_go_refuses_is_refused(void **state)
{
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",   "Zg===",      "====",     "=Zg=",
        "Z===", "Zg=a", "Zg==a", "Zg==Zg==",   "Zm-_",     "Zm8=\n\n\n\n",
        "Zm 9", "Zh==", "Zm9=",  "Zm\xc3\xa4", "Zm9v Zm9",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(64);
        struct err err = {0};
        print_message("# '%s'\n", bad[i]);
        assert_int_equal(base64_decode(bad[i], strlen(bad[i]), &out, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void a_nul_is_no_character_of_base64(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(64);
    struct err err = {0};

    (void)state;
    assert_int_equal(base64_decode("Zm9\0", 4, &out, &err), -1);
}

static void more_than_the_limit_is_refused(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(5);
    struct err err = {0};

    (void)state;
    assert_int_equal(base64_decode("Zm9vYmFy", 8, &out, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_encoded_comes_back),
        cmocka_unit_test(what_is_encoded_is_as_the_rfc_has_it),
        cmocka_unit_test(bytes_of_every_number_and_value_come_back),
        cmocka_unit_test(characters_up_to_the_limit_fit),
        cmocka_unit_test(what_go_refuses_is_refused),
        cmocka_unit_test(a_nul_is_no_character_of_base64),
        cmocka_unit_test(more_than_the_limit_is_refused),
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
