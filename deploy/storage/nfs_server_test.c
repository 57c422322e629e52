/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/nfs_server_test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deploy/storage/rpc_null.h"
#include "tests/test.h"

#define XID_AT 4

static void send_success(int fd, const uint8_t *call)
{
    uint8_t reply[28] = {0x80, 0, 0, 24, [11] = 1};

    memcpy(reply + XID_AT, call + XID_AT, 4);
    (void)send(fd, reply, sizeof(reply), MSG_NOSIGNAL);
}

static void attend(struct nfs_server *server, int fd)
{
    struct pollfd stop = {.fd = server->stop[0], .events = POLLIN};
    uint8_t call[RPC_NULL_CALL_SIZE];

    if (recv(fd, call, sizeof(call), MSG_WAITALL) != (ssize_t)sizeof(call)) {
        return;
    }
    switch (atomic_load(&server->manner)) {
    case NFS_SERVER_ANSWERS:
        send_success(fd, call);
        (void)recv(fd, call, 1, 0); /* until the client closes it */
        break;
    case NFS_SERVER_HANGS:
        (void)poll(&stop, 1, -1);
        break;
    default:
        break;
    }
}

static void *serve(void *data)
{
    struct nfs_server *server = data;
    int fd;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        atomic_fetch_add(&server->n_connections, 1);
        attend(server, fd);
        (void)close(fd);
    }
    return NULL;
}

void nfs_server_start(struct nfs_server *server)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);

    assert_int_equal(pipe(server->stop), 0);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(server->listener, 8), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&at, &size), 0);
    server->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

void nfs_server_stop(struct nfs_server *server)
{
    (void)close(server->stop[1]);
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    (void)close(server->stop[0]);
}
