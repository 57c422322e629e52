/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pem.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "certs/openssl.h"
#include "tests/test.h"

#define MAX ((size_t)1024)

#define BLOCK "-----BEGIN A-----\nb25l\n-----END A-----\n"

/* Append all blocks of the text as "label@line=bytes ", or "refused: " and the message. */
static void read_all(const char *text, size_t len, struct buf *out)
{
    OPENSSL_ENTER();
    CLEANUP(pem_clear) struct pem_block block = {0};
    struct pem_reader reader;
    struct err err = {0};

    if (pem_open(&reader, text, len, MAX, &err) < 0) {
        buf_printf(out, "refused: %s", err.msg);
        return;
    }
    while (pem_next(&reader, &block, &err) == 0) {
        if (pem_is_end(&block)) {
            assert_null(block.bytes);
            assert_int_equal(err.code, ERR_NONE);
            return;
        }
        buf_printf(out, "%s@%zu=%.*s ", block.label, block.line, (int)block.len,
                   (const char *)block.bytes);
    }
    assert_int_equal(err.code, ERR_INVALID);
    assert_null(block.bytes);
    assert_true(pem_is_end(&block));
    buf_printf(out, "refused: %s", err.msg);
}

static void check(const char *text, const char *expected)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(10 * MAX);

    read_all(text, strlen(text), &out);
    if (strcmp(buf_text(&out), expected) != 0) {
        fail_msg("%s\n  gives    %s\n  expected %s", text, buf_text(&out), expected);
    }
}

static void blocks_are_read_in_order_and_text_around_them_is_skipped(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"", ""},
        {"\n", ""},
        {"no block\n", ""},
        {BLOCK, "A@1=one "},
        {"-----BEGIN A-----\nb25l\n-----END A-----", "A@1=one "},
        {"-----BEGIN A B 2-----\nb25l\n-----END A B 2-----\n", "A B 2@1=one "},
        {"-----BEGIN A-----\nb2\n5l\n-----END A-----\n", "A@1=one "},
        {"# for a\n" BLOCK "\n---\n# for b\n" BLOCK "end\n", "A@2=one A@8=one "},
        {"-----BEGIN A-----\r\nb25l\r\n-----END A-----\r\n" BLOCK, "A@1=one A@4=one "},
        {"-----BEGIN A----- \t\nb25l \n-----END A-----  \n", "A@1=one "},
        {"- a list\n- of two\n" BLOCK, "A@3=one "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(rows[i].text, rows[i].expected);
    }
}

#define BEGINNING \
    "expected the beginning of a block, '-----BEGIN ...' and a label alone on the line"
#define ENDING "expected '-----END A-----', which ends the block of line "

static void what_is_not_quite_a_block_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"----BEGIN A-----\nb25l\n-----END A-----\n", "refused: line 1: " BEGINNING},
        {"-----BEGIN A----\nb25l\n-----END A-----\n", "refused: line 1: " BEGINNING},
        {" -----BEGIN A-----\nb25l\n-----END A-----\n", "refused: line 1: " BEGINNING},
        {"\xef\xbb\xbf" BLOCK, "refused: line 1: " BEGINNING},
        {"-----BEGIN A-----b25l-----END A-----\n", "refused: line 1: " BEGINNING},
        {"-----BEGIN A----- b25l -----END A-----\n", "refused: line 1: " BEGINNING},
        {"-----BEGIN -----\nb25l\n-----END -----\n", "refused: line 1: " BEGINNING},
        {"-----BEGIN a-----\nb25l\n-----END a-----\n", "refused: line 1: " BEGINNING},
        {"-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-----\n",
         "refused: line 1: " BEGINNING},
        {"-----BEGIN A-----\rb25l\r-----END A-----\r", "refused: line 1: " BEGINNING},
        {BLOCK "-----END A-----\n", "A@1=one refused: line 4: " BEGINNING},
        {BLOCK "-----BEGIN", "A@1=one refused: line 4: " BEGINNING},
        {BLOCK "-", "A@1=one refused: line 4: " BEGINNING},
        {"-----BEGIN A-----\nb25l\n" BLOCK, "refused: line 3: " ENDING "1"},
        {"\n-----BEGIN A-----\nb25l\n-----END B-----\n", "refused: line 4: " ENDING "2"},
        {"-----BEGIN A-----\nb25l\n----END A-----\n", "refused: line 3: " ENDING "1"},
        {"-----BEGIN A-----\nb25l\n-----END A----", "refused: line 3: " ENDING "1"},
        {"-----BEGIN A-----\nb25l\n-----EN", "refused: line 3: " ENDING "1"},
        {"-----BEGIN A-----\nb25l\n",
         "refused: line 1: the block has no end, expected '-----END A-----'"},
        {"-----BEGIN A-----", "refused: line 1: the block has no end, expected '-----END A-----'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(rows[i].text, rows[i].expected);
    }
}

