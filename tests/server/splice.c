/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/splice.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct splice *splice_new(int client_fd, int server_fd)
{
    struct splice *splice = calloc(1, sizeof(*splice));

    if (splice == NULL) {
        (void)close(client_fd);
        (void)close(server_fd);
        return NULL;
    }
    splice->fds[SPLICE_CLIENT] = client_fd;
    splice->fds[SPLICE_SERVER] = server_fd;
    return splice;
}

void splice_free(struct splice *splice)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (splice == NULL) {
        return;
    }
    for (int side = 0; side < SPLICE_SIDES; side++) {
        if (splice->broken) {
            (void)setsockopt(splice->fds[side], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        }
        (void)close(splice->fds[side]);
    }
    free(splice);
}

static bool has_room(const struct splice_lane *lane)
{
    return !lane->ended && lane->end < SPLICE_LANE_BYTES;
}

static bool has_bytes(const struct splice_lane *lane)
{
    return lane->begin < lane->end;
}

short splice_wants(const struct splice *splice, int side)
{
    const struct splice_lane *in = &splice->from[side];
    const struct splice_lane *out = &splice->from[SPLICE_SIDES - 1 - side];

    return (short)((has_room(in) ? POLLIN : 0) | (has_bytes(out) ? POLLOUT : 0));
}

/* Whether the last call has only to be made again later. */
static bool must_wait(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void take(struct splice *splice, struct splice_lane *lane, int fd)
{
    ssize_t n;

    if (!has_room(lane)) {
        return;
    }
    n = recv(fd, lane->bytes + lane->end, SPLICE_LANE_BYTES - lane->end, MSG_DONTWAIT);
    if (n > 0) {
        lane->end += (size_t)n;
    } else if (n == 0) {
        lane->ended = true;
    } else if (!must_wait()) {
        splice->broken = true;
    }
}

static void give(struct splice *splice, struct splice_lane *lane, int fd)
{
    ssize_t n;

    if (has_bytes(lane)) {
        n = send(fd, lane->bytes + lane->begin, lane->end - lane->begin,
                 MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            lane->begin += (size_t)n;
        } else if (!must_wait()) {
            splice->broken = true;
        }
    }
    if (!has_bytes(lane)) {
        lane->begin = 0;
        lane->end = 0;
        if (lane->ended && !lane->shut) {
            (void)shutdown(fd, SHUT_WR);
            lane->shut = true;
        }
    }
}

void splice_move(struct splice *splice)
{
    for (int side = 0; side < SPLICE_SIDES && !splice->broken; side++) {
        struct splice_lane *lane = &splice->from[side];
        take(splice, lane, splice->fds[side]);
        give(splice, lane, splice->fds[SPLICE_SIDES - 1 - side]);
    }
}

bool splice_is_over(const struct splice *splice)
{
    return splice->broken || (splice->from[SPLICE_CLIENT].shut && splice->from[SPLICE_SERVER].shut);
}
