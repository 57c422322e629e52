/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/drift.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/drift_objects_test.h"
#include "tests/test.h"

/* What lies at @path, in which ">" parts the keys and indices of one digit. */
static json_t *look_up(json_t *object, const char *path)
{
    CLEANUP(free) char *copy = strdup(path);
    char *rest = copy;
    json_t *value = object;

    for (char *key = strsep(&rest, ">"); key != NULL; key = strsep(&rest, ">")) {
        value = json_is_array(value) ? json_array_get(value, (size_t)(key[0] - '0'))
                                     : json_object_get(value, key);
        assert_non_null(value);
    }
    return value;
}

static void expect(const char *what,
                   const json_t *desired,
                   const json_t *observed,
                   enum drift_kind kind,
                   const char *pointer)
{
    struct drift drift = {.kind = DRIFT_GOING};

    drift_find(desired, observed, &drift);
    if (drift.kind != kind || strcmp(drift.pointer, pointer) != 0) {
        fail_msg("%s: found %d at '%s', expected %d at '%s'", what, (int)drift.kind, drift.pointer,
                 (int)kind, pointer);
    }
}

static void what_an_api_server_fills_in_drops_or_rewrites_is_no_drift(void **state)
{
    (void)state;
    for (size_t i = 0; i < drift_objects_n; i++) {
        const struct drift_objects *row = &drift_objects_all[i];
        json_auto_t *desired = drift_objects_read(row->desired);

        for (size_t j = 0; j < 2; j++) {
            json_auto_t *observed = drift_objects_read(row->observed[j]);
            expect(row->name, desired, observed, DRIFT_NONE, "");
        }
        expect(row->name, desired, NULL, DRIFT_ABSENT, "");
    }
}

#define POD            "spec>template>spec"
#define SERVER         POD ">containers>0"
#define POD_POINTER    "/spec/template/spec"
#define SERVER_POINTER POD_POINTER "/containers/0"

