/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: slowfs DELAY_US SOURCE MOUNTPOINT
 *
 * Show the folder SOURCE at MOUNTPOINT, and answer each call after a delay, as a server does that
 * is half of it away. Ends with SIGTERM, SIGINT, SIGHUP or fusermount3 -u, and prints then how many
 * calls of each kind it answered. Needs root, and a SOURCE of which NFS servers could have handles,
 * which is all in one file system.
 *
 * As NFS by Linux does it:
 * - Calls run side by side: a delay holds up no other one.
 * - The kernel keeps the attributes of a file for 3 seconds (acregmin), names and directories for
 *   30 (acdirmin), and what was read until the file is changed. It gets attributes together with
 *   names (READDIRPLUS).
 * - What was read ahead is read in calls of their own, up to 1 MiB each.
 * - Directories are not opened or closed, and nobody waits for the end of an open file.
 * - Making a name that is new is one call. The kernel asks FUSE beforehand whether it is there;
 * that it is not is answered at once.
 * - There are no extended attributes, as in NFS before 4.2, and that is known without a call.
 * - Holes are told of and copies made on the server, as in NFS 4.2.
 *
 * Unlike it:
 * - To open a file of which nothing is known takes two calls, one for its name; and its attributes
 *   are not renewed by that.
 * - Each write(2) waits for a call of up to 1 MiB; NFS gathers what is written and sends it in the
 *   background, and until the file is closed. So writing is comparable for small files alone.
 * - A call takes the same time whatever its length: the wire is endlessly wide.
 * - Permissions are not looked at: who is not root gets nothing at all.
 * - A file does not become stale, and a server never falls silent.
 */

#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/bench/slowfs/calls.h"
#include "tests/bench/slowfs/server.h"

/* At a time. The kernel's own, for what is read ahead, would be 12. */
#define CALLS_MAX 256

#define DELAY_MAX_US 1000000

static const char *const names_of_calls[N_CALLS] = {
    [CALL_LOOKUP] = "lookup",     [CALL_GETATTR] = "getattr", [CALL_SETATTR] = "setattr",
    [CALL_READLINK] = "readlink", [CALL_MAKE] = "make",       [CALL_REMOVE] = "remove",
    [CALL_RENAME] = "rename",     [CALL_LINK] = "link",       [CALL_OPEN] = "open",
    [CALL_READ] = "read",         [CALL_WRITE] = "write",     [CALL_FSYNC] = "fsync",
    [CALL_READDIR] = "readdir",   [CALL_STATFS] = "statfs",   [CALL_FALLOCATE] = "fallocate",
    [CALL_COPY] = "copy",         [CALL_SEEK] = "seek",
};

static void init(void *data, struct fuse_conn_info *connection)
{
    (void)data;
    connection->max_background = CALLS_MAX;
    connection->congestion_threshold = CALLS_MAX;
}

static int parse_delay(const char *text, struct timespec *out)
{
    char *end;
    const unsigned long us = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || us > DELAY_MAX_US) {
        return -1;
    }
    out->tv_sec = (time_t)(us / 1000000);
    out->tv_nsec = (long)(us % 1000000) * 1000;
    return 0;
}

static void print_counts(struct server *server)
{
    for (int i = 0; i < N_CALLS; i++) {
        const unsigned long n = atomic_load(&server->n_calls[i]);
        if (n > 0) {
            printf("%s %lu\n", names_of_calls[i], n);
        }
    }
}

/* Each call has a thread, all of which stay. */
static int answer(struct fuse_session *session)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    int result;

    if (config == NULL) {
        return -1;
    }
    fuse_loop_cfg_set_max_threads(config, CALLS_MAX);
    fuse_loop_cfg_set_idle_threads(config, CALLS_MAX);
    result = fuse_session_loop_mt(session, config);
    fuse_loop_cfg_destroy(config);
    return result;
}

/* What failed was told. */
static int serve(struct server *server, const char *mountpoint)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    struct fuse_lowlevel_ops calls = {.init = init};
    struct fuse_session *session = NULL;
    int result = -1;

    call_names(&calls);
    call_dirs(&calls);
    call_attributes(&calls);
    call_content(&calls);
    if (fuse_opt_add_arg(&arguments, "slowfs") == 0 &&
        fuse_opt_add_arg(&arguments, "-ofsname=slowfs") == 0) {
        session = fuse_session_new(&arguments, &calls, sizeof(calls), server);
    }
    if (session != NULL && fuse_set_signal_handlers(session) == 0) {
        if (fuse_session_mount(session, mountpoint) == 0) {
            result = answer(session);
            fuse_session_unmount(session);
        }
        fuse_remove_signal_handlers(session);
    }
    if (session != NULL) {
        fuse_session_destroy(session);
    }
    fuse_opt_free_args(&arguments);
    return result;
}

static void clear_p(struct server *server)
{
    nodes_free(server->nodes);
}

int main(int argc, char **argv)
{
    CLEANUP(clear) struct server server = {0};
    CLEANUP(close) int root = -1;

    if (argc != 4 || parse_delay(argv[1], &server.delay) < 0) {
        fprintf(stderr, "usage: slowfs DELAY_US SOURCE MOUNTPOINT, at most %d us\n", DELAY_MAX_US);
        return EXIT_FAILURE;
    }
    root = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    server.nodes = nodes_new(root, FUSE_ROOT_ID);
    if (server.nodes == NULL) {
        fprintf(stderr, "slowfs: out of memory\n");
        return EXIT_FAILURE;
    }
    (void)umask(0);                    /* the kernel has applied the one of who asks */
    (void)prctl(PR_SET_TIMERSLACK, 1); /* a delay is not a twentieth of a millisecond longer */
    if (serve(&server, argv[3]) < 0) {
        return EXIT_FAILURE;
    }
    print_counts(&server);
    return EXIT_SUCCESS;
}
