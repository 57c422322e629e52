/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/body.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define MIB ((size_t)1024 * 1024)

static size_t held(struct body_budget *budget)
{
    return atomic_load(&budget->held);
}

static void pieces_are_put_together(void **state)
{
    struct body_budget budget = {0};
    struct body body = {0};
    char expected[100000];

    (void)state;
    for (size_t i = 0; i < sizeof(expected); i++) {
        expected[i] = (char)(i * 31);
    }
    for (size_t at = 0; at < sizeof(expected); at += 7) {
        size_t n = sizeof(expected) - at < 7 ? sizeof(expected) - at : 7;
        assert_int_equal(body_add(&body, &budget, expected + at, n, sizeof(expected)), BODY_KEPT);
    }
    assert_int_equal(body.len, sizeof(expected));
    assert_memory_equal(body.bytes, expected, sizeof(expected));
    assert_int_equal(held(&budget), body.size);
    body_clear(&body, &budget);
    assert_int_equal(held(&budget), 0);
    assert_null(body.bytes);
    body_clear(&body, &budget);
}

static void a_promise_costs_nothing_but_what_has_come_does(void **state)
{
    struct body_budget budget = {0};
    struct body body = {0};

    (void)state;
    assert_int_equal(body_add(&body, &budget, "{", 1, 8 * MIB), BODY_KEPT);
    assert_int_equal(held(&budget), BODY_FIRST_BYTES_MAX);
    body_clear(&body, &budget);
    assert_int_equal(body_add(&body, &budget, "{}", 2, 2), BODY_KEPT);
    assert_int_equal(held(&budget), 2);
    body_clear(&body, &budget);
}

static void a_body_is_moved_no_more_once_half_of_it_is_there(void **state)
{
    static const char piece[BODY_FIRST_BYTES_MAX] = "";
    const size_t whole = 2 * sizeof(piece) + sizeof(piece) / 2;
    struct body_budget budget = {0};
    struct body body = {0};

    (void)state;
    assert_int_equal(body_add(&body, &budget, piece, sizeof(piece), whole), BODY_KEPT);
    assert_int_equal(held(&budget), sizeof(piece));
    assert_int_equal(body_add(&body, &budget, piece, sizeof(piece) / 2, whole), BODY_KEPT);
    assert_int_equal(held(&budget), whole);
    body_clear(&body, &budget);
}

static void all_bodies_share_64_mib(void **state)
{
    CLEANUP(free) char *bytes = calloc(1, 8 * MIB);
    struct body_budget budget = {0};
    struct body bodies[9] = {0};

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(body_add(&bodies[i], &budget, bytes, 8 * MIB, 8 * MIB), BODY_KEPT);
    }
    assert_int_equal(held(&budget), BODY_ALL_BYTES_MAX);
    assert_int_equal(body_add(&bodies[8], &budget, "x", 1, 1), BODY_NO_ROOM);
    assert_null(bodies[8].bytes);
    assert_int_equal(held(&budget), BODY_ALL_BYTES_MAX);
    body_clear(&bodies[0], &budget);
    assert_int_equal(body_add(&bodies[8], &budget, "x", 1, 1), BODY_KEPT);
    for (size_t i = 0; i < 9; i++) {
        body_clear(&bodies[i], &budget);
    }
    assert_int_equal(held(&budget), 0);
}

static void a_body_that_finds_no_room_stays_as_it_was(void **state)
{
    CLEANUP(free) char *bytes = calloc(1, BODY_ALL_BYTES_MAX);
    struct body_budget budget = {0};
    struct body large = {0};
    struct body small = {0};
    size_t rest = BODY_ALL_BYTES_MAX - BODY_FIRST_BYTES_MAX;

    (void)state;
    assert_int_equal(body_add(&small, &budget, "abc", 3, MIB), BODY_KEPT);
    assert_int_equal(body_add(&large, &budget, bytes, rest, rest), BODY_KEPT);
    assert_int_equal(body_add(&small, &budget, bytes, BODY_FIRST_BYTES_MAX, MIB), BODY_NO_ROOM);
    assert_int_equal(small.len, 3);
    assert_memory_equal(small.bytes, "abc", 3);
    body_clear(&large, &budget);
    assert_int_equal(body_add(&small, &budget, bytes, BODY_FIRST_BYTES_MAX, MIB), BODY_KEPT);
    body_clear(&small, &budget);
    assert_int_equal(held(&budget), 0);
}

static void *fill_and_clear(void *data)
{
    struct body_budget *budget = data;
    char piece[4096] = "";

    for (size_t i = 0; i < 500; i++) {
        struct body body = {0};
        for (size_t n = 0; n < 50; n++) {
            (void)!body_add(&body, budget, piece, sizeof(piece), 50 * sizeof(piece));
        }
        body_clear(&body, budget);
    }
    return NULL;
}

static void threads_keep_the_budget_right(void **state)
{
    struct body_budget budget = {0};
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, fill_and_clear, &budget), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(held(&budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_put_together),
        cmocka_unit_test(a_promise_costs_nothing_but_what_has_come_does),
        cmocka_unit_test(a_body_is_moved_no_more_once_half_of_it_is_there),
        cmocka_unit_test(all_bodies_share_64_mib),
        cmocka_unit_test(a_body_that_finds_no_room_stays_as_it_was),
        cmocka_unit_test(threads_keep_the_budget_right),
    };

    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
