/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/nfs_null.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/storage/rpc_null.h"
#include "tests/test.h"

#define CALL        RPC_NULL_CALL_SIZE
#define XID_AT      4
#define VERSION_AT  20
#define PATIENCE_MS 5000

static const uint8_t success[] = {0x80, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
                                  0,    0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

enum manner {
    ANSWER,
    ANSWER_BYTE_BY_BYTE,
    ANSWER_ONLY_3,
    ANSWER_ONLY_2,
    HANG,
    HANG_WITHIN_REPLY,
    CLOSE,
    CLOSE_WITHIN_REPLY,
    RESET,
    TALK_OTHERWISE,
    TALK_WITHOUT_END,
};

struct bench {
    struct loop *loop;
    enum manner manner;
    int listener;
    uint16_t port;
    int stop[2]; /* a pipe that is closed to end the server */
    pthread_t thread;
    bool is_serving;
    uint32_t versions[2]; /* that were asked for */
    size_t n_calls;
    unsigned int n_done;
    struct nfs_null_result result;
};

static void put(uint8_t *at, uint32_t word)
{
    const uint32_t sent = htonl(word);

    memcpy(at, &sent, sizeof(sent));
}

/* PROG_MISMATCH with a range of one version. */
static void send_mismatch(int fd, const uint8_t *call, uint32_t version)
{
    uint8_t reply[36] = {0};

    memcpy(reply, success, sizeof(success));
    memcpy(reply + 4, call + XID_AT, 4);
    put(reply, 0x80000000U | (sizeof(reply) - 4));
    put(reply + 24, 2);
    put(reply + 28, version);
    put(reply + 32, version);
    (void)send(fd, reply, sizeof(reply), MSG_NOSIGNAL);
}

static void send_success(int fd, const uint8_t *call, size_t len, size_t step)
{
    uint8_t reply[sizeof(success)];

    memcpy(reply, success, sizeof(success));
    memcpy(reply + 4, call + XID_AT, 4);
    for (size_t at = 0; at < len; at += step) {
        (void)send(fd, reply + at, len - at < step ? len - at : step, MSG_NOSIGNAL);
        if (step < len) {
            (void)poll(NULL, 0, 1);
        }
    }
}

static void talk_without_end(int fd)
{
    static const uint8_t zeros[64];

    while (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) > 0) {
    }
}

static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void await_stop(const struct bench *bench)
{
    struct pollfd stop = {.fd = bench->stop[0], .events = POLLIN};

    (void)poll(&stop, 1, -1);
}

/* Answer one call. Whether the connection stays. */
static bool answer(struct bench *bench, int fd, const uint8_t *call)
{
    uint32_t version;

    memcpy(&version, call + VERSION_AT, sizeof(version));
    version = ntohl(version);
    bench->versions[bench->n_calls++ % 2] = version;
    switch (bench->manner) {
    case ANSWER_ONLY_3:
    case ANSWER_ONLY_2:
        if (bench->manner == ANSWER_ONLY_2 || version != 3) {
            send_mismatch(fd, call, bench->manner == ANSWER_ONLY_2 ? 2 : 3);
            return true;
        }
        send_success(fd, call, sizeof(success), sizeof(success));
        return true;
    case ANSWER:
        send_success(fd, call, sizeof(success), sizeof(success));
        return true;
    case ANSWER_BYTE_BY_BYTE:
        send_success(fd, call, sizeof(success), 1);
        return true;
    case HANG_WITHIN_REPLY:
        send_success(fd, call, 10, 10);
        await_stop(bench);
        return false;
    case CLOSE_WITHIN_REPLY:
        send_success(fd, call, 10, 10);
        return false;
    case TALK_OTHERWISE:
        (void)send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
        await_stop(bench);
        return false;
    case TALK_WITHOUT_END:
        talk_without_end(fd);
        return false;
    case RESET:
        reset(fd);
        return false;
    case HANG:
        await_stop(bench);
        return false;
    case CLOSE:
        return false;
    }
    return false;
}

/* Serve one connection until the client closes it. */
static void *serve(void *data)
{
    struct bench *bench = data;
    const int fd = accept(bench->listener, NULL, NULL);
    uint8_t call[CALL];

    while (fd >= 0 && recv(fd, call, sizeof(call), MSG_WAITALL) == (ssize_t)sizeof(call) &&
           answer(bench, fd, call)) {
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return NULL;
}

static int listen_at(struct bench *bench, int family)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    struct sockaddr *at = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    socklen_t size = family == AF_INET ? sizeof(v4) : sizeof(v6);

    bench->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bench->listener < 0 || bind(bench->listener, at, size) < 0 ||
        listen(bench->listener, 1) < 0 || getsockname(bench->listener, at, &size) < 0) {
        return -1;
    }
    bench->port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
    return 0;
}

