/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/log.h"
#include "webhook/server/listener.h"
#include "webhook/server/listener_test.h"

static void answers_close_their_connection_when_told_to(void **state)
{
    struct fixture *f = *state;
    struct http_test_answer answer;
    CLEANUP(close) int fd = -1;
    CLEANUP(close) int refused = -1;

    start(f);
    fd = connect_idle(f);
    refused = connect_to(f);
    listener_close_answers(f->listener);
    answer = http_test_ask(fd, QUICK);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "\r\nConnection: close\r\n"));
    assert_true(http_test_ends(fd, HTTP_TEST_PATIENCE_MS));
    answer = http_test_ask(refused, "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(answer.status, 404);
    assert_non_null(strstr(answer.head, "\r\nConnection: close\r\n"));
}

/* For listener_drain(): never in a hurry, or after so many questions. */
static bool hurries_after(void *data)
{
    int *left = data;

    return *left == 0 || (--*left == 0);
}

static bool never(void *data)
{
    (void)data;
    return false;
}

static void a_closed_door_has_taken_in_who_waited(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char address[ADDRESS_TEXT_SIZE];
    int late = -1;
    int fds[20];

    start(f);
    (void)snprintf(address, sizeof(address), "%s", listener_address(f->listener));
    for (size_t i = 0; i < 20; i++) {
        fds[i] = connect_to(f);
    }
    listener_close_door(f->listener);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(http_test_ask(fds[i], QUICK).status, 200);
        (void)close(fds[i]);
    }
    if (address_connect(address, &late, &err) == 0) {
        assert_true(http_test_ends(late, HTTP_TEST_PATIENCE_MS));
        (void)close(late);
    }
}

static void a_door_that_closes_makes_room_for_who_waits(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int idle = -1;
    CLEANUP(close) int waiting = -1;

    f->options.max_connections = 1;
    start(f);
    idle = connect_idle(f);
    waiting = connect_to(f);
    http_test_send(waiting, QUICK);
    listener_close_door(f->listener);
    assert_int_equal(http_test_read(waiting).status, 200);
    assert_true(http_test_ends(idle, HTTP_TEST_PATIENCE_MS));
}

static void *open_gate_later(void *data)
{
    struct fixture *f = data;

    nap(100);
    atomic_store(&f->gate_is_open, true);
    return NULL;
}

static void a_door_that_closes_waits_a_moment_for_room(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int busy = -1;
    CLEANUP(close) int waiting = -1;
    pthread_t thread;

    f->options.max_connections = 1;
    start(f);
    busy = connect_blocked(f);
    waiting = connect_to(f);
    http_test_send(waiting, QUICK);
    listener_close_answers(f->listener);
    assert_int_equal(pthread_create(&thread, NULL, open_gate_later, f), 0);
    listener_close_door(f->listener);
    assert_int_equal(http_test_read(busy).status, 200);
    assert_int_equal(http_test_read(waiting).status, 200);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* A thousandth of a second decides, so it is tried often. */
static void ending_loses_no_request_that_was_sent(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 60; i++) {
        int fds[3];
        start(f);
        fds[0] = connect_idle(f);
        for (int k = 1; k < 3; k++) {
            fds[k] = connect_to(f);
        }
        for (int k = 0; k < 3; k++) {
            http_test_send(fds[k], i % 2 == 0 ? ECHO : QUICK);
        }
        listener_close_answers(f->listener);
        listener_close_door(f->listener);
        assert_int_equal(listener_drain(f->listener, HTTP_TEST_PATIENCE_MS, never, NULL), 0);
        listener_stop(TAKE(f->listener));
        for (int k = 0; k < 3; k++) {
            assert_int_equal(http_test_read(fds[k]).status, 200);
            (void)close(fds[k]);
        }
    }
}

static void draining_ends_who_is_idle(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int idle = -1;

    start(f);
    idle = connect_idle(f);
    listener_close_door(f->listener);
    assert_int_equal(listener_drain(f->listener, HTTP_TEST_PATIENCE_MS, never, NULL), 0);
    assert_true(http_test_ends(idle, HTTP_TEST_PATIENCE_MS));
}

static void draining_waits_for_who_is_being_answered(void **state)
{
    struct fixture *f = *state;
    CLEANUP(close) int busy = -1;
    int patience = 5;

    start(f);
    busy = connect_blocked(f);
    listener_close_answers(f->listener);
    listener_close_door(f->listener);
    assert_int_equal(listener_drain(f->listener, 50, never, NULL), 1);
    assert_int_equal(listener_drain(f->listener, LONG_MS, hurries_after, &patience), 1);
    assert_int_equal(patience, 0);
    atomic_store(&f->gate_is_open, true);
    assert_int_equal(http_test_read(busy).status, 200);
    assert_int_equal(listener_drain(f->listener, LONG_MS, never, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORT_TEST(answers_close_their_connection_when_told_to),
        PORT_TEST(a_closed_door_has_taken_in_who_waited),
        PORT_TEST(a_door_that_closes_makes_room_for_who_waits),
        PORT_TEST(a_door_that_closes_waits_a_moment_for_room),
        PORT_TEST(ending_loses_no_request_that_was_sent),
        PORT_TEST(draining_ends_who_is_idle),
        PORT_TEST(draining_waits_for_who_is_being_answered),
    };

    log_set(LOG_ERROR, true);
    return cmocka_run_group_tests_name("listener_end", tests, NULL, NULL);
}
