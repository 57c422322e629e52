/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/drift_objects_test.h"
#include "deploy/storage/merge_test.h"
#include "tests/test.h"

#define OBJECTS_MAX 16

/* What is desired, and what is there: all of it, and right, to begin with. */
struct world {
    json_t *desired;
    json_t *observed[OBJECTS_MAX];
    size_t n;
};

static void clear(struct world *world)
{
    for (size_t i = 0; i < world->n; i++) {
        json_decref(world->observed[i]);
    }
    json_decref(world->desired);
}

static void clear_p(struct world *world)
{
    clear(world);
}

static void begin(struct world *world)
{
    *world = (struct world){.desired = json_array(), .n = drift_objects_n + 1};
    assert_true(world->n <= OBJECTS_MAX);
    assert_int_equal(
        json_array_append_new(world->desired,
                              drift_objects_read("{'kind': 'Namespace', 'metadata': {'name': "
                                                 "'hawser-nfs'}}")),
        0);
    world->observed[0] = drift_objects_read("{'metadata': {'name': 'hawser-nfs'}}");
    for (size_t i = 0; i < drift_objects_n; i++) {
        assert_int_equal(
            json_array_append_new(world->desired, drift_objects_read(drift_objects_all[i].desired)),
            0);
        world->observed[i + 1] = drift_objects_read(drift_objects_all[i].observed[1]);
    }
}

static size_t index_of(const char *kind)
{
    return strcmp(kind, "Namespace") == 0
               ? 0
               : (size_t)(drift_objects_find(kind) - drift_objects_all) + 1;
}

/* Merge @done into what is there of @kind; NULL takes it away. */
static void change(struct world *world, const char *kind, const char *done)
{
    json_t **object = &world->observed[index_of(kind)];

    if (done == NULL) {
        json_decref(*object);
        *object = NULL;
    } else {
        json_auto_t *patch = drift_objects_read(done);
        merge_test_patch(*object, patch);
    }
}

static void plan_of(const struct world *world, struct plan *plan)
{
    struct err err = {0};

    assert_int_equal(plan_make(world->desired, world->observed, plan, &err), 0);
}

#define NAMED(kind) kind " 'hawser-nfs/hawser-nfs-fast'"

