/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The NULL call of NFS, as bytes
 *
 * ONC RPC version 2 (RFC 5531) over TCP, whose messages are records of one or more fragments
 * (section 11). The call is procedure 0 of program 100003 with AUTH_NONE, which takes nothing and
 * returns nothing. A reply is read from what has come so far, as often as more comes. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define RPC_NULL_CALL_SIZE 44

/* What a reply can have at most: its head, a verifier of 400 bytes, and two versions. */
#define RPC_NULL_REPLY_MAX 432

/* The same as it is sent: in fragments of four bytes at the least, which nobody sends, and the mark
 * of each. */
#define RPC_NULL_BYTES_MAX ((size_t)2 * RPC_NULL_REPLY_MAX)

enum rpc_null_kind {
    RPC_NULL_MORE,    /* it is not all there */
    RPC_NULL_SUCCESS, /* the program is served in this version */
    RPC_NULL_VERSION, /* the program is served in the versions `low` to `high` only */
    RPC_NULL_REFUSED, /* a reply to the call, and another than these: see `reason` */
    RPC_NULL_GARBAGE, /* no reply to the call: see `reason` */
};

struct rpc_null_answer {
    enum rpc_null_kind kind;
    uint32_t low;
    uint32_t high;
    const char *reason; /* for people, static: "it serves no NFS" */
};

/* The call with the number @xid for @version of NFS. */
void rpc_null_call(uint32_t xid, uint32_t version, uint8_t out[static RPC_NULL_CALL_SIZE]);

/*
 * What the @len bytes at @bytes, the first that came, say to the call @xid. The answer stands as
 * soon as what decides it has come; what follows is not looked at. Garbage is told at once: so a
 * server of another protocol that says something and waits is not waited for. Never RPC_NULL_MORE
 * from RPC_NULL_BYTES_MAX bytes on.
 */
void rpc_null_read(const uint8_t *bytes, size_t len, uint32_t xid, struct rpc_null_answer *out)
    __attribute__((nonnull(4)));