static void begin_to_serve(struct bench *bench, enum manner manner)
{
    bench->manner = manner;
    assert_int_equal(listen_at(bench, AF_INET), 0);
    assert_int_equal(pthread_create(&bench->thread, NULL, serve, bench), 0);
    bench->is_serving = true;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct err err = {0};

    assert_non_null(bench);
    bench->listener = -1;
    bench->loop = loop_new(&err);
    *state = bench;
    return bench->loop != NULL ? pipe(bench->stop) : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    (void)close(bench->stop[1]);
    if (bench->listener >= 0) {
        (void)shutdown(bench->listener, SHUT_RDWR);
    }
    if (bench->is_serving) {
        (void)pthread_join(bench->thread, NULL);
    }
    if (bench->listener >= 0) {
        (void)close(bench->listener);
    }
    (void)close(bench->stop[0]);
    loop_free(bench->loop);
    free(bench);
    return 0;
}

static void note(void *data, const struct nfs_null_result *result)
{
    struct bench *bench = data;

    bench->n_done++;
    bench->result = *result;
}

static void run_until_done(struct bench *bench)
{
    while (bench->n_done == 0) {
        loop_step(bench->loop, 1000);
    }
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_done, 1);
}

static struct nfs_null *start(struct bench *bench,
                              const char *address,
                              unsigned int timeout_ms,
                              nfs_null_done_fn *done,
                              struct err *err)
{
    const struct nfs_null_server server = {.address = address, .port = bench->port};

    return nfs_null_start(bench->loop, &server, timeout_ms, done, bench, err);
}

static void ask(struct bench *bench, const char *address, unsigned int timeout_ms)
{
    struct err err = {0};
    const struct nfs_null *question = start(bench, address, timeout_ms, note, &err);

    assert_non_null(question);
    assert_int_equal(bench->n_done, 0); /* never from within */
    run_until_done(bench);
}

static void a_server_that_answers_is_alive(void **state)
{
    struct bench *bench = *state;

    begin_to_serve(bench, ANSWER);
    ask(bench, "127.0.0.1", PATIENCE_MS);
    assert_int_equal(bench->result.state, NFS_NULL_ALIVE);
    assert_int_equal(bench->result.version, 4);
    assert_string_equal(bench->result.reason, "");
    assert_true(bench->result.round_trip_ms < PATIENCE_MS);
    assert_int_equal(bench->versions[0], 4);
}

static void a_server_of_ipv6_is_asked_too(void **state)
{
    struct bench *bench = *state;

    if (listen_at(bench, AF_INET6) < 0) {
        print_message("# there is no IPv6 here\n");
        return;
    }
    assert_int_equal(pthread_create(&bench->thread, NULL, serve, bench), 0);
    bench->is_serving = true;
    ask(bench, "::1", PATIENCE_MS);
    assert_int_equal(bench->result.state, NFS_NULL_ALIVE);
}

static void a_server_of_version_3_is_asked_for_that(void **state)
{
    struct bench *bench = *state;

    begin_to_serve(bench, ANSWER_ONLY_3);
    ask(bench, "127.0.0.1", PATIENCE_MS);
    assert_int_equal(bench->result.state, NFS_NULL_ALIVE);
    assert_int_equal(bench->result.version, 3);
    assert_int_equal(bench->versions[0], 4);
    assert_int_equal(bench->versions[1], 3);
}

static const struct row {
    enum manner manner;
    unsigned int timeout_ms;
    enum nfs_null_state state;
    const char *reason;
} rows[] = {
    {ANSWER_BYTE_BY_BYTE, PATIENCE_MS, NFS_NULL_ALIVE, ""},
    {ANSWER_ONLY_2, PATIENCE_MS, NFS_NULL_STRANGE, "it serves NFS 2 to 2, and neither 4 nor 3"},
    {HANG, 100, NFS_NULL_SILENT, "no answer within 100 ms"},
    {HANG_WITHIN_REPLY, 200, NFS_NULL_SILENT, "no whole answer within 200 ms"},
    {CLOSE, PATIENCE_MS, NFS_NULL_UNREACHABLE, "it closed the connection without a reply"},
    {CLOSE_WITHIN_REPLY, PATIENCE_MS, NFS_NULL_UNREACHABLE,
     "it closed the connection within its reply"},
    {RESET, PATIENCE_MS, NFS_NULL_UNREACHABLE, "it reset the connection"},
    {TALK_OTHERWISE, PATIENCE_MS, NFS_NULL_STRANGE,
     "it answers, but with more than a reply of RPC can have"},
    {TALK_WITHOUT_END, PATIENCE_MS, NFS_NULL_STRANGE,
     "it answers, but with more than a reply of RPC can have"},
};

static void what_a_server_does_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *own = NULL;
        struct bench *bench;
        assert_int_equal(set_up(&own), 0);
        bench = own;
        begin_to_serve(bench, rows[i].manner);
        ask(bench, "127.0.0.1", rows[i].timeout_ms);
        if (bench->result.state != rows[i].state ||
            strcmp(bench->result.reason, rows[i].reason) != 0) {
            fail_msg("row %zu: it is %s: '%s'", i, nfs_null_state_name(bench->result.state),
                     bench->result.reason);
        }
        (void)tear_down(&own);
    }
}

