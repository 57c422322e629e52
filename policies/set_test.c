/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/set.h"

#include <pthread.h>
#include <string.h>

#include "policies/load.h"
#include "tests/test.h"

#define THREADS 4
#define ROUNDS  10000

static struct policy_set *load(void)
{
    const char *text = "apiVersion: hawser.dev/v1\n"
                       "kind: VolumePolicy\n"
                       "metadata: {name: scratch}\n"
                       "spec: {volumes: [{name: a, mountPath: /a, persistent: {claimName: c}}]}\n";
    struct err err = {0};
    struct policy_set *set = policy_load_text("p.yaml", text, strlen(text), &err);

    assert_string_equal(err.msg, "");
    assert_non_null(set);
    return set;
}

static void a_set_lives_as_long_as_its_last_owner(void **state)
{
    struct policy_set *set = load();
    struct policy_set *second = policy_set_ref(set);

    (void)state;
    assert_ptr_equal(set, second);
    policy_set_unref(set);
    assert_string_equal(second->policies.items[0].name, "scratch");
    policy_set_unref(second);
}

static void nothing_has_no_owners(void **state)
{
    (void)state;
    assert_null(policy_set_ref(NULL));
    policy_set_unref(NULL);
}

/* What each request does while it is being answered; a wrong name shows as a result. */
static void *own_and_look(void *data)
{
    struct policy_set *set = data;
    void *wrong = NULL;

    for (int i = 0; i < ROUNDS; i++) {
        struct policy_set *mine = policy_set_ref(set);
        if (strcmp(mine->policies.items[0].name, "scratch") != 0) {
            wrong = mine;
        }
        policy_set_unref(mine);
    }
    policy_set_unref(set);
    return wrong;
}

static void threads_may_share_a_set(void **state)
{
    struct policy_set *set = load();
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, own_and_look, policy_set_ref(set)), 0);
    }
    policy_set_unref(set);
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

static void a_policy_that_clashes_with_none_is_apart(void **state)
{
    const char *text = "apiVersion: hawser.dev/v1\n"
                       "kind: VolumePolicy\n"
                       "metadata: {name: c}\n"
                       "spec: {volumes: [{name: v1, mountPath: /a, persistent: {claimName: v}}]}\n"
                       "---\n"
                       "apiVersion: hawser.dev/v1\n"
                       "kind: VolumePolicy\n"
                       "metadata: {name: b}\n"
                       "spec: {volumes: [{name: v2, mountPath: /b, persistent: {claimName: v}}]}\n"
                       "---\n"
                       "apiVersion: hawser.dev/v1\n"
                       "kind: VolumePolicy\n"
                       "metadata: {name: a}\n"
                       "spec: {volumes: [{name: v3, mountPath: /a, persistent: {claimName: v}}]}\n";
    struct err err = {0};
    struct policy_set *set = policy_load_text("p.yaml", text, strlen(text), &err);

    (void)state;
    assert_string_equal(err.msg, "");
    assert_non_null(set);
    assert_false(policy_set_find(set, "a")->is_apart);
    assert_true(policy_set_find(set, "b")->is_apart);
    assert_false(policy_set_find(set, "c")->is_apart);
    assert_null(policy_set_find(set, "d"));
    assert_null(policy_set_find(set, "B"));
    policy_set_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_lives_as_long_as_its_last_owner),
        cmocka_unit_test(nothing_has_no_owners),
        cmocka_unit_test(threads_may_share_a_set),
        cmocka_unit_test(a_policy_that_clashes_with_none_is_apart),
    };

    return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
