/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An NFS server for tests, as far as it is asked whether it lives
 *
 * It serves connections on 127.0.0.1 one after the other, in a thread of its own.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum nfs_server_manner {
    NFS_SERVER_ANSWERS,
    NFS_SERVER_CLOSES, /* without an answer */
    NFS_SERVER_HANGS,  /* until the test ends */
};

struct nfs_server {
    uint16_t port;
    atomic_int manner; /* an enum nfs_server_manner; changed while it serves */
    atomic_uint n_connections;
    int listener;
    int stop[2]; /* a pipe that is closed to end the server */
    pthread_t thread;
};

/* Fill @server, zeroed, which must not move; and end it. */
void nfs_server_start(struct nfs_server *server);
void nfs_server_stop(struct nfs_server *server);
