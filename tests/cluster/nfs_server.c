/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A stand-in for the image registry.k8s.io/sig-storage/nfs-provisioner
 *
 * As far as one can tell who does not mount: it takes any arguments, keeps an identity in /export,
 * listens on the twelve ports of the real one and answers calls to procedure NULL of NFS 3 and 4 by
 * TCP (ONC RPC version 2, RFC 5531). It makes no volumes. SIGTERM and SIGINT end it. SIGUSR1 makes
 * it hang: its ports stay open, and the kernel still takes connections; SIGUSR2 ends that. SIGHUP
 * closes the port of NFS, as when ganesha died below a provisioner that lives on.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDENTITY "/export/nfs-provisioner.identity"

#define NFS_PROGRAM 100003
#define CALL_SIZE   44 /* of procedure NULL with AUTH_NONE, its mark included */
#define REPLY_SIZE  28

#define MAX_CALLERS 64

static const uint16_t ports[] = {2049, 32803, 20048, 875, 111, 662}; /* NFS first */

#define N_PORTS (sizeof(ports) / sizeof(ports[0]))

struct caller {
    uint8_t call[CALL_SIZE];
    size_t len; /* of what has come of it */
};

/* Places in `polled`: signals, listeners, sockets of UDP, callers. Only calls of NFS are read. */
enum { SIGNALS, LISTENERS, UDP = LISTENERS + N_PORTS, CALLERS = UDP + N_PORTS };

struct server {
    struct pollfd polled[CALLERS + MAX_CALLERS];
    struct caller callers[MAX_CALLERS];
    bool is_hanging;
};

static _Noreturn void fail(const char *what)
{
    perror(what);
    _exit(EXIT_FAILURE);
}

static int listen_at(uint16_t port, int type)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        (type == SOCK_STREAM && listen(fd, MAX_CALLERS) < 0)) {
        fail("cannot listen");
    }
    return fd;
}

/* The real one keeps the one that it finds. */
static void keep_identity(void)
{
    const int fd = open(IDENTITY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    unsigned char random[16];

    if (fd < 0) {
        return;
    }
    if (getentropy(random, sizeof(random)) < 0) {
        fail("getentropy");
    }
    for (size_t i = 0; i < sizeof(random); i++) {
        if (dprintf(fd, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", random[i]) <
            0) {
            fail(IDENTITY);
        }
    }
    (void)close(fd);
}

static uint32_t number_at(const struct caller *caller, size_t word)
{
    uint32_t number;

    memcpy(&number, caller->call + 4 * word, sizeof(number));
    return ntohl(number);
}

/* Whether it is a last fragment with a call of RPC 2 to procedure NULL of NFS 3 or 4. */
static bool is_null_call(const struct caller *caller)
{
    const uint32_t version = number_at(caller, 5);

    return number_at(caller, 0) == (0x80000000U | (CALL_SIZE - 4)) && number_at(caller, 2) == 0 &&
           number_at(caller, 3) == 2 && number_at(caller, 4) == NFS_PROGRAM &&
           (version == 3 || version == 4) && number_at(caller, 6) == 0;
}

static bool answer(const struct caller *caller, int fd)
{
    uint32_t reply[REPLY_SIZE / 4] = {
        htonl(0x80000000U | (REPLY_SIZE - 4)),
        htonl(number_at(caller, 1)),
        htonl(1),
    }; /* accepted, with an empty verifier: success */

    return send(fd, reply, sizeof(reply), MSG_NOSIGNAL) == (ssize_t)sizeof(reply);
}

/* False: there is nothing more to do with the caller. */
static bool hear(struct caller *caller, int fd)
{
    const ssize_t len = read(fd, caller->call + caller->len, CALL_SIZE - caller->len);

    if (len <= 0) {
        return false;
    }
    caller->len += (size_t)len;
    if (caller->len < CALL_SIZE) {
        return true;
    }
    caller->len = 0;
    return is_null_call(caller) && answer(caller, fd);
}

static void drop(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* Who finds no place is let go. Probes of the kubelet only connect. */
static void take_caller(struct server *server, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    for (size_t i = 0; i < MAX_CALLERS && fd >= 0; i++) {
        struct pollfd *place = &server->polled[CALLERS + i];
        if (place->fd < 0) {
            *place = (struct pollfd){.fd = fd, .events = POLLIN};
            server->callers[i].len = 0;
            return;
        }
    }
    drop(&fd);
}

static void swallow(int fd)
{
    char byte;

    (void)recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
}

static void mind_signal(struct server *server)
{
    struct signalfd_siginfo info;

    if (read(server->polled[SIGNALS].fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return;
    }
    printf("signal %u\n", info.ssi_signo);
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
        _exit(EXIT_SUCCESS);
    }
    if (info.ssi_signo == SIGHUP) {
        drop(&server->polled[LISTENERS].fd);
        return;
    }
    server->is_hanging = info.ssi_signo == SIGUSR1;
}

static void serve(struct server *server)
{
    /* One that hangs looks at signals alone. */
    if (poll(server->polled, server->is_hanging ? LISTENERS : CALLERS + MAX_CALLERS, -1) < 0) {
        fail("poll");
    }
    if (server->polled[SIGNALS].revents != 0) {
        mind_signal(server);
        return;
    }
    for (size_t i = LISTENERS; i < CALLERS + MAX_CALLERS && !server->is_hanging; i++) {
        struct pollfd *place = &server->polled[i];
        if (place->fd < 0 || place->revents == 0) {
            continue;
        }
        if (i < UDP) {
            take_caller(server, place->fd);
        } else if (i < CALLERS) {
            swallow(place->fd);
        } else if (!hear(&server->callers[i - CALLERS], place->fd)) {
            drop(&place->fd);
        }
    }
}

static int hold_signals(void)
{
    static const int held[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
        (void)sigaddset(&set, held[i]);
    }
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        fail("pthread_sigmask");
    }
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    static struct server server;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < argc; i++) {
        printf("%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
    }
    keep_identity();
    for (size_t i = 0; i < MAX_CALLERS; i++) {
        server.polled[CALLERS + i].fd = -1;
    }
    server.polled[SIGNALS] = (struct pollfd){.fd = hold_signals(), .events = POLLIN};
    for (size_t i = 0; i < N_PORTS; i++) {
        server.polled[LISTENERS + i] =
            (struct pollfd){.fd = listen_at(ports[i], SOCK_STREAM), .events = POLLIN};
        server.polled[UDP + i] =
            (struct pollfd){.fd = listen_at(ports[i], SOCK_DGRAM), .events = POLLIN};
    }
    for (;;) {
        serve(&server);
    }
}
