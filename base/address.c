/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The kernel bounds it by net.core.somaxconn. After a stall hundreds connect at once. */
#define BACKLOG 4096

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t len;
    bool is_everywhere; /* no host was named */
};

static int refuse(const char *text, struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "'%.100s' is no address to listen on; expected '127.0.0.1:8443', '[::1]:8443' "
                   "or ':8443'",
                   text);
}

/* Read a port, which ends the text. */
static bool parse_port(const char *text, in_port_t *out)
{
    unsigned int port = 0;
    size_t len = strlen(text);

    if (len == 0 || len > 5) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        port = port * 10 + (unsigned int)(*text - '0');
    }
    *out = htons((in_port_t)port);
    return port <= 65535;
}

static void set_v4(struct address *address, in_port_t port)
{
    address->socket.v4.sin_family = AF_INET;
    address->socket.v4.sin_port = port;
    address->len = sizeof(address->socket.v4);
}

static void set_v6(struct address *address, in_port_t port)
{
    address->socket.v6.sin6_family = AF_INET6;
    address->socket.v6.sin6_port = port;
    address->len = sizeof(address->socket.v6);
}

/* Read a numeric host: IPv6 in brackets, IPv4 without, or nothing. */
static bool parse_host(const char *text, size_t len, in_port_t port, struct address *out)
{
    char host[INET6_ADDRSTRLEN];

    if (len == 0) {
        out->is_everywhere = true;
        set_v6(out, port);
        return true;
    }
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
        set_v6(out, port);
    } else {
        set_v4(out, port);
    }
    if (len >= sizeof(host)) {
        return false;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    return out->socket.any.sa_family == AF_INET6
               ? inet_pton(AF_INET6, host, &out->socket.v6.sin6_addr) == 1
               : inet_pton(AF_INET, host, &out->socket.v4.sin_addr) == 1;
}

static int parse(const char *text, struct address *out, struct err *err)
{
    const char *colon = strrchr(text, ':');
    in_port_t port = 0;

    *out = (struct address){.len = 0};
    if (colon == NULL || !parse_port(colon + 1, &port) ||
        !parse_host(text, (size_t)(colon - text), port, out)) {
        return refuse(text, err);
    }
    return 0;
}

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Bind to @address, "" where it is all of them. Returns -1 with errno. */
static int bind_and_listen(int fd, const struct address *address)
{
    bool is_v6 = address->socket.any.sa_family == AF_INET6;

    if (set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0 ||
        (is_v6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !address->is_everywhere) < 0) ||
        bind(fd, &address->socket.any, address->len) < 0) {
        return -1;
    }
    return listen(fd, BACKLOG);
}

/* The same place for IPv4 alone: a node may have no IPv6 at all. */
static struct address everywhere_v4(const struct address *address)
{
    struct address v4 = {.is_everywhere = true};

    set_v4(&v4, address->socket.v6.sin6_port);
    return v4;
}

/* A listening socket, or -1 with errno. */
static int try_listen(const struct address *address)
{
    int fd = open_socket(address->socket.any.sa_family);

    if (fd >= 0 && bind_and_listen(fd, address) < 0) {
        int saved_errno = errno;
        (void)close(fd);
        errno = saved_errno;
        return -1;
    }
    return fd;
}

/* Write the address that @fd is bound to. */
static int describe(int fd, char out[static ADDRESS_TEXT_SIZE], struct err *err)
{
    struct address bound = {.len = sizeof(bound.socket)};
    char host[INET6_ADDRSTRLEN] = "";

    if (getsockname(fd, &bound.socket.any, &bound.len) < 0) {
        return err_set_errno(err, "getsockname");
    }
    if (bound.socket.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &bound.socket.v6.sin6_addr, host, sizeof(host));
        (void)snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%d", host, ntohs(bound.socket.v6.sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &bound.socket.v4.sin_addr, host, sizeof(host));
        (void)snprintf(out, ADDRESS_TEXT_SIZE, "%s:%d", host, ntohs(bound.socket.v4.sin_port));
    }
    return 0;
}

int address_listen(const char *text,
                   int *fd_out,
                   char out[static ADDRESS_TEXT_SIZE],
                   struct err *err)
{
    struct address address;
    int fd;

    if (parse(text, &address, err) < 0) {
        return -1;
    }
    fd = try_listen(&address);
    if (fd < 0 && address.is_everywhere && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        address = everywhere_v4(&address);
        fd = try_listen(&address);
    }
    if (fd < 0) {
        return err_set_errno(err, "cannot listen on '%s'", text);
    }
    if (describe(fd, out, err) < 0) {
        (void)close(fd);
        return -1;
    }
    *fd_out = fd;
    return 0;
}

/* Loopback reaches a server that listens on all addresses. */
static void choose_loopback(struct address *address)
{
    if (address->socket.any.sa_family == AF_INET6 &&
        IN6_IS_ADDR_UNSPECIFIED(&address->socket.v6.sin6_addr)) {
        address->socket.v6.sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
    } else if (address->socket.any.sa_family == AF_INET &&
               address->socket.v4.sin_addr.s_addr == htonl(INADDR_ANY)) {
        address->socket.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
}

int address_connect(const char *text, int *fd_out, struct err *err)
{
    struct address address;
    int fd;

    if (parse(text, &address, err) < 0) {
        return -1;
    }
    choose_loopback(&address);
    fd = open_socket(address.socket.any.sa_family);
    if (fd < 0) {
        return err_set_errno(err, "cannot connect to '%s'", text);
    }
    /* The last message of a handshake and the request behind it are small: the second must not wait
     * until the first is acknowledged. */
    (void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (connect(fd, &address.socket.any, address.len) < 0 && errno != EINPROGRESS) {
        err_set_errno(err, "cannot connect to '%s'", text);
        (void)close(fd);
        return -1;
    }
    *fd_out = fd;
    return 0;
}
