/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/served.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/proc.h"
#include "tests/server/pause.h"
#include "tests/server/stand_in.h"
#include "tests/test.h"

/* This program is also the server that it runs: "served_test serve ... HOW". */
static const char *self;

/* Ready from the third question on. */
static void answer_probe(struct stand_in_visit *visit, void *data)
{
    atomic_int *n_asked = data;
    char *request = stand_in_read(visit);

    free(request);
    stand_in_answer(visit, (*n_asked)++ < 2 ? 503 : 200, "", "");
}

/* Say where we listen, wait for SIGTERM or SIGINT, and end with 0 or 7. */
static int serve(void)
{
    atomic_int n_asked = 0;
    const struct stand_in_options options = {.serve = answer_probe, .data = &n_asked};
    struct err err = {0};
    struct stand_in *health;
    sigset_t signals;
    int signal = 0;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    health = stand_in_start(&options, &err);
    if (health == NULL) {
        return 1;
    }
    (void)fprintf(stderr,
                  "Try: curl\n{\"msg\":\"serving\",\"listen\":\"127.0.0.1:1\",\"health\":\"%s\"}\n",
                  stand_in_address(health));
    (void)sigwait(&signals, &signal);
    (void)fprintf(stderr, "{\"msg\":\"stopping\",\"n\":%d}\n", n_asked);
    stand_in_free(health);
    return signal == SIGTERM ? 0 : 7;
}

static int be_server(const char *how)
{
    if (strcmp(how, "silent") == 0) {
        (void)pause();
    }
    if (strcmp(how, "crash") == 0) {
        (void)raise(SIGKILL);
    }
    return strcmp(how, "fail") == 0 ? 2 : serve();
}

static struct served *start(const char *how)
{
    const char *const arguments[] = {how, NULL};
    struct err err = {0};
    struct served *served = served_start(self, arguments, &err);

    if (served == NULL) {
        fail_msg("%s", err.msg);
    }
    return served;
}

static void a_server_is_ready_when_readyz_says_so(void **state)
{
    CLEANUP(served_free) struct served *served = start("normal");
    struct err err = {0};
    unsigned int status = 0;
    size_t from = 0;
    int exit_status = -1;

    (void)state;
    if (served_await_ready(served, 10000, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    assert_string_equal(served_address(served), "127.0.0.1:1");
    assert_int_equal(served_probe(served, "/readyz", &status, &err), 0);
    assert_int_equal(status, 200);
    served_signal(served, SIGTERM);
    assert_int_equal(served_await_exit(served, 10000, &exit_status, &err), 0);
    assert_int_equal(exit_status, 0);
    json_auto_t *line = served_await_line(served, "stopping", &from, 10000, &err);
    assert_int_equal(json_integer_value(json_object_get(line, "n")), 4);
    assert_int_equal(served_probe(served, "/readyz", &status, &err), -1);
}

static void what_a_server_uses_is_told_while_it_runs(void **state)
{
    CLEANUP(served_free) struct served *served = start("normal");
    struct err err = {0};
    int exit_status = -1;

    (void)state;
    assert_int_equal(served_await_ready(served, 10000, &err), 0);
    if (proc_is_mounted()) {
        assert_true(served_memory_kib(served) > 500);
        assert_true(served_peak_kib(served) >= served_memory_kib(served));
        assert_in_range(served_n_descriptors(served), 4, 20); /* the standard ones and a socket */
    }
    served_signal(served, SIGINT);
    assert_int_equal(served_await_exit(served, 10000, &exit_status, &err), 0);
    assert_int_equal(exit_status, 7);
    assert_int_equal(served_memory_kib(served), 0);
    assert_int_equal(served_n_descriptors(served), 0);
    served_signal(served, SIGINT); /* of nobody */
}

static void how_a_server_ended_is_told(void **state)
{
    static const struct {
        const char *how;
        int status;
    } rows[] = {{"fail", 2}, {"crash", 128 + SIGKILL}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(served_free) struct served *served = start(rows[i].how);
        struct err err = {0};
        int status = -1;

        assert_int_equal(served_await_exit(served, 10000, &status, &err), 0);
        assert_int_equal(status, rows[i].status);
        assert_int_equal(served_await_ready(served, 10000, &err), -1);
        assert_int_equal(err.code, ERR_NOT_FOUND);
    }
}

static void a_binary_that_cannot_be_run_ends_with_127(void **state)
{
    const char *const arguments[] = {NULL};
    struct err err = {0};
    CLEANUP(served_free) struct served *served = served_start("/nonexistent", arguments, &err);
    int status = -1;

    (void)state;
    assert_non_null(served);
    assert_int_equal(served_await_exit(served, 10000, &status, &err), 0);
    assert_int_equal(status, 127);
}

static void a_server_that_says_nothing_is_waited_for_in_vain_and_killed(void **state)
{
    struct served *served = start("silent");
    const uint64_t began_ms = clock_monotonic_ms();
    struct err err = {0};
    int status = -1;

    (void)state;
    assert_int_equal(served_await_ready(served, 100, &err), -1);
    assert_int_equal(served_await_exit(served, 100, &status, &err), -1);
    served_free(served);
    assert_in_range(clock_monotonic_ms() - began_ms, 200, 5000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_is_ready_when_readyz_says_so),
        cmocka_unit_test(what_a_server_uses_is_told_while_it_runs),
        cmocka_unit_test(how_a_server_ended_is_told),
        cmocka_unit_test(a_binary_that_cannot_be_run_ends_with_127),
        cmocka_unit_test(a_server_that_says_nothing_is_waited_for_in_vain_and_killed),
    };

    if (argc > 1 && strcmp(argv[1], "serve") == 0) {
        return be_server(argv[argc - 1]);
    }
    self = argv[0];
    return cmocka_run_group_tests_name("served", tests, NULL, NULL);
}
