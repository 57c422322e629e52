/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>

#include "base/log.h"
#include "webhook/server/body.h"
#include "webhook/server/exchange.h"
#include "webhook/server/listener.h"
#include "webhook/server/listener_test.h"

static void bodies_beyond_the_budget_are_sent_away_for_a_second(void **state)
{
    enum { N = BODY_ALL_BYTES_MAX / ADMIT_BODY_MAX };
    struct fixture *f = *state;
    CLEANUP(free) char *body = calloc(1, ADMIT_BODY_MAX);
    struct http_test_answer answer;
    CLEANUP(close) int fd = -1;
    int fds[N];

    assert_non_null(body);
    start(f);
    for (int i = 0; i < N; i++) {
        fds[i] = connect_to(f);
        http_test_send(fds[i], ECHO_HEAD "Content-Length: 8388608\r\n\r\n");
        http_test_send_bytes(fds[i], body, ADMIT_BODY_MAX - 1);
    }
    for (int i = 0;
         i < HTTP_TEST_PATIENCE_MS && listener_body_bytes(f->listener) < BODY_ALL_BYTES_MAX; i++) {
        nap(1);
    }
    assert_int_equal(listener_body_bytes(f->listener), BODY_ALL_BYTES_MAX);
    fd = connect_to(f);
    answer = http_test_ask(fd, ECHO);
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.head, "\r\nRetry-After: 1\r\n"));
    assert_int_equal(http_test_ask(fd, QUICK).status, 200); /* it has no body */
    for (int i = 0; i < N; i++) {
        assert_int_equal(http_test_ask(fds[i], "x").body_len, ECHO_BYTES);
        (void)close(fds[i]);
    }
    assert_true(holds(f, 1));
    assert_int_equal(listener_body_bytes(f->listener), 0);
    assert_int_equal(http_test_ask(fd, ECHO).status, 200);
    assert_true(shows(f, "hawser_shed_requests_total{reason=\"memory\"} 1\n"));
}

/* Also where nothing is counted. */
static void who_waited_too_long_is_sent_away_for_a_second(void **state)
{
    struct fixture *f = *state;
    struct http_test_answer answer;
    int fds[2];

    f->options.n_workers = 1;
    for (int counts = 0; counts < 2; counts++) {
        CLEANUP(close) int busy = -1;
        atomic_store(&f->gate_is_open, false);
        f->options.metrics = counts == 1 ? f->metrics : NULL;
        start(f);
        fds[0] = connect_idle(f);
        fds[1] = connect_to(f);
        busy = connect_blocked(f);
        http_test_send(fds[0], ECHO);
        http_test_send(fds[1], QUICK);
        nap(EXCHANGE_WAIT_MS_MAX + 100);
        atomic_store(&f->gate_is_open, true);
        answer = http_test_read(fds[0]);
        assert_int_equal(answer.status, 503);
        assert_non_null(strstr(answer.head, "\r\nRetry-After: 1\r\n"));
        assert_int_equal(http_test_read(fds[1]).status, 200); /* is not shed */
        assert_int_equal(http_test_ask(fds[0], ECHO).status, 200);
        listener_stop(TAKE(f->listener));
        (void)close(fds[0]);
        (void)close(fds[1]);
        assert_int_equal(http_test_read(busy).status, 200);
    }
    assert_true(shows(f, "hawser_shed_requests_total{reason=\"waited\"} 1\n"));
}

/* Take all descriptors that the process may have, up to @max; how many. */
static size_t take_descriptors(int fds[], size_t max)
{
    size_t n = 0;

    while (n < max && (fds[n] = dup(STDIN_FILENO)) >= 0) {
        n++;
    }
    return n;
}

static void without_descriptors_a_client_waits_until_there_is_one(void **state)
{
    const struct rlimit low = {.rlim_cur = 128, .rlim_max = 128};
    struct fixture *f = *state;
    struct rlimit before;
    CLEANUP(close) int fd = -1;
    int fds[128] = {0};
    size_t n;

    start(f);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){low.rlim_cur, before.rlim_max}), 0);
    n = take_descriptors(fds, 128);
    assert_true(n > 0 && n < 128);
    assert_int_equal(close(fds[--n]), 0); /* for the client's end */
    fd = connect_to(f);
    http_test_send(fd, QUICK);
    nap(100);
    assert_true(http_test_is_open(fd));
    while (n > 0) {
        (void)close(fds[--n]);
    }
    assert_int_equal(http_test_read(fd).status, 200);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORT_TEST(bodies_beyond_the_budget_are_sent_away_for_a_second),
        PORT_TEST(who_waited_too_long_is_sent_away_for_a_second),
        PORT_TEST(without_descriptors_a_client_waits_until_there_is_one),
    };

    log_set(LOG_ERROR, true);
    return cmocka_run_group_tests_name("listener_load", tests, NULL, NULL);
}