/* A change by somebody else: @with is merged into what lies at @path, or appended to a list. */
static const struct {
    const char *object;
    const char *path;
    const char *with;
    enum drift_kind kind;
    const char *pointer;
} changes[] = {
    /* Lists that are merged by a key. */
    {"Service", "spec>ports", "{'name': 'x', 'port': 1}", DRIFT_SURPLUS, "/spec/ports/3"},
    {"Service", "spec>ports", "{'name': 'x', 'port': 111, 'protocol': 'UDP'}", DRIFT_SURPLUS,
     "/spec/ports/3"},
    {"StatefulSet", POD ">containers", "{'name': 'x'}", DRIFT_SURPLUS, POD_POINTER "/containers/1"},
    {"StatefulSet", POD, "{'initContainers': [{'name': 'x'}]}", DRIFT_SURPLUS,
     POD_POINTER "/initContainers/0"},
    {"StatefulSet", POD ">volumes", "{'name': 'x', 'emptyDir': {}}", DRIFT_SURPLUS,
     POD_POINTER "/volumes/2"},
    {"StatefulSet", SERVER ">env", "{'name': 'x', 'value': 'y'}", DRIFT_SURPLUS,
     SERVER_POINTER "/env/3"},
    {"StatefulSet", SERVER ">env", "{'name': 'NONE', 'value': 'y'}", DRIFT_SURPLUS,
     SERVER_POINTER "/env/3"},
    {"StatefulSet", SERVER ">ports", "{'containerPort': 1, 'protocol': 'TCP'}", DRIFT_SURPLUS,
     SERVER_POINTER "/ports/2"},
    {"StatefulSet", SERVER ">volumeMounts", "{'name': 'run', 'mountPath': '/x'}", DRIFT_SURPLUS,
     SERVER_POINTER "/volumeMounts/2"},
    /* Maps that decide, and what is there only when asked for. */
    {"Service", "spec>selector", "{'x': 'y'}", DRIFT_SURPLUS, "/spec/selector/x"},
    {"StatefulSet", POD ">nodeSelector", "{'x': 'y'}", DRIFT_SURPLUS,
     POD_POINTER "/nodeSelector/x"},
    {"StatefulSet", SERVER, "{'command': ['sh']}", DRIFT_SURPLUS, SERVER_POINTER "/command"},
    {"StatefulSet", SERVER, "{'envFrom': [{'prefix': 'x'}]}", DRIFT_SURPLUS,
     SERVER_POINTER "/envFrom"},
    {"NetworkPolicy", "spec>podSelector>matchLabels", "{'x': 'y'}", DRIFT_SURPLUS,
     "/spec/podSelector/matchLabels/x"},
    {"NetworkPolicy", "spec", "{'egress': [{}]}", DRIFT_SURPLUS, "/spec/egress"},
    /* A second choice beside ours. */
    {"StatefulSet", "spec>updateStrategy", "{'rollingUpdate': {'partition': 0}}", DRIFT_SURPLUS,
     "/spec/updateStrategy/rollingUpdate"},
    {"StatefulSet", POD ">volumes>1", "{'hostPath': {'path': '/'}}", DRIFT_SURPLUS,
     POD_POINTER "/volumes/1/hostPath"},
    {"StatefulSet", SERVER ">env>2", "{'valueFrom': {'fieldRef': {}, 'x': 1}}", DRIFT_SURPLUS,
     SERVER_POINTER "/env/2/valueFrom"},
    {"StatefulSet", SERVER ">livenessProbe", "{'exec': {'command': ['true']}}", DRIFT_SURPLUS,
     SERVER_POINTER "/livenessProbe/exec"},
    {"PodDisruptionBudget", "spec", "{'minAvailable': 1}", DRIFT_SURPLUS, "/spec/minAvailable"},
    {"StorageClass", "", "{'mountOptions': ['vers=4.1', 'hard', 'ro']}", DRIFT_DIFFERENT,
     "/mountOptions"},
    /* One value to an apply. */
    {"StatefulSet", SERVER ">args", "'-x'", DRIFT_DIFFERENT, SERVER_POINTER "/args"},
    {"StatefulSet", SERVER ">securityContext>capabilities>add", "'SYS_ADMIN'", DRIFT_DIFFERENT,
     SERVER_POINTER "/securityContext/capabilities/add"},
    {"StatefulSet", POD ">tolerations", "{'operator': 'Exists'}", DRIFT_DIFFERENT,
     POD_POINTER "/tolerations"},
    {"NetworkPolicy", "spec>ingress", "{}", DRIFT_DIFFERENT, "/spec/ingress"},
    {"NetworkPolicy", "spec>ingress>0>from>0", "{'podSelector': {'matchLabels': {'x': 'y'}}}",
     DRIFT_DIFFERENT, "/spec/ingress/0/from/0/podSelector"},
    {"NetworkPolicy", "spec>ingress>0>ports>0", "{'protocol': 'UDP'}", DRIFT_DIFFERENT,
     "/spec/ingress/0/ports/0/protocol"},
    {"NetworkPolicy", "spec>ingress>0", "{'from': [{'podSelector': {}}]}", DRIFT_DIFFERENT,
     "/spec/ingress/0/from/0/namespaceSelector"},
    {"Role", "rules", "{'verbs': ['*']}", DRIFT_DIFFERENT, "/rules"},
    {"Role", "rules>0", "{'nonResourceURLs': ['/']}", DRIFT_DIFFERENT, "/rules/0/nonResourceURLs"},
    {"Role", "rules>0>verbs", "'delete'", DRIFT_DIFFERENT, "/rules/0/verbs"},
    {"RoleBinding", "subjects", "{'kind': 'User', 'name': 'x'}", DRIFT_DIFFERENT, "/subjects"},
    /* Amounts, and what is written in the same way and is none. */
    {"StatefulSet", SERVER ">resources>limits", "{'memory': '513Mi'}", DRIFT_DIFFERENT,
     SERVER_POINTER "/resources/limits/memory"},
    {"StatefulSet", POD ">volumes>0>emptyDir", "{'sizeLimit': '1Gi'}", DRIFT_DIFFERENT,
     POD_POINTER "/volumes/0/emptyDir/sizeLimit"},
    {"StatefulSet", POD ">volumes>1", "{'emptyDir': null}", DRIFT_DIFFERENT,
     POD_POINTER "/volumes/1/emptyDir"},
    /* What nobody can change. */
    {"StorageClass", "", "{'parameters': {'x': 'y'}}", DRIFT_FIXED, "/parameters"},
    {"StorageClass", "", "{'reclaimPolicy': 'Retain'}", DRIFT_FIXED, "/reclaimPolicy"},
    {"StorageClass", "", "{'volumeBindingMode': 'WaitForFirstConsumer'}", DRIFT_FIXED,
     "/volumeBindingMode"},
    {"StorageClass", "", "{'provisioner': 'x'}", DRIFT_FIXED, "/provisioner"},
    {"RoleBinding", "roleRef", "{'name': 'x'}", DRIFT_FIXED, "/roleRef/name"},
    {"PriorityClass", "", "{'value': 1}", DRIFT_FIXED, "/value"},
    {"PriorityClass", "", "{'preemptionPolicy': 'PreemptLowerPriority'}", DRIFT_FIXED,
     "/preemptionPolicy"},
    {"PodDisruptionBudget", "spec>selector>matchLabels", "{'x': 'y'}", DRIFT_FIXED,
     "/spec/selector/matchLabels/x"},
    {"StatefulSet", "spec", "{'serviceName': 'x'}", DRIFT_FIXED, "/spec/serviceName"},
    {"StatefulSet", "spec>selector", "{'matchLabels': {}}", DRIFT_FIXED,
     "/spec/selector/matchLabels/hawser.dev~1nfs-server"},
    {"StatefulSet", "spec>selector>matchLabels", "{'x': 'y'}", DRIFT_FIXED,
     "/spec/selector/matchLabels/x"},
    {"Service", "spec", "{'clusterIP': 'None'}", DRIFT_FIXED, "/spec/clusterIP"},
    /* The object itself. */
    {"Service", "metadata", "{'ownerReferences': [{'uid': 'x'}]}", DRIFT_OWNED,
     "/metadata/ownerReferences"},
    {"Service", "metadata", "{'deletionTimestamp': '2026-01-02T03:04:05Z'}", DRIFT_GOING,
     "/metadata/deletionTimestamp"},
    {"Service", "metadata>labels", "{'hawser.dev/home': 'other'}", DRIFT_FOREIGN, ""},
    {"Service", "metadata", "{'managedFields': null, 'labels': null}", DRIFT_FOREIGN, ""},
    {"Service", "metadata", "{'managedFields': null}", DRIFT_NONE, ""},
    {"Service", "metadata", "{'labels': {}}", DRIFT_DIFFERENT,
     "/metadata/labels/app.kubernetes.io~1managed-by"},
    {"Service", "metadata", "{'ownerReferences': [], 'finalizers': ['x/y']}", DRIFT_NONE, ""},
    /* What others may do. */
    {"Service", "spec", "{'externalTrafficPolicy': ''}", DRIFT_NONE, ""},
    {"StatefulSet", POD, "{'imagePullSecrets': [{'name': 'x'}]}", DRIFT_NONE, ""},
    {"StatefulSet", SERVER, "{'command': [], 'envFrom': null}", DRIFT_NONE, ""},
    {"StatefulSet", "spec>template>metadata>annotations", "{'x': 'y'}", DRIFT_NONE, ""},
    {"StatefulSet", SERVER ">livenessProbe", "{'failureThreshold': 9}", DRIFT_NONE, ""},
    /* Types that nobody expects. */
    {"StatefulSet", POD, "{'containers': {'x': 1}}", DRIFT_DIFFERENT, POD_POINTER "/containers"},
    {"Service", "", "{'spec': 'x'}", DRIFT_DIFFERENT, "/spec"},
};

