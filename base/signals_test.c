/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/test.h"

static int block(void **state)
{
    (void)state;
    signals_block();
    return 0;
}

static void each_signal_is_a_word(void **state)
{
    static const struct {
        int signal;
        enum signals_word word;
    } rows[] = {
        {SIGHUP, SIGNALS_RELOAD},
        {SIGTERM, SIGNALS_STOP},
        {SIGINT, SIGNALS_INTERRUPT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(raise(rows[i].signal), 0);
        assert_int_equal(signals_wait(1000), rows[i].word);
        assert_int_equal(signals_wait(0), SIGNALS_NONE); /* it was taken */
    }
}

static void signals_wait_until_somebody_has_time_for_them(void **state)
{
    bool seen[SIGNALS_INTERRUPT + 1] = {false};

    (void)state;
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    assert_int_equal(kill(getpid(), SIGTERM), 0); /* one that waits already is not doubled */
    for (int i = 0; i < 2; i++) {
        seen[signals_wait(0)] = true;
    }
    assert_true(seen[SIGNALS_STOP] && seen[SIGNALS_RELOAD]);
    assert_int_equal(signals_wait(0), SIGNALS_NONE);
}

static void *terminate(void *data)
{
    (void)data;
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    return NULL;
}

static void threads_that_start_later_leave_signals_to_who_waits(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, terminate, NULL), 0);
    assert_int_equal(signals_wait(5000), SIGNALS_STOP);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void waiting_ends_when_the_time_is_over(void **state)
{
    const uint64_t start_ms = clock_monotonic_ms();
    uint64_t waited_ms;

    (void)state;
    assert_int_equal(signals_wait(60), SIGNALS_NONE);
    waited_ms = clock_monotonic_ms() - start_ms;
    assert_in_range(waited_ms, 59, 5000);
}

static void a_loop_sees_that_a_signal_waits(void **state)
{
    struct err err = {0};
    const int fd = signals_open(&err);
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    assert_int_equal(poll(&poll_fd, 1, 5000), 1);
    assert_int_equal(signals_wait(0), SIGNALS_STOP);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    assert_int_equal(close(fd), 0);
}

static void a_pipe_whose_reader_is_gone_ends_nobody(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(write(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_signal_is_a_word),
        cmocka_unit_test(signals_wait_until_somebody_has_time_for_them),
        cmocka_unit_test(threads_that_start_later_leave_signals_to_who_waits),
        cmocka_unit_test(waiting_ends_when_the_time_is_over),
        cmocka_unit_test(a_loop_sees_that_a_signal_waits),
        cmocka_unit_test(a_pipe_whose_reader_is_gone_ends_nobody),
    };

    return cmocka_run_group_tests_name("signals", tests, block, NULL);
}
