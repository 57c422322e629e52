/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/slowfs/server.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>

#include "base/cleanup.h"

struct server *server_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

int server_open(fuse_req_t req, fuse_ino_t node)
{
    return nodes_open(server_of(req)->nodes, node);
}

void server_link(int fd, char out[static SERVER_LINK_SIZE])
{
    (void)snprintf(out, SERVER_LINK_SIZE, "/proc/self/fd/%d", fd);
}

void server_travel(fuse_req_t req, enum call call)
{
    struct server *server = server_of(req);
    struct timespec until = {0};

    atomic_fetch_add(&server->n_calls[call], 1);
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += server->delay.tv_sec;
    until.tv_nsec += server->delay.tv_nsec;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

int server_tell(fuse_req_t req, fuse_ino_t parent, const char *name, struct fuse_entry_param *out)
{
    CLEANUP(close) const int dir = server_open(req, parent);
    CLEANUP(close) const int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    *out = (struct fuse_entry_param){.entry_timeout = SERVER_DIR_KEPT_S};
    if (fd < 0 || fstat(fd, &out->attr) < 0) {
        return errno;
    }
    out->ino = nodes_tell(server_of(req)->nodes, fd, &out->attr, &out->generation);
    out->attr_timeout = server_kept_s(&out->attr);
    return out->ino != 0 ? 0 : errno;
}

double server_kept_s(const struct stat *stat)
{
    return S_ISDIR(stat->st_mode) ? SERVER_DIR_KEPT_S : SERVER_FILE_KEPT_S;
}

void server_reply_done(fuse_req_t req, int result)
{
    (void)fuse_reply_err(req, result < 0 ? errno : 0);
}
