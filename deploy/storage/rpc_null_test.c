/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/rpc_null.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define XID 0x01020304U

#define WHOLE(n) "\x80\x00\x00" n
#define HEAD     "\x01\x02\x03\x04\x00\x00\x00\x01" /* the call's number, REPLY */
#define ACCEPTED HEAD "\0\0\0\0\0\0\0\0\0\0\0\0"    /* with no verifier */
#define DENIED   HEAD "\0\0\0\1"

/* A reply as it is sent, with its length. */
#define BYTES(text) .bytes = (text), .len = sizeof(text) - 1

static void look(const char *bytes, size_t len, struct rpc_null_answer *out)
{
    uint8_t *copy = malloc(len + 1); /* so that a sanitizer sees what reads beyond */

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    rpc_null_read(copy, len, XID, out);
    free(copy);
}

static void a_call_is_one_record_of_eleven_words(void **state)
{
    static const uint8_t expected[] = {
        0x80, 0, 0, 40, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa3, 0, 0,
        0,    4, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0,
    };
    uint8_t call[RPC_NULL_CALL_SIZE];

    (void)state;
    rpc_null_call(XID, 4, call);
    assert_int_equal(sizeof(expected), sizeof(call));
    assert_memory_equal(call, expected, sizeof(call));
}

static const struct row {
    const char *name;
    const char *bytes;
    size_t len;
    enum rpc_null_kind kind;
} rows[] = {
    {"nothing", BYTES(""), RPC_NULL_MORE},
    {"success", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\0"), RPC_NULL_SUCCESS},
    {"success and more behind it", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\0junk"), RPC_NULL_SUCCESS},
    {"success with a verifier of five bytes, which are padded",
     BYTES(WHOLE("\x20") HEAD "\0\0\0\0\0\0\0\1\0\0\0\5vvvvv\0\0\0\0\0\0\0"), RPC_NULL_SUCCESS},
    {"no such program", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\1"), RPC_NULL_REFUSED},
    {"other versions", BYTES(WHOLE("\x20") ACCEPTED "\0\0\0\2\0\0\0\3\0\0\0\3"), RPC_NULL_VERSION},
    {"a range that is none", BYTES(WHOLE("\x20") ACCEPTED "\0\0\0\2\0\0\0\4\0\0\0\3"),
     RPC_NULL_GARBAGE},
    {"other versions, of which one is named", BYTES(WHOLE("\x1c") ACCEPTED "\0\0\0\2\0\0\0\3"),
     RPC_NULL_GARBAGE},
    {"no such procedure", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\3"), RPC_NULL_REFUSED},
    {"garbage of ours", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\4"), RPC_NULL_REFUSED},
    {"an error of its own", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\5"), RPC_NULL_REFUSED},
    {"an unknown verdict", BYTES(WHOLE("\x18") ACCEPTED "\0\0\0\6"), RPC_NULL_GARBAGE},
    {"another version of RPC", BYTES(WHOLE("\x18") DENIED "\0\0\0\0\0\0\0\2\0\0\0\2"),
     RPC_NULL_REFUSED},
    {"an error of authentication", BYTES(WHOLE("\x14") DENIED "\0\0\0\1\0\0\0\5"),
     RPC_NULL_REFUSED},
    {"denied for an unknown reason", BYTES(WHOLE("\x10") DENIED "\0\0\0\2"), RPC_NULL_GARBAGE},
    {"neither accepted nor denied", BYTES(WHOLE("\x0c") HEAD "\0\0\0\2"), RPC_NULL_GARBAGE},
    {"another call's number", BYTES(WHOLE("\x18") "\1\2\3\5\0\0\0\1"), RPC_NULL_GARBAGE},
    {"a call", BYTES(WHOLE("\x28") "\1\2\3\4\0\0\0\0"), RPC_NULL_GARBAGE},
    {"a record of nothing", BYTES(WHOLE("\x00")), RPC_NULL_GARBAGE},
    {"a record that ends within a word", BYTES(WHOLE("\x06") "\1\2\3\4\0\0"), RPC_NULL_GARBAGE},
    {"a verifier that is longer than the record",
     BYTES(WHOLE("\x18") HEAD "\0\0\0\0\0\0\0\1\0\0\0\x10vvvv"), RPC_NULL_GARBAGE},
    {"a verifier that is longer than any", BYTES(WHOLE("\xff") HEAD "\0\0\0\0\0\0\0\1\0\0\1\x91"),
     RPC_NULL_GARBAGE},
    {"a verifier of four billion bytes",
     BYTES(WHOLE("\xff") HEAD "\0\0\0\0\0\0\0\1\xff\xff\xff\xff"), RPC_NULL_GARBAGE},
    {"a record of two billion bytes", BYTES("\xff\xff\xff\xff"), RPC_NULL_GARBAGE},
    {"a record of one byte too many", BYTES("\x80\x00\x01\xb1"), RPC_NULL_GARBAGE},
    {"a record as long as one can be", BYTES("\x80\x00\x01\xb0"), RPC_NULL_MORE},
    {"HTTP", BYTES("HTTP/1.1 400 Bad Request\r\n"), RPC_NULL_GARBAGE},
    {"SSH", BYTES("SSH-2.0-OpenSSH\r\n"), RPC_NULL_GARBAGE},
    {"two fragments",
     BYTES("\0\0\0\x0a\1\2\3\4\0\0\0\1\0\0" WHOLE("\x0e") "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
     RPC_NULL_SUCCESS},
    {"an empty fragment first", BYTES("\0\0\0\0" WHOLE("\x18") ACCEPTED "\0\0\0\0"),
     RPC_NULL_SUCCESS},
    {"an empty fragment last, too early", BYTES("\0\0\0\x14" ACCEPTED WHOLE("\x00")),
     RPC_NULL_GARBAGE},
    {"fragments that are too long together", BYTES("\0\0\0\x14" ACCEPTED "\x00\x00\x01\x9d"),
     RPC_NULL_GARBAGE},
};

static void a_reply_is_told_from_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rpc_null_answer answer;
        look(rows[i].bytes, rows[i].len, &answer);
        if (answer.kind != rows[i].kind) {
            fail_msg("%s: expected %d, found %d ('%s')", rows[i].name, (int)rows[i].kind,
                     (int)answer.kind, answer.reason);
        }
        assert_true(answer.reason[0] != '\0');
    }
}

/* Whatever part of it has come, the verdict is the final one or none. */
static void check_parts(const struct row *row)
{
    struct rpc_null_answer answer;

    for (size_t len = 0; len < row->len; len++) {
        look(row->bytes, len, &answer);
        if (answer.kind != row->kind && answer.kind != RPC_NULL_MORE) {
            fail_msg("%s: %zu bytes of it say %d", row->name, len, (int)answer.kind);
        }
    }
}

static void a_part_of_a_reply_is_waited_with(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_parts(&rows[i]);
    }
}

static void the_versions_are_told(void **state)
{
    static const char reply[] = WHOLE("\x20") ACCEPTED "\0\0\0\2\0\0\0\2\0\0\0\3";
    struct rpc_null_answer answer;

    (void)state;
    look(reply, sizeof(reply) - 1, &answer);
    assert_int_equal(answer.low, 2);
    assert_int_equal(answer.high, 3);
}

static void fragments_of_nothing_come_to_an_end(void **state)
{
    static const char zeros[RPC_NULL_BYTES_MAX];
    struct rpc_null_answer answer;

    (void)state;
    look(zeros, sizeof(zeros) - 1, &answer);
    assert_int_equal(answer.kind, RPC_NULL_MORE);
    look(zeros, sizeof(zeros), &answer);
    assert_int_equal(answer.kind, RPC_NULL_GARBAGE);
}

static void the_longest_reply_is_read_in_the_smallest_words(void **state)
{
    uint8_t bytes[RPC_NULL_BYTES_MAX] = {0};
    uint8_t reply[RPC_NULL_REPLY_MAX] = {1, 2, 3, 4, 0, 0, 0, 1};
    struct rpc_null_answer answer;
    size_t len = 0;

    (void)state;
    reply[18] = 400 >> 8; /* the verifier's length */
    reply[19] = 400 & 0xff;
    reply[423] = 2; /* PROG_MISMATCH */
    reply[431] = 3;
    for (size_t at = 0; at < sizeof(reply); at += 4) {
        bytes[len] = at + 4 == sizeof(reply) ? 0x80 : 0;
        bytes[len + 3] = 4;
        memcpy(bytes + len + 4, reply + at, 4);
        len += 8;
    }
    assert_int_equal(len, sizeof(bytes));
    rpc_null_read(bytes, len, XID, &answer);
    assert_int_equal(answer.kind, RPC_NULL_VERSION);
    assert_int_equal(answer.high, 3);
}

/* Change each byte of each reply to some others: no verdict is worth reading, but nothing breaks.
 */
static void no_change_of_a_byte_does_harm(void **state)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < rows[i].len * sizeof(flips); k++) {
            struct rpc_null_answer answer = {.kind = (enum rpc_null_kind)99};
            uint8_t changed[128];
            assert_true(rows[i].len <= sizeof(changed));
            memcpy(changed, rows[i].bytes, rows[i].len);
            changed[k / sizeof(flips)] ^= flips[k % sizeof(flips)];
            look((const char *)changed, rows[i].len, &answer);
            assert_in_range(answer.kind, RPC_NULL_MORE, RPC_NULL_GARBAGE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_one_record_of_eleven_words),
        cmocka_unit_test(a_reply_is_told_from_what_is_none),
        cmocka_unit_test(a_part_of_a_reply_is_waited_with),
        cmocka_unit_test(the_versions_are_told),
        cmocka_unit_test(fragments_of_nothing_come_to_an_end),
        cmocka_unit_test(the_longest_reply_is_read_in_the_smallest_words),
        cmocka_unit_test(no_change_of_a_byte_does_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
