/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asking an NFS server whether it lives
 *
 * A pod stays Ready, and its port takes connections, while the server in it hangs: the kernel
 * connects on its behalf. So the question is asked that needs the server itself, the NULL call of
 * NFS (rpc_null.h), over a connection of its own, in the loop, until a deadline.
 *
 * NFS 4 is asked for. A server that says which versions it has instead is asked for 3 if that is
 * one of them, over the same connection. One that has neither lives, but no volume of ours can be
 * mounted from it: it is STRANGE.
 */

#include <stdint.h>

#include "base/err.h"
#include "deploy/kube/loop.h"

enum nfs_null_state {
    NFS_NULL_ALIVE,
    NFS_NULL_UNREACHABLE, /* there is no connection, or it was cut: nobody listens, or not any more
                           */
    NFS_NULL_SILENT,      /* no answer came in time: it hangs, or nothing gets there */
    NFS_NULL_STRANGE,     /* something answers, but not as an NFS server that is of use */
};

struct nfs_null_result {
    enum nfs_null_state state;
    uint32_t version;          /* of NFS, 4 or 3; 0 unless ALIVE */
    uint64_t round_trip_ms;    /* from the start to the end, with what connecting took */
    char reason[ERR_MSG_SIZE]; /* for people: "no answer within 3000 ms"; "" for ALIVE */
};

struct nfs_null;

struct nfs_null_server {
    const char *address; /* a numeric one of IPv4 or IPv6 */
    uint16_t port;
};

/*
 * Ask @server. @done is called once, in a later step of the loop and never from here, within
 * @timeout_ms; the question is released by then, so that the next may be asked from there. Errors:
 * ERR_INVALID for what is no address; ERR_TOO_BIG when the loop has no room for a descriptor;
 * ERR_IO; ERR_INTERNAL.
 */
typedef void nfs_null_done_fn(void *data, const struct nfs_null_result *result);
struct nfs_null *nfs_null_start(struct loop *loop,
                                const struct nfs_null_server *server,
                                unsigned int timeout_ms,
                                nfs_null_done_fn *done,
                                void *data,
                                struct err *err)
    __attribute__((nonnull(1, 2, 4, 6), warn_unused_result));

/* Release what has not called back; it does not. Accepts NULL. */
void nfs_null_cancel(struct nfs_null *question);

/* "alive", "unreachable", ...: for logs and labels of metrics. */
const char *nfs_null_state_name(enum nfs_null_state state);

static inline void nfs_null_cancel_p(struct nfs_null **question)
{
    nfs_null_cancel(*question);
}
