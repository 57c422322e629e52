/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the calls of slowfs share
 *
 * In place of types of libfuse this names what they stand for: `struct fuse_req *` is fuse_req_t,
 * and a uint64_t that is a node fuse_ino_t.
 */

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "tests/bench/slowfs/nodes.h"

struct fuse_entry_param;
struct fuse_req;

/* How long the kernel keeps the attributes of a file, and those of a directory and its names:
 * acregmin and acdirmin of NFS. */
#define SERVER_FILE_KEPT_S 3.0
#define SERVER_DIR_KEPT_S  30.0

/* "/proc/self/fd/" and a number. */
#define SERVER_LINK_SIZE 32

/* Kinds of calls that are answered after the delay. */
enum call {
    CALL_LOOKUP,
    CALL_GETATTR,
    CALL_SETATTR,
    CALL_READLINK,
    CALL_MAKE,
    CALL_REMOVE,
    CALL_RENAME,
    CALL_LINK,
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_FSYNC,
    CALL_READDIR,
    CALL_STATFS,
    CALL_FALLOCATE,
    CALL_COPY,
    CALL_SEEK,
    N_CALLS
};

/* The user data of the session. */
struct server {
    struct nodes *nodes;
    struct timespec delay;
    atomic_ulong n_calls[N_CALLS];
};

struct server *server_of(struct fuse_req *req) __attribute__((nonnull));

/* Open a node as with O_PATH. One that is gone is -1, with which all calls fail. */
int server_open(struct fuse_req *req, uint64_t node) __attribute__((nonnull));

/* The path of what is open, for what does not take a descriptor of O_PATH. */
void server_link(int fd, char out[static SERVER_LINK_SIZE]);

/* The way to the server and back: waits, and counts. */
void server_travel(struct fuse_req *req, enum call call) __attribute__((nonnull));

/* Look up what is called @name in @parent, to tell the kernel of it: 0, or an errno. */
int server_tell(struct fuse_req *req,
                uint64_t parent,
                const char *name,
                struct fuse_entry_param *out) __attribute__((nonnull, warn_unused_result));

/* How long the kernel may keep attributes. */
double server_kept_s(const struct stat *stat) __attribute__((nonnull));

/* Answer what a function of the C library returned: -1 is errno. */
void server_reply_done(struct fuse_req *req, int result) __attribute__((nonnull));
