/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/nfs_null.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/storage/rpc_null.h"

#define VERSION_FIRST 4
#define VERSION_OTHER 3
#define PORT_SIZE     sizeof("65535")

struct nfs_null {
    struct loop *loop;
    int fd;
    nfs_null_done_fn *done;
    void *data;
    uint64_t start_ms;
    unsigned int timeout_ms;
    struct loop_timer timer;
    int failure; /* errno of connect(), to be told in a step; 0: none */
    uint32_t xid;
    uint32_t version;
    uint8_t call[RPC_NULL_CALL_SIZE];
    size_t n_sent;
    uint8_t reply[RPC_NULL_BYTES_MAX];
    size_t n_come;
};

const char *nfs_null_state_name(enum nfs_null_state state)
{
    switch (state) {
    case NFS_NULL_ALIVE:
        return "alive";
    case NFS_NULL_UNREACHABLE:
        return "unreachable";
    case NFS_NULL_SILENT:
        return "silent";
    case NFS_NULL_STRANGE:
        return "strange";
    }
    return "";
}

void nfs_null_cancel(struct nfs_null *question)
{
    if (question == NULL) {
        return;
    }
    if (question->fd >= 0) {
        loop_remove_fd(question->loop, question->fd);
        (void)close(question->fd);
    }
    loop_stop_timer(question->loop, &question->timer);
    free(question);
}

/* Release @question and call back with @result. */
static void end(struct nfs_null *question, struct nfs_null_result *result)
{
    nfs_null_done_fn *done = question->done;
    void *data = question->data;

    result->round_trip_ms = clock_monotonic_ms() - question->start_ms;
    nfs_null_cancel(question);
    done(data, result);
}

static void end_with(struct nfs_null *question, enum nfs_null_state state, const char *reason)
{
    struct nfs_null_result result = {.state = state};

    (void)snprintf(result.reason, sizeof(result.reason), "%s", reason);
    end(question, &result);
}

static void end_silent(struct nfs_null *question, const char *what)
{
    struct nfs_null_result result = {.state = NFS_NULL_SILENT};

    (void)snprintf(result.reason, sizeof(result.reason), "%s within %u ms", what,
                   question->timeout_ms);
    end(question, &result);
}

/* The network told that the connection cannot be made, or is no more: @failure is an errno. */
static void end_failed(struct nfs_null *question, int failure)
{
    struct err text = {0};

    switch (failure) {
    case ECONNREFUSED:
        end_with(question, NFS_NULL_UNREACHABLE, "connection refused");
        return;
    case ECONNRESET:
    case EPIPE:
        end_with(question, NFS_NULL_UNREACHABLE, "it reset the connection");
        return;
    case EHOSTUNREACH:
    case ENETUNREACH:
        end_with(question, NFS_NULL_UNREACHABLE, "there is no route to it");
        return;
    case ETIMEDOUT: /* the kernel's patience, should it end before ours */
        end_silent(question, "no connection");
        return;
    default:
        errno = failure;
        (void)err_set_errno(&text, "no connection");
        end_with(question, NFS_NULL_UNREACHABLE, text.msg);
        return;
    }
}

static void send_call(void *data);
static void read_reply(void *data);

static void await(struct nfs_null *question, bool is_to_send)
{
    loop_remove_fd(question->loop, question->fd);
    if (is_to_send) {
        loop_add_writable_fd(question->loop, question->fd, send_call, question);
    } else {
        loop_add_fd(question->loop, question->fd, read_reply, question);
    }
}

/* The next call over this connection. */
static void prepare_call(struct nfs_null *question, uint32_t version)
{
    question->xid++;
    question->version = version;
    rpc_null_call(question->xid, version, question->call);
    question->n_sent = 0;
    question->n_come = 0;
}

/* It does not serve the version that it was asked for. */
static void try_other(struct nfs_null *question, const struct rpc_null_answer *answer)
{
    struct nfs_null_result result = {.state = NFS_NULL_STRANGE};

    if (question->version == VERSION_FIRST && answer->low <= VERSION_OTHER &&
        answer->high >= VERSION_OTHER) {
        prepare_call(question, VERSION_OTHER);
        await(question, true);
        return;
    }
    (void)snprintf(result.reason, sizeof(result.reason),
                   "it serves NFS %u to %u, and neither %d nor %d", answer->low, answer->high,
                   VERSION_FIRST, VERSION_OTHER);
    end(question, &result);
}

static void judge(struct nfs_null *question)
{
    struct rpc_null_answer answer;
    struct nfs_null_result alive = {.state = NFS_NULL_ALIVE, .version = question->version};

    rpc_null_read(question->reply, question->n_come, question->xid, &answer);
    switch (answer.kind) {
    case RPC_NULL_MORE:
        return;
    case RPC_NULL_SUCCESS:
        end(question, &alive);
        return;
    case RPC_NULL_VERSION:
        try_other(question, &answer);
        return;
    case RPC_NULL_REFUSED:
    case RPC_NULL_GARBAGE:
        end_with(question, NFS_NULL_STRANGE, answer.reason);
        return;
    }
}