static void what_others_change_is_found_for_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof(changes) / sizeof(changes[0])); i++) {
        const struct drift_objects *row = drift_objects_find(changes[i / 2].object);
        json_auto_t *desired = drift_objects_read(row->desired);
        json_auto_t *observed = drift_objects_read(row->observed[i % 2]);
        json_auto_t *with = drift_objects_read(changes[i / 2].with);
        json_t *place =
            changes[i / 2].path[0] != '\0' ? look_up(observed, changes[i / 2].path) : observed;

        if (json_is_array(place)) {
            assert_int_equal(json_array_append(place, with), 0);
        } else {
            assert_int_equal(json_object_update(place, with), 0);
        }
        expect(changes[i / 2].with, desired, observed, changes[i / 2].kind, changes[i / 2].pointer);
    }
}

static void the_order_of_a_list_that_is_merged_by_key_is_nobodys(void **state)
{
    static const char *const paths[] = {POD ">volumes", SERVER ">env", SERVER ">ports",
                                        SERVER ">volumeMounts"};
    const struct drift_objects *row = drift_objects_find("StatefulSet");

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        json_auto_t *desired = drift_objects_read(row->desired);
        json_auto_t *observed = drift_objects_read(row->observed[1]);
        json_t *list = look_up(observed, paths[i]);
        json_auto_t *first = json_incref(json_array_get(list, 0));

        assert_int_equal(json_array_remove(list, 0), 0);
        assert_int_equal(json_array_append(list, first), 0);
        expect(paths[i], desired, observed, DRIFT_NONE, "");
    }
}

