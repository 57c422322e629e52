/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two connections made one
 *
 * What arrives on either side goes out on the other, until both sides have said their last. The
 * caller polls: it asks what a side waits for, and calls when that has come. Nothing here waits.
 */

#include <stdbool.h>
#include <stddef.h>

#define SPLICE_LANE_BYTES ((size_t)16 * 1024)

/* One direction. */
struct splice_lane {
    size_t begin; /* bytes that are not handed on yet: from here */
    size_t end;
    bool ended; /* the giver has closed its half */
    bool shut;  /* and that is handed on, too */
    char bytes[SPLICE_LANE_BYTES];
};

enum { SPLICE_CLIENT, SPLICE_SERVER, SPLICE_SIDES };

struct splice {
    int fds[SPLICE_SIDES];
    struct splice_lane from[SPLICE_SIDES]; /* what this side gave */
    bool broken;                           /* a side was reset */
};

/* Join two connected descriptors, which do not block and which it owns. NULL, and both are closed,
 * when there is no memory. */
struct splice *splice_new(int client_fd, int server_fd) __attribute__((warn_unused_result));

/* Close both; with a reset where one side was reset. Accepts NULL. */
void splice_free(struct splice *splice);

/* What poll() is to wait for on @side; 0: nothing, and its descriptor is not to be polled. */
short splice_wants(const struct splice *splice, int side) __attribute__((nonnull));

/* Move what can be moved. */
void splice_move(struct splice *splice) __attribute__((nonnull));

/* Whether there is nothing left to do. */
bool splice_is_over(const struct splice *splice) __attribute__((nonnull));
