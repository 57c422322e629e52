/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/connections.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/test.h"

#define REQUEST_MS 10000
#define IDLE_MS    120000
#define N_ENDS     4

/* A table, and connections whose other ends are ours. */
struct fixture {
    struct connections *table;
    struct connections_entry entries[N_ENDS];
    int ends[N_ENDS][2];
    size_t n_closed[CONNECTIONS_DONE]; /* for being late, by phase */
    size_t n_full;
};

static void count(void *data, enum connections_phase phase, bool full)
{
    struct fixture *f = data;

    if (full) {
        f->n_full++;
    } else {
        f->n_closed[phase]++;
    }
}

static void set_up(struct fixture *f)
{
    const struct connections_options options = {
        .request_timeout_ms = REQUEST_MS, .idle_timeout_ms = IDLE_MS, .closed = count, .data = f};

    *f = (struct fixture){.table = connections_new(&options)};
    assert_non_null(f->table);
    for (size_t i = 0; i < N_ENDS; i++) {
        assert_int_equal(
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, f->ends[i]), 0);
        connections_expect(f->table);
        connections_add(f->table, &f->entries[i], f->ends[i][0], 1000 + i);
    }
}

static void tear_down(struct fixture *f)
{
    for (size_t i = 0; i < N_ENDS; i++) {
        connections_remove(f->table, &f->entries[i]);
        (void)close(f->ends[i][0]);
        (void)close(f->ends[i][1]);
    }
    assert_int_equal(connections_count(f->table), 0);
    connections_free(f->table);
}

/* Whether the client of connection @i sees its end. */
static bool is_closed(const struct fixture *f, size_t i)
{
    char byte;
    ssize_t n = recv(f->ends[i][1], &byte, 1, 0);

    assert_true(n == 0 || (n < 0 && errno == EAGAIN));
    return n == 0;
}

static void each_phase_has_its_deadline(void **state)
{
    static const struct {
        enum connections_phase phase;
        uint64_t timeout_ms;
    } rows[] = {
        {CONNECTIONS_FIRST, REQUEST_MS},
        {CONNECTIONS_REQUEST, REQUEST_MS},
        {CONNECTIONS_ANSWER, REQUEST_MS},
        {CONNECTIONS_IDLE, IDLE_MS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        set_up(&f);
        for (size_t n = 1; n < N_ENDS; n++) {
            connections_enter(f.table, &f.entries[n], CONNECTIONS_IDLE, 10000000);
        }
        connections_enter(f.table, &f.entries[0], rows[i].phase, 5000);
        connections_close_late(f.table, 5000 + rows[i].timeout_ms - 1);
        assert_false(is_closed(&f, 0));
        connections_close_late(f.table, 5000 + rows[i].timeout_ms);
        assert_true(is_closed(&f, 0));
        assert_int_equal(f.n_closed[rows[i].phase], 1);
        assert_int_equal(connections_phase(&f.entries[0]), CONNECTIONS_DONE);
        connections_close_late(f.table, 5000 + 2 * rows[i].timeout_ms);
        assert_int_equal(f.n_closed[rows[i].phase], 1); /* told once */
        assert_false(is_closed(&f, 1));
        tear_down(&f);
    }
}

/* Its thread may be about to begin the next phase, and learns of the end only then. */
static void one_that_was_shut_down_stays_so(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    connections_close_late(f.table, 1000 + REQUEST_MS);
    assert_int_equal(f.n_closed[CONNECTIONS_FIRST], 1);
    connections_enter(f.table, &f.entries[0], CONNECTIONS_IDLE, 1000 + REQUEST_MS);
    assert_int_equal(connections_phase(&f.entries[0]), CONNECTIONS_DONE);
    connections_close_late(f.table, 1000000000);
    assert_int_equal(f.n_closed[CONNECTIONS_IDLE], 0);
    tear_down(&f);
}

static void one_that_is_expected_counts_already(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    connections_expect(f.table);
    assert_int_equal(connections_count(f.table), N_ENDS + 1);
    connections_forget(f.table);
    assert_int_equal(connections_count(f.table), N_ENDS);
    tear_down(&f);
}

static void a_connection_that_goes_on_is_not_late(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (uint64_t now = 2000; now < 100000; now += REQUEST_MS - 1) {
        for (size_t i = 0; i < N_ENDS; i++) {
            connections_enter(f.table, &f.entries[i], CONNECTIONS_REQUEST, now);
        }
        connections_close_late(f.table, now + REQUEST_MS - 1);
    }
    for (size_t i = 0; i < N_ENDS; i++) {
        assert_false(is_closed(&f, i));
    }
    tear_down(&f);
}

static void who_never_sent_a_request_makes_room_first(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    connections_enter(f.table, &f.entries[0], CONNECTIONS_IDLE, 1000); /* idle for longest */
    connections_enter(f.table, &f.entries[1], CONNECTIONS_ANSWER, 1000);
    assert_true(connections_make_room(f.table));
    assert_true(is_closed(&f, 2)); /* older than 3 */
    assert_true(connections_make_room(f.table));
    assert_true(is_closed(&f, 3));
    assert_false(is_closed(&f, 0));
    assert_true(connections_make_room(f.table));
    assert_true(is_closed(&f, 0));
    assert_int_equal(f.n_full, 3);
    assert_false(connections_make_room(f.table)); /* a request is under way on what is left */
    assert_false(is_closed(&f, 1));
    tear_down(&f);
}

static void the_longest_idle_makes_room_next(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < N_ENDS; i++) {
        connections_enter(f.table, &f.entries[i], CONNECTIONS_IDLE, 5000 + (i + 2) % N_ENDS);
    }
    assert_true(connections_make_room(f.table));
    assert_true(is_closed(&f, 2));
    assert_false(is_closed(&f, 3));
    tear_down(&f);
}

static void an_idle_connection_is_ended_without_losing_what_has_arrived(void **state)
{
    struct fixture f;
    char bytes[16];

    (void)state;
    set_up(&f);
    connections_enter(f.table, &f.entries[0], CONNECTIONS_IDLE, 1000);
    connections_enter(f.table, &f.entries[1], CONNECTIONS_REQUEST, 1000);
    assert_int_equal(send(f.ends[0][1], "request", 7, 0), 7);
    connections_end_idle(f.table);
    assert_int_equal(recv(f.ends[0][0], bytes, sizeof(bytes), 0), 7);
    assert_int_equal(recv(f.ends[0][0], bytes, sizeof(bytes), 0), -1); /* the rest may follow */
    connections_end_idle(f.table);
    assert_int_equal(recv(f.ends[0][0], bytes, sizeof(bytes), 0), 0); /* then the end */
    assert_int_equal(send(f.ends[0][0], "answer", 6, MSG_NOSIGNAL), 6);
    assert_int_equal(recv(f.ends[0][1], bytes, sizeof(bytes), 0), 6);
    assert_int_equal(recv(f.ends[1][0], bytes, sizeof(bytes), 0), -1); /* goes on */
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_has_its_deadline),
        cmocka_unit_test(one_that_was_shut_down_stays_so),
        cmocka_unit_test(one_that_is_expected_counts_already),
        cmocka_unit_test(a_connection_that_goes_on_is_not_late),
        cmocka_unit_test(who_never_sent_a_request_makes_room_first),
        cmocka_unit_test(the_longest_idle_makes_room_next),
        cmocka_unit_test(an_idle_connection_is_ended_without_losing_what_has_arrived),
    };

    return cmocka_run_group_tests_name("connections", tests, NULL, NULL);
}