/* The kernel connects for a program that does not accept. */
static void a_server_that_does_not_accept_is_silent(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(listen_at(bench, AF_INET), 0);
    ask(bench, "127.0.0.1", 100);
    assert_int_equal(bench->result.state, NFS_NULL_SILENT);
    assert_string_equal(bench->result.reason, "no answer within 100 ms");
    assert_in_range(bench->result.round_trip_ms, 100, PATIENCE_MS);
}

/* Where nothing comes back, as behind a NetworkPolicy: a queue that is full drops what else comes.
 */
static void what_is_dropped_on_its_way_is_told(void **state)
{
    struct bench *bench = *state;
    int fillers[4];

    assert_int_equal(listen_at(bench, AF_INET), 0);
    assert_int_equal(listen(bench->listener, 0), 0);
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        const struct sockaddr_in at = {.sin_family = AF_INET,
                                       .sin_port = htons(bench->port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (const struct sockaddr *)&at, sizeof(at));
    }
    ask(bench, "127.0.0.1", 200);
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        (void)close(fillers[i]);
    }
    assert_int_equal(bench->result.state, NFS_NULL_SILENT);
    assert_string_equal(bench->result.reason, "no connection within 200 ms");
}

static void where_nobody_listens_the_connection_is_refused(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(listen_at(bench, AF_INET), 0);
    (void)close(bench->listener);
    bench->listener = -1;
    ask(bench, "127.0.0.1", PATIENCE_MS);
    assert_int_equal(bench->result.state, NFS_NULL_UNREACHABLE);
    assert_string_equal(bench->result.reason, "connection refused");
}

/* TCP has no broadcast: connect() says so at once. */
static void what_fails_at_once_is_told_later(void **state)
{
    struct bench *bench = *state;

    bench->port = 2049;
    ask(bench, "255.255.255.255", PATIENCE_MS);
    assert_int_equal(bench->result.state, NFS_NULL_UNREACHABLE);
    assert_string_not_equal(bench->result.reason, "");
    assert_true(bench->result.round_trip_ms < PATIENCE_MS);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const names[] = {"", "localhost", "nfs.example.com", "1.2.3.4.5", "::g"};
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct err err = {0};
        assert_null(start(bench, names[i], 100, note, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
    assert_true(loop_has_room(bench->loop));
    assert_int_equal(bench->n_done, 0);
}

static void a_question_that_is_cancelled_does_not_call_back(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    struct nfs_null *question;

    begin_to_serve(bench, ANSWER);
    question = start(bench, "127.0.0.1", 50, note, &err);
    assert_non_null(question);
    nfs_null_cancel(question);
    nfs_null_cancel(NULL);
    for (unsigned int i = 0; i < 4; i++) {
        loop_step(bench->loop, 30);
    }
    assert_int_equal(bench->n_done, 0);
}

static void a_full_loop_takes_no_more_questions(void **state)
{
    CLEANUP(close) int other = -1;
    struct bench *bench = *state;
    struct nfs_null *questions[LOOP_FDS_MAX];
    struct err err = {0};

    assert_int_equal(listen_at(bench, AF_INET), 0);
    for (size_t i = 0; i < LOOP_FDS_MAX; i++) {
        questions[i] = start(bench, "127.0.0.1", 100, note, &err);
        assert_non_null(questions[i]);
    }
    assert_null(start(bench, "127.0.0.1", 100, note, &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    for (size_t i = 0; i < LOOP_FDS_MAX; i++) {
        nfs_null_cancel(questions[i]);
    }
    other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* none was leaked */
    assert_in_range(other, 0, LOOP_FDS_MAX);
}

/* The next question begins where the last one ends. */
static void ask_again(void *data, const struct nfs_null_result *result)
{
    struct bench *bench = data;
    struct err err = {0};

    assert_int_equal(result->state, NFS_NULL_SILENT);
    assert_non_null(start(bench, "127.0.0.1", 50, note, &err));
}

static void the_next_question_is_asked_from_the_end_of_the_last(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};

    assert_int_equal(listen_at(bench, AF_INET), 0);
    assert_non_null(start(bench, "127.0.0.1", 50, ask_again, &err));
    run_until_done(bench);
    assert_int_equal(bench->result.state, NFS_NULL_SILENT);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(a_server_that_answers_is_alive),
        WITH_BENCH(a_server_of_ipv6_is_asked_too),
        WITH_BENCH(a_server_of_version_3_is_asked_for_that),
        cmocka_unit_test(what_a_server_does_is_told),
        WITH_BENCH(a_server_that_does_not_accept_is_silent),
        WITH_BENCH(what_is_dropped_on_its_way_is_told),
        WITH_BENCH(where_nobody_listens_the_connection_is_refused),
        WITH_BENCH(what_fails_at_once_is_told_later),
        WITH_BENCH(what_is_no_address_is_refused),
        WITH_BENCH(a_question_that_is_cancelled_does_not_call_back),
        WITH_BENCH(a_full_loop_takes_no_more_questions),
        WITH_BENCH(the_next_question_is_asked_from_the_end_of_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