/* One change, and the one action that comes of it. */
static const struct {
    const char *kind;
    const char *done;
    enum plan_verb verb;
    const char *reason;
    const char *body; /* NULL: none */
} cases[] = {
    {"Service", NULL, PLAN_APPLY, "it was absent", NULL},
    {"PersistentVolumeClaim", NULL, PLAN_APPLY, "it was absent", NULL},
    {"StatefulSet", "{'spec': {'replicas': 3}}", PLAN_APPLY, "/spec/replicas was 3 and not 1",
     NULL},
    {"StatefulSet", "{'spec': {'replicas': null}}", PLAN_APPLY,
     "/spec/replicas was absent, and not 1", NULL},
    {"Service", "{'spec': {'type': 'x\\ny'}}", PLAN_APPLY,
     "/spec/type was 'x.y' and not 'ClusterIP'", NULL},
    {"Role", "{'rules': []}", PLAN_APPLY, "/rules was another", NULL},
    {"Service", "{'spec': {'selector': {'x': 'y'}}}", PLAN_PATCH, "/spec/selector/x was added",
     "{'metadata': {'resourceVersion': '4711'}, 'spec': {'selector': {'hawser.dev/nfs-server': "
     "'fast', 'x': null}}}"},
    {"Role", "{'metadata': {'ownerReferences': [{'uid': 'x'}]}}", PLAN_PATCH,
     "it had an owner, and would have been deleted with it",
     "{'metadata': {'resourceVersion': '4711', 'ownerReferences': null}}"},
    {"PersistentVolumeClaim", "{'metadata': {'labels': {'hawser.dev/nfs-server': 'x'}}}",
     PLAN_PATCH, "/metadata/labels/hawser.dev~1nfs-server was 'x' and not 'fast'",
     "{'metadata': {'resourceVersion': '4711', 'labels': {'app.kubernetes.io/managed-by': "
     "'hawser-controller', 'app.kubernetes.io/name': 'hawser-nfs', 'hawser.dev/home': 'hawser', "
     "'hawser.dev/nfs-server': 'fast'}}}"},
    {"StorageClass", "{'reclaimPolicy': 'Retain'}", PLAN_REPLACE,
     "/reclaimPolicy was 'Retain' and not 'Delete'", NULL},
    {"StorageClass", "{'parameters': {'x': 'y'}}", PLAN_REPLACE, "/parameters was added", NULL},
    {"RoleBinding", "{'roleRef': {'name': 'x'}}", PLAN_REPLACE,
     "/roleRef/name was 'x' and not 'hawser-nfs-fast'", NULL},
    {"PriorityClass", "{'value': 7}", PLAN_REPLACE, "/value was 7 and not 1000000", NULL},
    {"PodDisruptionBudget", "{'spec': {'selector': {'matchLabels': {'x': 'y'}}}}", PLAN_REPLACE,
     "/spec/selector/matchLabels/x was added", NULL},
    {"StatefulSet", "{'spec': {'serviceName': 'x'}}", PLAN_REPORT,
     NAMED("StatefulSet") ": /spec/serviceName was 'x' and not 'hawser-nfs-fast', which cannot be "
                          "changed; delete it with --cascade=orphan, which leaves its pod, and it "
                          "is made anew",
     NULL},
    {"Service", "{'spec': {'clusterIP': 'None'}}", PLAN_REPORT,
     NAMED("Service") " is headless (clusterIP None) and has no address for volumes, which cannot "
                      "be changed; when no volume names it, delete it, and it is made anew",
     NULL},
    {"Service", "{'metadata': {'deletionTimestamp': '2026-01-02T03:04:05Z'}}", PLAN_WAIT,
     "it is being deleted", NULL},
};

static void one_drift_is_one_action_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(clear) struct world world;
        CLEANUP(plan_clear) struct plan plan = {.items = NULL};

        begin(&world);
        change(&world, cases[i].kind, cases[i].done);
        plan_of(&world, &plan);
        assert_int_equal(plan.n, 1);
        assert_int_equal(plan.items[0].index, index_of(cases[i].kind));
        assert_string_equal(plan.items[0].reason, cases[i].reason);
        assert_int_equal(plan.items[0].verb, cases[i].verb);
        assert_true((plan.items[0].body != NULL) == (cases[i].body != NULL));
        if (cases[i].body != NULL) {
            json_auto_t *body = drift_objects_read(cases[i].body);
            assert_true(json_equal(plan.items[0].body, body));
        }
    }
}

static void what_is_right_needs_no_action(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};

    (void)state;
    begin(&world);
    plan_of(&world, &plan);
    assert_int_equal(plan.n, 0);
}

static void in_an_empty_cluster_everything_is_applied_in_order(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};

    (void)state;
    begin(&world);
    for (size_t i = 0; i < world.n; i++) {
        json_decref(world.observed[i]);
        world.observed[i] = NULL;
    }
    plan_of(&world, &plan);
    assert_int_equal(plan.n, world.n);
    for (size_t i = 0; i < plan.n; i++) {
        assert_int_equal(plan.items[i].verb, PLAN_APPLY);
        assert_int_equal(plan.items[i].index, i);
    }
}

static void what_is_patched_is_right_afterwards(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan first = {.items = NULL};
    CLEANUP(plan_clear) struct plan second = {.items = NULL};

    (void)state;
    begin(&world);
    change(&world, "Service", "{'spec': {'ports': []}}");
    change(&world, "Service", "{'spec': {'ports': [{'port': 1}]}}");
    change(&world, "PersistentVolumeClaim",
           "{'metadata': {'labels': {'app.kubernetes.io/name': null}, 'ownerReferences': "
           "[{'uid': 'x'}]}}");
    plan_of(&world, &first);
    assert_int_equal(first.n, 2);
    for (size_t i = 0; i < first.n; i++) {
        assert_int_equal(first.items[i].verb, PLAN_PATCH);
        merge_test_patch(world.observed[first.items[i].index], first.items[i].body);
    }
    plan_of(&world, &second);
    assert_int_equal(second.n, 0);
}