/* Pairs of what is asked for and what is there, of a container. */
static const struct {
    const char *wanted;
    const char *found;
    bool is_same;
} values[] = {
    {"{'resources': {'requests': {'cpu': '0.5'}}}", "{'resources': {'requests': {'cpu': '500m'}}}",
     true},
    {"{'resources': {'requests': {'cpu': 1}}}", "{'resources': {'requests': {'cpu': '1'}}}", true},
    {"{'resources': {'requests': {'cpu': 0.25}}}", "{'resources': {'requests': {'cpu': '250m'}}}",
     true},
    {"{'resources': {'limits': {'cpu': '100500u'}}}", "{'resources': {'limits': {'cpu': '101m'}}}",
     true},
    {"{'resources': {'limits': {'memory': '1G'}}}", "{'resources': {'limits': {'memory': '1Gi'}}}",
     false},
    {"{'resources': {'limits': {'memory': 'x'}}}", "{'resources': {'limits': {'memory': 'y'}}}",
     false},
    {"{'resources': {'requests': {}, 'limits': {}}}", "{'resources': {}}", true},
    {"{'resources': {}}", "{}", true},
    {"{'image': '1024Mi'}", "{'image': '1Gi'}", false},
    {"{'env': [{'name': 'A', 'value': '1000m'}]}", "{'env': [{'name': 'A', 'value': '1'}]}", false},
    {"{'x': 1}", "{'x': 1.0}", true},
    {"{'x': 1}", "{'x': 1.5}", false},
    {"{'x': 1}", "{'x': '1'}", false},
    {"{'x': 9007199254740993}", "{'x': 9007199254740992}", false},
    {"{'x': null}", "{}", true},
    {"{'x': null}", "{'x': 3}", true},
    {"{'x': []}", "{}", true},
    {"{'x': []}", "{'x': ['y']}", false},
    {"{'x': false}", "{}", false},
    {"{'tty': false}", "{}", true},
    {"{'tty': false}", "{'tty': true}", false},
    {"{'env': [{'name': 'A', 'value': ''}]}", "{'env': [{'name': 'A'}]}", true},
};

