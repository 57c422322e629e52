/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Addresses to listen on: "127.0.0.1:8443", "[::1]:8443", ":8443"
 *
 * A host is a numeric IPv4 or IPv6 address, never a name: a server that waits for DNS does not
 * start when the cluster is in trouble. No host means all addresses of both families, or those of
 * IPv4 where the node has no IPv6. Port 0 has the system choose.
 */

#include <sys/socket.h>

#include "base/err.h"

/* "[0123:4567:89ab:cdef:0123:4567:192.168.255.255]:65535" and more */
#define ADDRESS_TEXT_SIZE 64

/*
 * A non-blocking socket that listens on @text; *@fd_out is the caller's to close. @out gets the
 * address with the port that it really is.
 *
 * Errors: ERR_INVALID for what is no address; ERR_IO naming it, where the system refuses.
 */
int address_listen(const char *text,
                   int *fd_out,
                   char out[static ADDRESS_TEXT_SIZE],
                   struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * A non-blocking socket that is being connected to a server of this machine that listens on
 * @text, through loopback where it listens on all addresses.
 */
int address_connect(const char *text, int *fd_out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
