/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "deploy/storage/rpc_null.h"
#include "tests/test.h"

#define XID_AT 4

enum manner {
    ANSWER,
    CLOSE, /* without an answer */
    HANG,  /* until the test ends */
};

/* A probe and the server that it asks, over connections one after the other. */
struct bench {
    struct loop *loop;
    struct probe probe;
    uint64_t now_ms; /* as the probe is told */
    unsigned int n_changed;
    int listener;
    atomic_int manner;
    atomic_uint n_connections;
    int stop[2]; /* a pipe that is closed to end the server */
    pthread_t thread;
};

static void send_success(int fd, const uint8_t *call)
{
    uint8_t reply[28] = {0x80, 0, 0, 24, [11] = 1};

    memcpy(reply + XID_AT, call + XID_AT, 4);
    (void)send(fd, reply, sizeof(reply), MSG_NOSIGNAL);
}

static void attend(struct bench *bench, int fd)
{
    struct pollfd stop = {.fd = bench->stop[0], .events = POLLIN};
    uint8_t call[RPC_NULL_CALL_SIZE];

    if (recv(fd, call, sizeof(call), MSG_WAITALL) != (ssize_t)sizeof(call)) {
        return;
    }
    switch (atomic_load(&bench->manner)) {
    case ANSWER:
        send_success(fd, call);
        (void)recv(fd, call, 1, 0); /* until the client closes it */
        break;
    case HANG:
        (void)poll(&stop, 1, -1);
        break;
    default:
        break;
    }
}

static void *serve(void *data)
{
    struct bench *bench = data;
    int fd;

    while ((fd = accept(bench->listener, NULL, NULL)) >= 0) {
        atomic_fetch_add(&bench->n_connections, 1);
        attend(bench, fd);
        (void)close(fd);
    }
    return NULL;
}

static void note_change(void *data)
{
    ((struct bench *)data)->n_changed++;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    struct err err = {0};

    assert_non_null(bench);
    bench->loop = loop_new(&err);
    assert_non_null(bench->loop);
    assert_int_equal(pipe(bench->stop), 0);
    bench->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(bench->listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(bench->listener, 8), 0);
    assert_int_equal(getsockname(bench->listener, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pthread_create(&bench->thread, NULL, serve, bench), 0);
    bench->now_ms = 1000000;
    bench->probe = (struct probe){
        .port = ntohs(at.sin_port),
        .changed = note_change,
        .data = bench,
    };
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    probe_clear(&bench->probe);
    (void)close(bench->stop[1]);
    (void)shutdown(bench->listener, SHUT_RDWR);
    (void)pthread_join(bench->thread, NULL);
    (void)close(bench->listener);
    (void)close(bench->stop[0]);
    loop_free(bench->loop);
    free(bench);
    return 0;
}

static void mind(struct bench *bench, const char *address)
{
    probe_mind(&bench->probe, bench->loop, address, bench->now_ms);
}

static void run_until_asked(struct bench *bench)
{
    const uint64_t end_ms = clock_monotonic_ms() + 2 * (uint64_t)PROBE_TIMEOUT_MS;

    while (bench->probe.question != NULL) {
        assert_true(clock_monotonic_ms() < end_ms);
        loop_step(bench->loop, 100);
    }
}

/* One question, when it is due. */
static void ask(struct bench *bench, enum manner manner)
{
    atomic_store(&bench->manner, (int)manner);
    mind(bench, "127.0.0.1");
    run_until_asked(bench);
    bench->now_ms += PROBE_PERIOD_MS;
}

static void one_that_answers_is_known_to(void **state)
{
    struct bench *bench = *state;

    ask(bench, ANSWER);
    assert_true(bench->probe.is_known);
    assert_false(probe_is_silent(&bench->probe));
    assert_int_equal(bench->probe.result.state, NFS_NULL_ALIVE);
    assert_int_equal(bench->n_changed, 1);
    ask(bench, ANSWER);
    ask(bench, ANSWER);
    assert_int_equal(bench->n_changed, 1);
}

static void only_so_many_failures_in_a_row_make_it_silent(void **state)
{
    struct bench *bench = *state;

    ask(bench, ANSWER);
    for (unsigned int round = 0; round < 2; round++) {
        for (unsigned int i = 1; i < PROBE_FAILURES; i++) {
            ask(bench, CLOSE);
        }
        ask(bench, ANSWER);
    }
    assert_false(probe_is_silent(&bench->probe));
    assert_int_equal(bench->n_changed, 1);
    for (unsigned int i = 1; i <= PROBE_FAILURES; i++) {
        assert_false(probe_is_silent(&bench->probe));
        ask(bench, CLOSE);
    }
    assert_true(probe_is_silent(&bench->probe));
    assert_string_not_equal(bench->probe.result.reason, "");
    assert_int_equal(bench->n_changed, 2);
    ask(bench, CLOSE);
    assert_int_equal(bench->n_changed, 2);
}

static void one_good_answer_makes_it_well_again(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 0; i <= PROBE_FAILURES; i++) {
        ask(bench, CLOSE);
    }
    assert_int_equal(bench->n_changed, 1);
    ask(bench, ANSWER);
    assert_false(probe_is_silent(&bench->probe));
    assert_int_equal(bench->n_changed, 2);
}

