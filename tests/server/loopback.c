/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define BACKLOG 1024

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Read "HOST:PORT" and return the length of the socket address, or 0. */
static socklen_t parse(const char *text, union any_address *out)
{
    char host[LOOPBACK_SIZE];
    unsigned int port;
    int end = 0;

    memset(out, 0, sizeof(*out));
    if (strlen(text) >= sizeof(host)) {
        return 0;
    }
    /* NOLINTBEGIN(cert-err34-c): %5u cannot overflow, and the port is checked below */
    if (sscanf(text, "[%[0-9a-f:]]:%5u%n", host, &port, &end) == 2) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
    } else if (sscanf(text, "%[0-9.]:%5u%n", host, &port, &end) == 2) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
    }
    /* NOLINTEND(cert-err34-c) */
    if (end == 0 || text[end] != '\0' || port == 0 || port > UINT16_MAX) {
        return 0;
    }
    if (out->any.sa_family == AF_INET6) {
        return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1 ? sizeof(out->v6) : 0;
    }
    return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1 ? sizeof(out->v4) : 0;
}

/* Hand a descriptor on, as TAKE() does a pointer. */
static int take(int *fd)
{
    const int taken = *fd;

    *fd = -1;
    return taken;
}

/* Wait until the connection stands; returns 0 or an errno. */
static int finish_connect(int fd, unsigned int timeout_ms)
{
    const uint64_t until_ms = clock_monotonic_ms() + timeout_ms;
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    socklen_t len = sizeof(int);
    int status = 0;
    int n;

    do {
        const uint64_t now_ms = clock_monotonic_ms();
        n = poll(&poller, 1, now_ms < until_ms ? (int)(until_ms - now_ms) : 0);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        return ETIMEDOUT;
    }
    if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &status, &len) < 0) {
        return errno;
    }
    return status;
}

/* Connect @fd; returns 0 or an errno. */
static int connect_to(int fd,
                      const union any_address *peer,
                      socklen_t len,
                      const struct loopback_options *options)
{
    const int on = 1;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0) {
        return errno;
    }
    if (options->receive_buffer > 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options->receive_buffer, sizeof(int)) < 0) {
        return errno;
    }
    if (connect(fd, &peer->any, len) == 0) {
        return 0;
    }
    return errno == EINPROGRESS ? finish_connect(fd, options->timeout_ms) : errno;
}

int loopback_connect(const char *address, const struct loopback_options *options, struct err *err)
{
    union any_address peer;
    const socklen_t len = parse(address, &peer);
    CLEANUP(close) int fd = -1;
    int status;

    if (len == 0) {
        return err_set(err, ERR_INVALID, "expected an address like 127.0.0.1:8443, found '%s'",
                       address);
    }
    fd = socket(peer.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_set_errno(err, "cannot make a socket");
    }
    status = connect_to(fd, &peer, len, options);
    if (status == ECONNREFUSED) {
        return err_set(err, ERR_NOT_FOUND, "nobody listens at '%s'", address);
    }
    if (status != 0) {
        errno = status;
        return err_set_errno(err, "cannot connect to '%s'", address);
    }
    return take(&fd);
}

int loopback_listen(char out[static LOOPBACK_SIZE], struct err *err)
{
    union any_address self = {
        .v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    CLEANUP(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(self.v4);

    if (fd < 0 || bind(fd, &self.any, len) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, &self.any, &len) < 0) {
        return err_set_errno(err, "cannot listen on 127.0.0.1");
    }
    (void)snprintf(out, LOOPBACK_SIZE, "127.0.0.1:%u", ntohs(self.v4.sin_port));
    return take(&fd);
}

int loopback_listen_again(const char *address, struct err *err)
{
    union any_address self;
    const socklen_t len = parse(address, &self);
    CLEANUP(close) int fd = -1;
    const int on = 1; /* connections of before may still be on their way out */

    if (len == 0) {
        return err_set(err, ERR_INVALID, "expected an address like 127.0.0.1:8443, found '%s'",
                       address);
    }
    fd = socket(self.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, &self.any, len) < 0 || listen(fd, BACKLOG) < 0) {
        return err_set_errno(err, "cannot listen at '%s'", address);
    }
    return take(&fd);
}

/* The states of /proc/net/tcp in which an end is not closed by its owner, of linux/tcp_states.h. */
#define STATE_ESTABLISHED 1
#define STATE_CLOSE_WAIT  8

/* Read what stands in @line, behind the addresses: "01 TX_QUEUE:RX_QUEUE", in hex. */
static struct loopback_peer parse_peer(const char *line)
{
    char *end;
    const unsigned long state = strtoul(line, &end, 16);
    const char *colon = strchr(end, ':');

    return (struct loopback_peer){
        .is_open = state == STATE_ESTABLISHED || state == STATE_CLOSE_WAIT,
        .n_unread = colon != NULL ? strtoul(colon + 1, NULL, 16) : 0,
    };
}

struct loopback_peer loopback_look(int fd)
{
    CLEANUP(fclose) FILE *list = fopen("/proc/net/tcp", "re");
    struct loopback_peer found = {0};
    struct sockaddr_in self = {0};
    struct sockaddr_in peer = {0};
    socklen_t len = sizeof(self);
    char line[256];
    char wanted[64];
    int n_queued = 0;
    const char *at = NULL;

    if (list == NULL || getsockname(fd, (struct sockaddr *)&self, &len) < 0 ||
        getpeername(fd, (struct sockaddr *)&peer, &len) < 0) {
        return found; /* ENOTCONN: it was reset */
    }
    (void)snprintf(wanted, sizeof(wanted), ": %08X:%04X %08X:%04X ", peer.sin_addr.s_addr,
                   ntohs(peer.sin_port), self.sin_addr.s_addr, ntohs(self.sin_port));
    while (at == NULL && fgets(line, sizeof(line), list) != NULL) {
        at = strstr(line, wanted);
    }
    if (at != NULL) {
        found = parse_peer(at + strlen(wanted));
    }
    if (ioctl(fd, SIOCOUTQ, &n_queued) == 0) {
        found.n_unread += (size_t)n_queued;
    }
    return found;
}