static void a_report_leaves_the_actions_for_other_objects(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};

    (void)state;
    begin(&world);
    change(&world, "StatefulSet", "{'spec': {'serviceName': 'x'}}");
    change(&world, "Role", NULL);
    plan_of(&world, &plan);
    assert_int_equal(plan.n, 2);
    assert_int_equal(plan.items[0].verb, PLAN_REPORT);
    assert_int_equal(plan.items[1].verb, PLAN_APPLY);
}

static void beside_an_object_that_is_not_ours_nothing_is_touched(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};

    (void)state;
    begin(&world);
    change(&world, "StatefulSet", NULL);
    change(&world, "RoleBinding", "{'roleRef': {'name': 'x'}}");
    change(&world, "Service",
           "{'metadata': {'managedFields': null, 'labels': {'hawser.dev/home': null, "
           "'app.kubernetes.io/managed-by': 'Helm'}}}");
    change(&world, "StorageClass", "{'metadata': {'labels': {'hawser.dev/home': 'other'}}}");
    plan_of(&world, &plan);
    assert_int_equal(plan.n, 4);
    for (size_t i = 0; i < plan.n; i++) {
        assert_int_equal(plan.items[i].verb, PLAN_REPORT);
    }
    assert_string_equal(plan.items[0].reason,
                        NAMED("StatefulSet") " is left as it is (it was absent), because " NAMED(
                            "Service") " is not ours");
    assert_string_equal(plan.items[1].reason,
                        NAMED("Service") " was there before and belongs to 'Helm', so it is left "
                                         "as it is; give one of the two another name, delete it, "
                                         "or add the label hawser.dev/home=hawser to hand it over");
    assert_string_equal(plan.items[2].reason,
                        "StorageClass 'hawser-nfs-fast' belongs to the hawser in namespace "
                        "'other' and is left as it is; give one of the two another name, or set "
                        "its label hawser.dev/home to 'hawser' to hand it over");
}

static void a_namespace_that_goes_is_waited_for_with_what_is_in_it(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};

    (void)state;
    begin(&world);
    change(&world, "Namespace", "{'metadata': {'deletionTimestamp': '2026-01-02T03:04:05Z'}}");
    change(&world, "Service", NULL);
    change(&world, "StorageClass", NULL);
    plan_of(&world, &plan);
    assert_int_equal(plan.n, 3);
    assert_int_equal(plan.items[0].verb, PLAN_WAIT);
    assert_int_equal(plan.items[1].verb, PLAN_WAIT);
    assert_string_equal(plan.items[1].reason, "its namespace 'hawser-nfs' is being deleted");
    assert_int_equal(plan.items[2].verb, PLAN_APPLY);
}

static void a_reason_is_short_whatever_an_object_holds(void **state)
{
    CLEANUP(clear) struct world world;
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};
    CLEANUP(free) char *text = calloc(1, 100001);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 100000);
    begin(&world);
    assert_int_equal(
        json_object_set_new(json_object_get(world.observed[index_of("Service")], "spec"), "type",
                            json_string(text)),
        0);
    plan_of(&world, &plan);
    assert_int_equal(plan.n, 1);
    assert_true(strlen(plan.items[0].reason) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_drift_is_one_action_with_a_reason),
        cmocka_unit_test(what_is_right_needs_no_action),
        cmocka_unit_test(in_an_empty_cluster_everything_is_applied_in_order),
        cmocka_unit_test(what_is_patched_is_right_afterwards),
        cmocka_unit_test(a_report_leaves_the_actions_for_other_objects),
        cmocka_unit_test(beside_an_object_that_is_not_ours_nothing_is_touched),
        cmocka_unit_test(a_namespace_that_goes_is_waited_for_with_what_is_in_it),
        cmocka_unit_test(a_reason_is_short_whatever_an_object_holds),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
