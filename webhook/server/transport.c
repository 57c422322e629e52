/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/transport.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

static ssize_t pull(gnutls_transport_ptr_t data, void *bytes, size_t len)
{
    const struct transport *transport = data;
    ssize_t n = recv(transport->fd, bytes, len, 0);

    if (n >= 0) {
        *transport->moved = true;
    }
    if (n > 0) {
        transport->received(transport->data);
    }
    return n;
}

static ssize_t push(gnutls_transport_ptr_t data, const giovec_t *pieces, int n_pieces)
{
    const struct transport *transport = data;
    struct iovec vector[16]; /* GnuTLS has at most 8; what is left over is pushed again */
    struct msghdr message = {.msg_iov = vector};
    ssize_t n;

    for (int i = 0; i < n_pieces && i < 16; i++) {
        vector[message.msg_iovlen++] =
            (struct iovec){.iov_base = pieces[i].iov_base, .iov_len = pieces[i].iov_len};
    }
    n = sendmsg(transport->fd, &message, MSG_NOSIGNAL);
    if (n > 0) {
        *transport->moved = true;
    }
    return n;
}

/* Whether there is something to pull within @timeout_ms. */
static int wait_for_bytes(gnutls_transport_ptr_t data, unsigned int timeout_ms)
{
    const struct transport *transport = data;
    struct pollfd poll_fd = {.fd = transport->fd, .events = POLLIN};

    return poll(&poll_fd, 1, timeout_ms > INT_MAX ? -1 : (int)timeout_ms);
}

void transport_attach(gnutls_session_t tls, struct transport *transport)
{
    gnutls_transport_set_ptr(tls, transport);
    gnutls_transport_set_pull_function(tls, pull);
    gnutls_transport_set_pull_timeout_function(tls, wait_for_bytes);
    gnutls_transport_set_vec_push_function(tls, push);
}
