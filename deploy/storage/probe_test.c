/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "deploy/storage/nfs_server_test.h"
#include "tests/test.h"

/* A probe and the server that it asks. */
struct bench {
    struct loop *loop;
    struct probe probe;
    uint64_t now_ms; /* as the probe is told */
    unsigned int n_changed;
    struct nfs_server server;
};

static void note_change(void *data)
{
    ((struct bench *)data)->n_changed++;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct err err = {0};

    assert_non_null(bench);
    bench->loop = loop_new(&err);
    assert_non_null(bench->loop);
    nfs_server_start(&bench->server);
    bench->now_ms = 1000000;
    bench->probe = (struct probe){
        .port = bench->server.port,
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
    nfs_server_stop(&bench->server);
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
static void ask(struct bench *bench, enum nfs_server_manner manner)
{
    atomic_store(&bench->server.manner, (int)manner);
    mind(bench, "127.0.0.1");
    run_until_asked(bench);
    bench->now_ms += PROBE_PERIOD_MS;
}

static void one_that_answers_is_known_to(void **state)
{
    struct bench *bench = *state;

    ask(bench, NFS_SERVER_ANSWERS);
    assert_true(bench->probe.is_known);
    assert_false(probe_is_silent(&bench->probe));
    assert_int_equal(bench->probe.result.state, NFS_NULL_ALIVE);
    assert_int_equal(bench->n_changed, 1);
    ask(bench, NFS_SERVER_ANSWERS);
    ask(bench, NFS_SERVER_ANSWERS);
    assert_int_equal(bench->n_changed, 1);
}

static void only_so_many_failures_in_a_row_make_it_silent(void **state)
{
    struct bench *bench = *state;

    ask(bench, NFS_SERVER_ANSWERS);
    for (unsigned int round = 0; round < 2; round++) {
        for (unsigned int i = 1; i < PROBE_FAILURES; i++) {
            ask(bench, NFS_SERVER_CLOSES);
        }
        ask(bench, NFS_SERVER_ANSWERS);
    }
    assert_false(probe_is_silent(&bench->probe));
    assert_int_equal(bench->n_changed, 1);
    for (unsigned int i = 1; i <= PROBE_FAILURES; i++) {
        assert_false(probe_is_silent(&bench->probe));
        ask(bench, NFS_SERVER_CLOSES);
    }
    assert_true(probe_is_silent(&bench->probe));
    assert_string_not_equal(bench->probe.result.reason, "");
    assert_int_equal(bench->n_changed, 2);
    ask(bench, NFS_SERVER_CLOSES);
    assert_int_equal(bench->n_changed, 2);
}

static void one_good_answer_makes_it_well_again(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 0; i <= PROBE_FAILURES; i++) {
        ask(bench, NFS_SERVER_CLOSES);
    }
    assert_int_equal(bench->n_changed, 1);
    ask(bench, NFS_SERVER_ANSWERS);
    assert_false(probe_is_silent(&bench->probe));
    assert_int_equal(bench->n_changed, 2);
}

static void before_enough_failures_nothing_is_known(void **state)
{
    struct bench *bench = *state;

    for (unsigned int i = 1; i < PROBE_FAILURES; i++) {
        ask(bench, NFS_SERVER_CLOSES);
        assert_false(bench->probe.is_known);
    }
    assert_int_equal(bench->n_changed, 0);
    ask(bench, NFS_SERVER_CLOSES);
    assert_true(bench->probe.is_known);
    assert_int_equal(bench->n_changed, 1);
}

static void one_that_hangs_has_failed_after_a_while(void **state)
{
    struct bench *bench = *state;

    bench->probe.n_failures = PROBE_FAILURES - 1;
    ask(bench, NFS_SERVER_HANGS);
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
    assert_int_equal(atomic_load(&bench->server.n_connections), 1);
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

    atomic_store(&bench->server.manner, (int)NFS_SERVER_HANGS);
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
        ask(bench, NFS_SERVER_CLOSES);
    }
    atomic_store(&bench->server.manner, (int)NFS_SERVER_CLOSES);
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
    ask(bench, NFS_SERVER_ANSWERS); /* at once, when it is up again */
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