/* There is nothing to do now, after all: the loop calls again. */
static bool is_for_later(int failure)
{
    return failure == EAGAIN || failure == EINTR;
}

static void read_reply(void *data)
{
    struct nfs_null *question = data;
    const ssize_t n = recv(question->fd, question->reply + question->n_come,
                           sizeof(question->reply) - question->n_come, 0);

    if (n > 0) {
        question->n_come += (size_t)n;
        judge(question);
    } else if (n == 0) {
        end_with(question, NFS_NULL_UNREACHABLE,
                 question->n_come > 0 ? "it closed the connection within its reply"
                                      : "it closed the connection without a reply");
    } else if (!is_for_later(errno)) {
        end_failed(question, errno);
    }
}

static void send_call(void *data)
{
    struct nfs_null *question = data;
    int failure = 0;
    socklen_t size = sizeof(failure);
    ssize_t n;

    if (getsockopt(question->fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0) {
        failure = errno;
    }
    if (failure != 0) {
        end_failed(question, failure);
        return;
    }
    n = send(question->fd, question->call + question->n_sent,
             sizeof(question->call) - question->n_sent, MSG_NOSIGNAL);
    if (n < 0) {
        if (!is_for_later(errno)) {
            end_failed(question, errno);
        }
        return;
    }
    question->n_sent += (size_t)n;
    if (question->n_sent == sizeof(question->call)) {
        await(question, false);
    }
}

/* The deadline has come, or what start() could not tell is to be told. */
static void ring(void *data)
{
    struct nfs_null *question = data;

    if (question->failure != 0) {
        end_failed(question, question->failure);
    } else if (question->n_sent == 0 && question->version == VERSION_FIRST) {
        end_silent(question, "no connection");
    } else {
        end_silent(question, question->n_come > 0 ? "no whole answer" : "no answer");
    }
}

/* The address of @server. Errors: ERR_INVALID. Owner: the caller, freeaddrinfo(). */
static struct addrinfo *find_address(const struct nfs_null_server *server, struct err *err)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, /* so nobody is asked */
    };
    struct addrinfo *found = NULL;
    char service[PORT_SIZE];

    (void)snprintf(service, sizeof(service), "%u", (unsigned int)server->port);
    if (getaddrinfo(server->address, service, &hints, &found) != 0) {
        (void)err_set(err, ERR_INVALID, "expected an IPv4 or IPv6 address, found '%.100s'",
                      server->address);
        return NULL;
    }
    return found;
}

/* Make the question's socket, and begin to connect it. */
static int begin(struct nfs_null *question, const struct nfs_null_server *server, struct err *err)
{
    struct addrinfo *found = find_address(server, err);

    if (found == NULL) {
        return -1;
    }
    question->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (question->fd < 0) {
        (void)err_set_errno(err, "cannot make a socket");
    } else if (connect(question->fd, found->ai_addr, found->ai_addrlen) < 0 &&
               errno != EINPROGRESS) {
        question->failure = errno;
    }
    freeaddrinfo(found);
    return question->fd >= 0 ? 0 : -1;
}

/* Have the loop wait for the connection, or tell at once that there is none. */
static void enter_loop(struct nfs_null *question)
{
    if (question->failure == 0) {
        loop_add_writable_fd(question->loop, question->fd, send_call, question);
    }
    loop_set_timer(question->loop, &question->timer,
                   question->start_ms + (question->failure == 0 ? question->timeout_ms : 0));
}

struct nfs_null *nfs_null_start(struct loop *loop,
                                const struct nfs_null_server *server,
                                unsigned int timeout_ms,
                                nfs_null_done_fn *done,
                                void *data,
                                struct err *err)
{
    CLEANUP(nfs_null_cancel) struct nfs_null *question = calloc(1, sizeof(*question));

    if (question == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    *question = (struct nfs_null){
        .loop = loop,
        .fd = -1,
        .done = done,
        .data = data,
        .start_ms = clock_monotonic_ms(),
        .timeout_ms = timeout_ms,
        .timer = {.ring = ring, .data = question},
    };
    question->xid = (uint32_t)question->start_ms; /* the first of its connection; any would do */
    prepare_call(question, VERSION_FIRST);
    if (!loop_has_room(loop)) {
        (void)err_set(err, ERR_TOO_BIG, "more than %d descriptors are waited for", LOOP_FDS_MAX);
        return NULL;
    }
    if (begin(question, server, err) < 0) {
        return NULL;
    }
    enter_loop(question);
    return TAKE(question);
}
