/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/listener.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "base/log.h"
#include "tests/proc.h"
#include "webhook/server/listener_test.h"

/* Start a listener in a process that may have @spare_bytes more memory; 0 when that fails as it
 * should. */
static int start_with_little_memory(struct fixture *f, size_t spare_bytes)
{
    const size_t bytes = proc_address_space_bytes() + spare_bytes;
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    struct err err = {0};

    if (setrlimit(RLIMIT_AS, &limit) < 0) {
        return 1;
    }
    f->listener = listener_start(&f->options, &err);
    if (f->listener != NULL) {
        return 2;
    }
    (void)fprintf(stderr, "# %s\n", err.msg);
    return err.code == ERR_INTERNAL ? 0 : 3;
}

static void threads_that_cannot_be_started_are_an_error(void **state)
{
    static const struct {
        unsigned int n_workers;
        size_t spare_bytes;
    } rows[] = {
        {64, 40UL * 1024 * 1024}, /* not all workers */
        {1, 5UL * 1024 * 1024},   /* no door */
    };
    struct fixture *f = *state;

    if (!proc_memory_is_ours()) {
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = 0;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            f->options.n_workers = rows[i].n_workers;
            _exit(start_with_little_memory(f, rows[i].spare_bytes));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void an_address_that_cannot_be_had_is_refused(void **state)
{
    struct fixture *f = *state;
    struct listener_options options;
    struct err err = {0};

    start(f);
    options = f->options;
    options.address = listener_address(f->listener);
    assert_null(listener_start(&options, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.msg, listener_address(f->listener)));
    options.address = "localhost:0";
    assert_null(listener_start(&options, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

static void requests_are_answered_one_after_another(void **state)
{
    struct fixture *f = *state;
    struct http_test_answer answer;
    CLEANUP(close) int fd = -1;

    start(f);
    fd = connect_to(f);
    assert_int_equal(http_test_ask(fd, QUICK).status, 200);
    answer = http_test_ask(fd, ECHO);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, 2);
    assert_null(strstr(answer.head, "Connection: close"));
    http_test_send(fd, QUICK ECHO QUICK); /* pipelined */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(http_test_read(fd).status, 200);
    }
    assert_true(http_test_is_open(fd));
    assert_true(shows(f, "hawser_http_responses_total{code=\"200\"} 5\n"));
}

static void each_request_has_the_whole_arena(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int fd = -1;

    f->options.n_workers = 1;
    start(f);
    fd = connect_to(f);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(http_test_ask(fd, ECHO).status, 200);
    }
}

static void what_is_refused_is_answered_and_the_connection_lives_on(void **state)
{
    struct fixture *f = *state;
    struct http_test_answer answer;
    CLEANUP(close) int fd = -1;
    CLEANUP(free) char *body = calloc(1, 1024UL * 1024);

    start(f);
    fd = connect_to(f);
    http_test_send(fd, "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
    http_test_send_bytes(fd, body, 1024UL * 1024);
    assert_int_equal(http_test_read(fd).status, 404);
    answer = http_test_ask(fd, "PUT /quick HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(answer.status, 405);
    assert_non_null(strstr(answer.head, "\r\nAllow: GET\r\n"));
    assert_int_equal(http_test_ask(fd, QUICK).status, 200);
    assert_int_equal(listener_body_bytes(f->listener), 0);
}

/* Each begins a phase, and then sends a byte now and then, which helps nobody. */
static void each_phase_has_its_deadline_and_no_byte_moves_it(void **state)
{
    enum { SILENT, HEAD, BODY, SECOND, UNREAD, IDLE, N };
    static const struct {
        const char *what;
        int least_ms;
        const char *counted;
    } rows[N] = {
        [SILENT] = {"nothing was sent", TIMEOUT_MS, "handshake\"} 3"},
        [HEAD] = {"half a head", TIMEOUT_MS, "handshake\"} 3"},
        [BODY] = {"half a body", TIMEOUT_MS, "handshake\"} 3"},
        [SECOND] = {"half a second request", TIMEOUT_MS, "request\"} 1"},
        [UNREAD] = {"an answer that is not taken", TIMEOUT_MS, "answer\"} 1"},
        [IDLE] = {"idle", IDLE_MS, "idle\"} 1"},
    };
    struct fixture *f = *state;
    uint64_t start_ms;
    int fds[N];
    int ended_ms[N] = {0};

    f->options.request_timeout_ms = TIMEOUT_MS;
    f->options.idle_timeout_ms = IDLE_MS;
    start(f);
    start_ms = clock_monotonic_ms();
    for (int i = 0; i < N; i++) {
        fds[i] = connect_to(f);
    }
    assert_int_equal(http_test_ask(fds[SECOND], QUICK).status, 200);
    assert_int_equal(http_test_ask(fds[IDLE], QUICK).status, 200);
    http_test_send(fds[HEAD], "GET /quick HTTP/1.1\r\nX: ");
    http_test_send(fds[BODY], ECHO_HEAD "Content-Length: 100000\r\n\r\n");
    http_test_send(fds[SECOND], "GET /quick HTTP/1.1\r\nX: ");
    http_test_send(fds[UNREAD], LARGE);
    while (listener_count_connections(f->listener) > 0) {
        const int now_ms = (int)(clock_monotonic_ms() - start_ms);
        assert_true(now_ms < IDLE_MS + SLACK_MS);
        for (int i = 0; i < N; i++) {
            if (ended_ms[i] == 0 && i != UNREAD && !http_test_is_open(fds[i])) {
                ended_ms[i] = now_ms;
            }
        }
        (void)send(fds[HEAD], "x", 1, MSG_NOSIGNAL);
        (void)send(fds[BODY], "x", 1, MSG_NOSIGNAL);
        (void)send(fds[SECOND], "x", 1, MSG_NOSIGNAL);
        nap(5);
    }
    for (int i = 0; i < N; i++) {
        char line[80];
        (void)snprintf(line, sizeof(line), "hawser_connections_closed_total{reason=\"%s\n",
                       rows[i].counted);
        print_message("# %s: after %d ms\n", rows[i].what, ended_ms[i]);
        assert_true(shows(f, line));
        assert_true(i == UNREAD || ended_ms[i] == 0 || ended_ms[i] >= rows[i].least_ms);
        (void)close(fds[i]);
    }
}

/* libmicrohttpd 0.9.75 may not notice it: a short read ends its interest until the next event. */
static void who_leaves_within_a_request_is_gone_by_its_deadline(void **state)
{
    struct fixture *f = *state;
    const uint64_t start_ms = clock_monotonic_ms();

    f->options.request_timeout_ms = TIMEOUT_MS;
    start(f);
    for (int i = 0; i < 50; i++) {
        int fd = connect_to(f);
        http_test_send(fd, ECHO_HEAD "Content-Length: 100000\r\n\r\n{");
        (void)close(fd);
    }
    (void)close(connect_idle(f)); /* behind all of them at the door */
    assert_true(holds(f, 0));
    print_message("# after %d ms\n", (int)(clock_monotonic_ms() - start_ms));
    assert_int_equal(listener_body_bytes(f->listener), 0);
    assert_true(clock_monotonic_ms() - start_ms < TIMEOUT_MS + SLACK_MS);
}

static void as_many_as_are_allowed_may_stay(void **state)
{
    struct fixture *f = *state;
    int fds[4];

    f->options.max_connections = 4;
    start(f);
    for (int i = 0; i < 4; i++) {
        fds[i] = connect_idle(f);
    }
    nap(50);
    for (int i = 0; i < 4; i++) {
        assert_true(http_test_is_open(fds[i]));
        (void)close(fds[i]);
    }
    assert_true(shows(f, "hawser_connections_closed_total{reason=\"full\"} 0\n"));
}

static void one_more_is_served_at_once_and_the_least_missed_goes(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int older = -1;
    CLEANUP(close) int younger = -1;
    CLEANUP(close) int silent = -1;
    CLEANUP(close) int third = -1;
    CLEANUP(close) int fourth = -1;

    f->options.max_connections = 3;
    start(f);
    older = connect_idle(f);
    nap(5);
    younger = connect_idle(f);
    silent = connect_to(f);
    assert_true(holds(f, 3));
    nap(50); /* it is counted at the door; only its worker can have it closed */
    third = connect_idle(f);
    assert_true(http_test_ends(silent, HTTP_TEST_PATIENCE_MS));
    assert_true(http_test_is_open(older));
    assert_true(holds(f, 3));
    fourth = connect_idle(f);
    assert_true(http_test_ends(older, HTTP_TEST_PATIENCE_MS));
    assert_true(http_test_is_open(younger));
    assert_true(http_test_is_open(third));
    assert_true(http_test_is_open(fourth));
    assert_true(shows(f, "hawser_connections_closed_total{reason=\"full\"} 2\n"));
}

static void who_is_being_answered_is_not_cut_for_another(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int busy = -1;
    CLEANUP(close) int waiting = -1;

    f->options.max_connections = 1;
    start(f);
    busy = connect_blocked(f);
    waiting = connect_to(f); /* at the door */
    http_test_send(waiting, QUICK);
    nap(100);
    assert_int_equal(listener_count_connections(f->listener), 1);
    assert_true(http_test_is_open(waiting));
    atomic_store(&f->gate_is_open, true);
    assert_int_equal(http_test_read(busy).status, 200);
    assert_int_equal(http_test_read(waiting).status, 200);
}

/* Workers that are busy do not see who was accepted for them; the door must count them itself. */
static void no_more_are_taken_in_while_workers_hang(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int busy = -1;
    int fds[120];

    f->options.max_connections = 20;
    f->options.n_workers = 1;
    start(f);
    busy = connect_blocked(f);
    for (size_t i = 0; i < 120; i++) {
        fds[i] = connect_to(f);
        http_test_send(fds[i], "GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }
    nap(100);
    assert_int_equal(listener_count_connections(f->listener), 20);
    atomic_store(&f->gate_is_open, true);
    assert_int_equal(http_test_read(busy).status, 200);
    for (size_t i = 0; i < 120; i++) {
        (void)close(fds[i]);
    }
    (void)close(connect_idle(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORT_TEST(threads_that_cannot_be_started_are_an_error),
        PORT_TEST(an_address_that_cannot_be_had_is_refused),
        PORT_TEST(requests_are_answered_one_after_another),
        PORT_TEST(each_request_has_the_whole_arena),
        PORT_TEST(what_is_refused_is_answered_and_the_connection_lives_on),
        PORT_TEST(each_phase_has_its_deadline_and_no_byte_moves_it),
        PORT_TEST(who_leaves_within_a_request_is_gone_by_its_deadline),
        PORT_TEST(as_many_as_are_allowed_may_stay),
        PORT_TEST(one_more_is_served_at_once_and_the_least_missed_goes),
        PORT_TEST(who_is_being_answered_is_not_cut_for_another),
        PORT_TEST(no_more_are_taken_in_while_workers_hang),
    };

    log_set(LOG_ERROR, true);
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