static void values_are_the_same_when_they_mean_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        json_auto_t *desired = drift_objects_read(
            "{'kind': 'StatefulSet', 'spec': {'template': {'spec': {'containers': []}}}}");
        json_auto_t *observed = json_deep_copy(desired);
        json_t *wanted = drift_objects_read(values[i].wanted);
        json_t *found = drift_objects_read(values[i].found);
        struct drift drift = {.kind = DRIFT_GOING};

        assert_int_equal(json_object_set_new(wanted, "name", json_string("a")), 0);
        assert_int_equal(json_object_set_new(found, "name", json_string("a")), 0);
        assert_int_equal(json_array_append_new(look_up(desired, POD ">containers"), wanted), 0);
        assert_int_equal(json_array_append_new(look_up(observed, POD ">containers"), found), 0);
        assert_int_equal(
            json_object_set_new(
                observed, "metadata",
                drift_objects_read("{'managedFields': [{'manager': 'hawser-controller'}]}")),
            0);
        drift_find(desired, observed, &drift);
        if ((drift.kind == DRIFT_NONE) != values[i].is_same) {
            fail_msg("%s and %s: found %d", values[i].wanted, values[i].found, (int)drift.kind);
        }
    }
}

static void the_gravest_drift_is_told_first(void **state)
{
    static const struct {
        const char *path;
        const char *with;
        enum drift_kind kind;
    } steps[] = {
        {"spec", "{'type': 'NodePort'}", DRIFT_DIFFERENT},
        {"spec>selector", "{'x': 'y'}", DRIFT_SURPLUS},
        {"metadata", "{'ownerReferences': [{'uid': 'x'}]}", DRIFT_OWNED},
        {"spec", "{'clusterIP': 'None'}", DRIFT_FIXED},
        {"metadata", "{'deletionTimestamp': '2026-01-02T03:04:05Z'}", DRIFT_GOING},
        {"metadata>labels", "{'hawser.dev/home': 'other'}", DRIFT_FOREIGN},
    };
    const struct drift_objects *row = drift_objects_find("Service");
    json_auto_t *desired = drift_objects_read(row->desired);
    json_auto_t *observed = drift_objects_read(row->observed[1]);

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        json_auto_t *with = drift_objects_read(steps[i].with);
        struct drift drift = {.kind = DRIFT_NONE};

        assert_int_equal(json_object_update(look_up(observed, steps[i].path), with), 0);
        drift_find(desired, observed, &drift);
        assert_int_equal(drift.kind, steps[i].kind);
    }
}

static void a_namespace_that_was_made_beforehand_is_no_strangers(void **state)
{
    json_auto_t *desired = drift_objects_read(
        "{'kind': 'Namespace', 'metadata': {'name': 'n', 'labels': {'hawser.dev/home': 'a'}}}");
    json_auto_t *bare = drift_objects_read("{'metadata': {'name': 'n'}}");
    json_auto_t *others =
        drift_objects_read("{'metadata': {'name': 'n', 'labels': {'hawser.dev/home': 'b'}}}");

    (void)state;
    expect("bare", desired, bare, DRIFT_DIFFERENT, "/metadata/labels");
    expect("others", desired, others, DRIFT_FOREIGN, "");
}

static void a_pointer_that_is_too_long_is_cut(void **state)
{
    char key[2 * DRIFT_POINTER_SIZE];
    json_auto_t *desired = drift_objects_read(drift_objects_find("Service")->desired);
    json_auto_t *observed = drift_objects_read(drift_objects_find("Service")->observed[0]);
    struct drift drift = {.kind = DRIFT_NONE};

    (void)state;
    memset(key, 'k', sizeof(key));
    key[sizeof(key) - 1] = '\0';
    assert_int_equal(json_object_set_new(look_up(observed, "spec>selector"), key, json_string("x")),
                     0);
    drift_find(desired, observed, &drift);
    assert_int_equal(drift.kind, DRIFT_SURPLUS);
    assert_int_equal(strlen(drift.pointer), DRIFT_POINTER_SIZE - 1);
    assert_string_equal(json_string_value(drift.found), "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_api_server_fills_in_drops_or_rewrites_is_no_drift),
        cmocka_unit_test(what_others_change_is_found_for_what_it_is),
        cmocka_unit_test(the_order_of_a_list_that_is_merged_by_key_is_nobodys),
        cmocka_unit_test(values_are_the_same_when_they_mean_the_same),
        cmocka_unit_test(the_gravest_drift_is_told_first),
        cmocka_unit_test(a_namespace_that_was_made_beforehand_is_no_strangers),
        cmocka_unit_test(a_pointer_that_is_too_long_is_cut),
    };

    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
