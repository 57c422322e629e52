/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/policy_source.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

#define POLICY(name)                                                        \
    "apiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: " name \
    "}\nspec: {volumes: [{name: v, persistent: {claimName: c}, mountPath: /v}]}\n"

struct fixture {
    struct loop *loop;
    struct policy_source *source;
    unsigned int n_told;
    const char *name; /* of the first policy that was told */
};

static void note(void *data, struct policy_set *set)
{
    struct fixture *fixture = data;

    fixture->n_told++;
    fixture->name = set->policies.items[0].name;
}

/* Begin with what a mounted ConfigMap says. */
static void begin(struct fixture *fixture, const char *text)
{
    struct err err = {0};

    *fixture = (struct fixture){.loop = loop_new(&err)};
    assert_non_null(fixture->loop);
    assert_int_equal(folder_publish("mount", "1", "p.yaml", text), 0);
    fixture->source = policy_source_new(fixture->loop, "mount", note, fixture, &err);
    assert_non_null(fixture->source);
}

static void end_p(struct fixture *fixture)
{
    policy_source_free(fixture->source);
    loop_free(fixture->loop);
}

static void change(struct fixture *fixture, const char *generation, const char *text)
{
    assert_int_equal(folder_publish("mount", generation, "p.yaml", text), 0);
    policy_source_read(fixture->source);
}

static void policies_are_told_when_they_change_and_not_each_time(void **state)
{
    CLEANUP(end) struct fixture fixture;

    (void)state;
    begin(&fixture, POLICY("one"));
    assert_int_equal(fixture.n_told, 1);
    assert_string_equal(fixture.name, "one");
    change(&fixture, "2", "# the same\n" POLICY("one"));
    assert_int_equal(fixture.n_told, 1);
    change(&fixture, "3", POLICY("two"));
    assert_int_equal(fixture.n_told, 2);
    assert_string_equal(fixture.name, "two");
}

static void what_does_not_load_leaves_the_old_in_force(void **state)
{
    CLEANUP(end) struct fixture fixture;
    struct err err = {0};

    (void)state;
    begin(&fixture, POLICY("one"));
    assert_int_equal(policy_source_check(fixture.source, &err), 0);
    change(&fixture, "2", "kind: Nothing\n");
    assert_int_equal(fixture.n_told, 1);
    assert_int_equal(policy_source_failures(fixture.source), 1);
    assert_string_equal(policy_source_set(fixture.source)->policies.items[0].name, "one");
    assert_int_equal(policy_source_check(fixture.source, &err), -1);
    assert_non_null(strstr(err.msg, "mount/p.yaml"));
    change(&fixture, "3", POLICY("one"));
    assert_int_equal(policy_source_check(fixture.source, &err), 0);
    assert_int_equal(fixture.n_told, 1);
}

static void one_begins_without_policies_and_gets_them_later(void **state)
{
    CLEANUP(end) struct fixture fixture;
    struct err err = {0};

    (void)state;
    begin(&fixture, "]");
    assert_null(policy_source_set(fixture.source));
    assert_int_equal(policy_source_check(fixture.source, &err), -1);
    change(&fixture, "2", POLICY("late"));
    assert_string_equal(fixture.name, "late");
}

static void without_a_path_those_built_in_count(void **state)
{
    struct fixture fixture = {0};
    struct err err = {0};
    CLEANUP(loop_free) struct loop *loop = loop_new(&err);
    CLEANUP(policy_source_free)
    struct policy_source *source = policy_source_new(loop, NULL, note, &fixture, &err);

    (void)state;
    assert_non_null(source);
    assert_int_equal(fixture.n_told, 1);
    assert_int_equal(policy_source_set(source)->provisioners.n, 2);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(policies_are_told_when_they_change_and_not_each_time),
        IN_FOLDER(what_does_not_load_leaves_the_old_in_force),
        IN_FOLDER(one_begins_without_policies_and_gets_them_later),
        IN_FOLDER(without_a_path_those_built_in_count),
    };

    return cmocka_run_group_tests_name("policy_source", tests, NULL, NULL);
}