static void what_is_not_base64_is_refused(void **state)
{
    static const char *const contents[] = {"",       "\n",      "b25\n",
                                           "b2!l\n", "b25l=\n", "b25l\n\nb25l\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(MAX);
        CLEANUP(buf_clear) struct buf out = BUF_INIT(MAX);
        static const char expected[] = "refused: line 1: the block 'A' ";
        buf_printf(&text, "-----BEGIN A-----\n%s-----END A-----\n", contents[i]);
        read_all(buf_text(&text), text.len, &out);
        print_message("# %s\n", buf_text(&out));
        assert_memory_equal(buf_text(&out), expected, sizeof(expected) - 1);
    }
}

static void a_block_with_headers_is_refused(void **state)
{
    (void)state;
    check("-----BEGIN RSA PRIVATE KEY-----\n"
          "Proc-Type: 4,ENCRYPTED\n"
          "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n"
          "\n"
          "b25l\n"
          "-----END RSA PRIVATE KEY-----\n",
          "refused: line 1: the block 'RSA PRIVATE KEY' has headers, as an encrypted one; expected "
          "one without");
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    static const char text[] = BLOCK;

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(MAX);
        char bytes[sizeof(text)];
        memcpy(bytes, text, sizeof(text));
        bytes[i] = '\0';
        read_all(bytes, sizeof(text) - 1, &out);
        assert_string_equal(buf_text(&out),
                            "refused: there is a NUL byte, expected PEM, which is a text");
    }
}

static void a_text_may_be_as_large_as_the_limit_and_not_larger(void **state)
{
    char text[MAX + 1];
    struct pem_reader reader;
    struct err err = {0};

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(pem_open(&reader, text, MAX, MAX, &err), 0);
    assert_int_equal(pem_open(&reader, text, MAX + 1, MAX, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "the text is larger than 1024 bytes");
}

static void a_text_cut_anywhere_is_whole_blocks_or_an_error(void **state)
{
    static const char text[] = BLOCK "-----BEGIN B-----\nYWJj\n-----END B-----\n";
    static const size_t first = sizeof(BLOCK) - 1;

    (void)state;
    for (size_t len = 0; len < sizeof(text); len++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(MAX);
        bool is_whole = len == 0 || len == first - 1 || len == first || len >= sizeof(text) - 2;
        read_all(text, len, &out);
        assert_int_equal(strstr(buf_text(&out), "refused: ") == NULL, is_whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_read_in_order_and_text_around_them_is_skipped),
        cmocka_unit_test(what_is_not_quite_a_block_is_refused),
        cmocka_unit_test(what_is_not_base64_is_refused),
        cmocka_unit_test(a_block_with_headers_is_refused),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
        cmocka_unit_test(a_text_may_be_as_large_as_the_limit_and_not_larger),
        cmocka_unit_test(a_text_cut_anywhere_is_whole_blocks_or_an_error),
    };

    return cmocka_run_group_tests_name("pem", tests, NULL, NULL);
}
