/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Addresses of the loopback interface
 *
 * The tools talk to servers on this machine: an address is "127.0.0.1:8443" or "[::1]:8443", as the
 * server logs it. There are no names to resolve and nothing to wait for but a full backlog.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define LOOPBACK_SIZE 64

/* What loopback_connect() does beside connecting; zeroed: nothing. */
struct loopback_options {
    int receive_buffer;      /* bytes of SO_RCVBUF, which the kernel doubles; 0: its default */
    unsigned int timeout_ms; /* for the connection to stand */
};

/*
 * A connection to @address: a descriptor that does not block, with TCP_NODELAY.
 *
 * Errors: ERR_INVALID for a text that is no address; ERR_NOT_FOUND when nobody listens there;
 * ERR_IO, also when the connection does not stand in time. Owner: the caller, close().
 */
int loopback_connect(const char *address, const struct loopback_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Listen on a free port of 127.0.0.1 and write its address to @out. The descriptor does not block.
 * Errors: ERR_IO. Owner: the caller, close().
 */
int loopback_listen(char out[static LOOPBACK_SIZE], struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Listen at @address, which loopback_listen() once gave and nobody has now. The same. */
int loopback_listen_again(const char *address, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The other end of a connection, as long as its process has it open. */
struct loopback_peer {
    bool is_open;
    size_t n_unread; /* bytes that we sent and that it has not read, wherever they are */
};

/*
 * Look at the peer of the connected socket @fd, a process of this machine: the kernel's list of
 * connections tells what a socket with unread bytes cannot. IPv4. A peer that cannot be found, as
 * without /proc, has closed.
 */
struct loopback_peer loopback_look(int fd);
