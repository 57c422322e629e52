/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/rpc_null.h"

#include <stdbool.h>
#include <string.h>

#define PROGRAM_NFS     100003
#define RPC_VERSION     2
#define WORD            4 /* bytes */
#define VERIFIER_MAX    400
#define LAST_FRAGMENT   0x80000000U
#define FRAGMENT_LENGTH 0x7fffffffU

/* RFC 5531 section 9. */
enum { CALL, REPLY };
enum { MSG_ACCEPTED, MSG_DENIED };
enum { SUCCESS, PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS, SYSTEM_ERR };
enum { RPC_MISMATCH, AUTH_ERROR };

/* The fragments that have come, joined. */
struct record {
    uint8_t bytes[RPC_NULL_REPLY_MAX];
    size_t len;
    size_t at;
    bool is_whole;
    bool is_too_long;
    bool is_short; /* something was asked for beyond what there is */
};

static void put_word(uint8_t **at, uint32_t word)
{
    for (unsigned int shift = 32; shift > 0; shift -= 8) {
        *(*at)++ = (uint8_t)(word >> (shift - 8));
    }
}

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void rpc_null_call(uint32_t xid, uint32_t version, uint8_t out[static RPC_NULL_CALL_SIZE])
{
    const uint32_t words[] = {
        LAST_FRAGMENT | (RPC_NULL_CALL_SIZE - WORD),
        xid,
        CALL,
        RPC_VERSION,
        PROGRAM_NFS,
        version,
        0, /* the procedure */
        0, /* credential: AUTH_NONE, */
        0, /* of no bytes */
        0, /* verifier: AUTH_NONE, */
        0, /* of no bytes */
    };

    _Static_assert(sizeof(words) == RPC_NULL_CALL_SIZE, "the size is right");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        put_word(&out, words[i]);
    }
}

/* Join the fragments in the @len bytes at @bytes, up to the last one of the record. */
static void join(const uint8_t *bytes, size_t len, struct record *out)
{
    size_t at = 0;

    while (!out->is_whole && len - at >= WORD) {
        const uint32_t mark = word_at(bytes + at);
        const size_t size = mark & FRAGMENT_LENGTH;
        size_t n_come;
        at += WORD;
        n_come = size < len - at ? size : len - at;
        if (size > sizeof(out->bytes) - out->len) {
            out->is_too_long = true;
            return;
        }
        memcpy(out->bytes + out->len, bytes + at, n_come);
        out->len += n_come;
        at += n_come;
        if (n_come < size) {
            return;
        }
        out->is_whole = (mark & LAST_FRAGMENT) != 0;
    }
}

/* The next word; 0 when it is not there. */
static uint32_t next_word(struct record *record)
{
    uint32_t word;

    if (record->is_short || record->len - record->at < WORD) {
        record->is_short = true;
        return 0;
    }
    word = word_at(record->bytes + record->at);
    record->at += WORD;
    return word;
}

static void skip(struct record *record, size_t n)
{
    const size_t padded = (n + WORD - 1) / WORD * WORD;

    if (record->is_short || record->len - record->at < padded) {
        record->is_short = true;
        return;
    }
    record->at += padded;
}

static void set(struct rpc_null_answer *out, enum rpc_null_kind kind, const char *reason)
{
    *out = (struct rpc_null_answer){.kind = kind, .reason = reason};
}

static void read_versions(struct record *record, struct rpc_null_answer *out)
{
    set(out, RPC_NULL_VERSION, "it serves NFS in other versions");
    out->low = next_word(record);
    out->high = next_word(record);
    if (out->low > out->high) {
        set(out, RPC_NULL_GARBAGE, "it names a range of versions that has none in it");
    }
}

static void read_accepted(struct record *record, struct rpc_null_answer *out)
{
    uint32_t size;

    (void)next_word(record); /* the verifier's flavor, of which AUTH_NONE need not be checked */
    size = next_word(record);
    if (size > VERIFIER_MAX) {
        set(out, RPC_NULL_GARBAGE, "its verifier is longer than RPC allows");
        return;
    }
    skip(record, size);
    switch (next_word(record)) {
    case SUCCESS:
        set(out, RPC_NULL_SUCCESS, "it serves NFS");
        return;
    case PROG_UNAVAIL:
        set(out, RPC_NULL_REFUSED, "it serves RPC, but no NFS");
        return;
    case PROG_MISMATCH:
        read_versions(record, out);
        return;
    case PROC_UNAVAIL:
        set(out, RPC_NULL_REFUSED, "it does not know the procedure NULL");
        return;
    case GARBAGE_ARGS:
        set(out, RPC_NULL_REFUSED, "it could not read the call");
        return;
    case SYSTEM_ERR:
        set(out, RPC_NULL_REFUSED, "it has an error of its own, such as no memory");
        return;
    default:
        set(out, RPC_NULL_GARBAGE, "its reply says something that RPC does not know");
        return;
    }
}

static void read_denied(struct record *record, struct rpc_null_answer *out)
{
    switch (next_word(record)) {
    case RPC_MISMATCH:
        set(out, RPC_NULL_REFUSED, "it speaks another version of RPC");
        return;
    case AUTH_ERROR:
        set(out, RPC_NULL_REFUSED, "it takes no call without authentication");
        return;
    default:
        set(out, RPC_NULL_GARBAGE, "its reply says something that RPC does not know");
        return;
    }
}

static void read_reply(struct record *record, uint32_t xid, struct rpc_null_answer *out)
{
    const uint32_t answered = next_word(record);
    const uint32_t type = next_word(record);

    if (record->is_short) {
        return;
    }
    if (type != REPLY) {
        set(out, RPC_NULL_GARBAGE, "it answers, but with no reply of RPC");
        return;
    }
    if (answered != xid) {
        set(out, RPC_NULL_GARBAGE, "it answers a call that was not made");
        return;
    }
    switch (next_word(record)) {
    case MSG_ACCEPTED:
        read_accepted(record, out);
        return;
    case MSG_DENIED:
        read_denied(record, out);
        return;
    default:
        set(out, RPC_NULL_GARBAGE, "its reply says something that RPC does not know");
        return;
    }
}

void rpc_null_read(const uint8_t *bytes, size_t len, uint32_t xid, struct rpc_null_answer *out)
{
    const bool is_much = len >= RPC_NULL_BYTES_MAX;
    struct record record = {0};

    set(out, RPC_NULL_MORE, "its reply is not whole");
    join(bytes, len, &record);
    read_reply(&record, xid, out);
    if (!record.is_short) {
        return; /* all that decides was there, whatever follows */
    }
    set(out, RPC_NULL_MORE, "its reply is not whole");
    if (record.is_too_long || is_much) {
        set(out, RPC_NULL_GARBAGE, "it answers, but with more than a reply of RPC can have");
    } else if (record.is_whole) {
        set(out, RPC_NULL_GARBAGE, "it answers, but its reply of RPC ends too early");
    }
}
