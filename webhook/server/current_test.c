/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/current.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "tests/test.h"

#define N_THREADS 4
#define N_ROUNDS  20000

/* A value that knows whether it is still there. */
struct value {
    atomic_int owners;
    int number;
};

static atomic_int n_alive;

static struct value *value_new(int number)
{
    struct value *value = calloc(1, sizeof(*value));

    assert_non_null(value);
    atomic_init(&value->owners, 1);
    value->number = number;
    atomic_fetch_add(&n_alive, 1);
    return value;
}

static void *value_ref(void *data)
{
    struct value *value = data;

    atomic_fetch_add(&value->owners, 1);
    return value;
}

static void value_unref(void *data)
{
    struct value *value = data;

    if (value != NULL && atomic_fetch_sub(&value->owners, 1) == 1) {
        value->number = -1;
        free(value);
        atomic_fetch_sub(&n_alive, 1);
    }
}

static void there_is_nothing_at_first(void **state)
{
    struct current current;

    (void)state;
    current_init(&current, value_ref, value_unref);
    assert_null(current_get(&current));
    current_clear(&current);
}

static void who_took_the_old_value_keeps_it(void **state)
{
    struct current current;
    struct value *old;
    struct value *now;

    (void)state;
    current_init(&current, value_ref, value_unref);
    current_set(&current, value_new(1));
    old = current_get(&current);
    current_set(&current, value_new(2));
    now = current_get(&current);
    assert_int_equal(old->number, 1);
    assert_int_equal(now->number, 2);
    assert_int_equal(atomic_load(&n_alive), 2);
    value_unref(old);
    assert_int_equal(atomic_load(&n_alive), 1);
    value_unref(now);
    current_clear(&current);
    assert_int_equal(atomic_load(&n_alive), 0);
}

static void *use(void *data)
{
    struct current *current = data;
    int last = 0;

    for (int i = 0; i < N_ROUNDS; i++) {
        struct value *value = current_get(current);
        assert_true(value->number >= last); /* never an older one again, nor one that is gone */
        last = value->number;
        value_unref(value);
    }
    return NULL;
}

/* Replace the value again and again while threads run @use_it. */
static void replace_while(void *(*use_it)(void *))
{
    struct current current;
    pthread_t threads[N_THREADS];

    current_init(&current, value_ref, value_unref);
    current_set(&current, value_new(0));
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_it, &current), 0);
    }
    for (int i = 1; i < N_ROUNDS; i++) {
        current_set(&current, value_new(i));
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    current_clear(&current);
    assert_int_equal(atomic_load(&n_alive), 0);
}

static void users_never_see_a_value_that_is_gone(void **state)
{
    (void)state;
    replace_while(use);
}

static void a_view_keeps_its_value_until_it_looks_again(void **state)
{
    struct current current;
    struct current_view view = {0};
    struct value *seen;

    (void)state;
    current_init(&current, value_ref, value_unref);
    assert_null(current_look(&current, &view));
    current_set(&current, value_new(1));
    seen = current_look(&current, &view);
    assert_ptr_equal(current_look(&current, &view), seen);
    assert_int_equal(atomic_load(&seen->owners), 2);
    current_set(&current, value_new(2));
    assert_int_equal(seen->number, 1);
    seen = current_look(&current, &view);
    assert_int_equal(seen->number, 2);
    assert_int_equal(atomic_load(&n_alive), 1);
    current_set(&current, NULL);
    assert_null(current_look(&current, &view));
    assert_int_equal(atomic_load(&n_alive), 0);
    current_set(&current, value_new(3));
    assert_non_null(current_look(&current, &view));
    current_view_clear(&current, &view);
    current_clear(&current);
    assert_int_equal(atomic_load(&n_alive), 0);
}

static void *look(void *data)
{
    struct current *current = data;
    struct current_view view = {0};
    int last = 0;

    for (int i = 0; i < N_ROUNDS; i++) {
        const struct value *value = current_look(current, &view);
        assert_true(value->number >= last);
        last = value->number;
    }
    current_view_clear(current, &view);
    return NULL;
}

static void views_never_show_a_value_that_is_gone(void **state)
{
    (void)state;
    replace_while(look);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_nothing_at_first),
        cmocka_unit_test(who_took_the_old_value_keeps_it),
        cmocka_unit_test(users_never_see_a_value_that_is_gone),
        cmocka_unit_test(a_view_keeps_its_value_until_it_looks_again),
        cmocka_unit_test(views_never_show_a_value_that_is_gone),
    };

    return cmocka_run_group_tests_name("current", tests, NULL, NULL);
}