static void before_enough_failures_nothing_is_known(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 1; i < PROBE_FAILURES; i++) {
        ask(bench, CLOSE);
        assert_false(bench->probe.is_known);
    }
    assert_int_equal(bench->n_changed, 0);
    ask(bench, CLOSE);
    assert_true(bench->probe.is_known);
    assert_int_equal(bench->n_changed, 1);
}

static void one_that_hangs_has_failed_after_a_while(void **state)
{
    struct bench *bench = *state;

    bench->probe.n_failures = PROBE_FAILURES - 1;
    ask(bench, HANG);
    assert_int_equal(bench->probe.result.state, NFS_NULL_SILENT);
    assert_true(probe_is_silent(&bench->probe));
}

static void where_nobody_listens_it_has_failed(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 0; i < PROBE_FAILURES; i++) {
        mind(bench, "127.0.0.254"); /* the listener is at another address */
        run_until_asked(bench);
        bench->now_ms += PROBE_PERIOD_MS;
    }
    assert_int_equal(bench->probe.result.state, NFS_NULL_UNREACHABLE);
    assert_true(probe_is_silent(&bench->probe));
    assert_int_equal(bench->n_changed, 1);
}

/* "None" is what a Service without an address has. */
static void what_cannot_be_asked_has_failed_and_is_not_asked_more_often(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 0; i < PROBE_FAILURES; i++) {
        mind(bench, "None");
        mind(bench, "None");
        assert_int_equal(bench->probe.n_failures, i + 1);
        bench->now_ms += PROBE_PERIOD_MS;
    }
    assert_true(probe_is_silent(&bench->probe));
    assert_string_not_equal(bench->probe.result.reason, "");
    assert_int_equal(bench->n_changed, 1);
}

static void it_is_asked_once_in_a_period(void **state)
{
    struct bench *bench = *state;
    const uint64_t first_ms = bench->now_ms;

    for (bench->now_ms = first_ms; bench->now_ms < first_ms + PROBE_PERIOD_MS;
         bench->now_ms += PROBE_PERIOD_MS / 8) {
        mind(bench, "127.0.0.1");
        mind(bench, "127.0.0.1");
        run_until_asked(bench);
    }
    assert_int_equal(atomic_load(&bench->n_connections), 1);
    bench->now_ms = first_ms + PROBE_PERIOD_MS - 1;
    mind(bench, "127.0.0.1");
    assert_null(bench->probe.question);
    bench->now_ms++;
    mind(bench, "127.0.0.1");
    assert_non_null(bench->probe.question);
}

static void one_question_at_a_time_is_under_way(void **state)
{
    struct bench *bench = *state;
    const struct nfs_null *first;

    atomic_store(&bench->manner, (int)HANG);
    mind(bench, "127.0.0.1");
    first = bench->probe.question;
    assert_non_null(first);
    bench->now_ms += 10 * (uint64_t)PROBE_PERIOD_MS;
    mind(bench, "127.0.0.1");
    assert_ptr_equal(bench->probe.question, first);
}

static void without_an_address_all_is_forgotten(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 0; i < PROBE_FAILURES; i++) {
        ask(bench, CLOSE);
    }
    atomic_store(&bench->manner, (int)CLOSE);
    mind(bench, "127.0.0.1");
    assert_non_null(bench->probe.question);
    mind(bench, NULL);
    assert_null(bench->probe.question);
    assert_false(bench->probe.is_known);
    assert_false(probe_is_silent(&bench->probe));
    for (unsigned int i = 0; i < 5; i++) {
        loop_step(bench->loop, 10); /* what was under way is not told of */
    }
    assert_false(bench->probe.is_known);
    assert_int_equal(bench->n_changed, 1);
    ask(bench, ANSWER); /* at once, when it is up again */
    assert_true(bench->probe.is_known);
    assert_int_equal(bench->n_changed, 2);
}

#define PROMISE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(one_that_answers_is_known_to),
        PROMISE(only_so_many_failures_in_a_row_make_it_silent),
        PROMISE(one_good_answer_makes_it_well_again),
        PROMISE(before_enough_failures_nothing_is_known),
        PROMISE(one_that_hangs_has_failed_after_a_while),
        PROMISE(where_nobody_listens_it_has_failed),
        PROMISE(what_cannot_be_asked_has_failed_and_is_not_asked_more_often),
        PROMISE(it_is_asked_once_in_a_period),
        PROMISE(one_question_at_a_time_is_under_way),
        PROMISE(without_an_address_all_is_forgotten),
    };

    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
