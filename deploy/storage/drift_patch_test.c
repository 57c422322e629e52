/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/drift.h"
#include "deploy/storage/drift_objects_test.h"
#include "deploy/storage/merge_test.h"
#include "tests/test.h"

#define POD        "{'spec': {'template': {'spec': "
#define SERVER     POD "{'containers': [{'name': 'server', "
#define SERVER_END "}]}}}}"

/* What somebody does to an object, as a merge patch; lists are prepared by hand where it matters.
 */
static const struct {
    const char *object;
    const char *done;
    const char *patch; /* NULL: not worth writing down */
} cases[] = {
    {"Service", "{'spec': {'selector': {'x': 'y'}}}",
     "{'metadata': {'resourceVersion': '4711'}, 'spec': {'selector': {'hawser.dev/nfs-server': "
     "'fast', 'x': null}}}"},
    {"Service", "{'spec': {'ports': [{'port': 1}, {'port': 2049, 'name': 'nfs'}]}}",
     "{'metadata': {'resourceVersion': '4711'}, 'spec': {'ports': [{'name': 'nfs', 'port': 2049}, "
     "{'name': 'nfs-udp', 'port': 2049, 'protocol': 'UDP'}, {'name': 'rpcbind', 'port': 111}]}}"},
    {"Service", "{'metadata': {'ownerReferences': [{'uid': 'x'}]}}",
     "{'metadata': {'resourceVersion': '4711', 'ownerReferences': null}}"},
    {"Service",
     "{'metadata': {'ownerReferences': [{'uid': 'x'}]}, 'spec': {'selector': {'x': 'y'}}}",
     "{'metadata': {'resourceVersion': '4711', 'ownerReferences': null}, 'spec': {'selector': "
     "{'hawser.dev/nfs-server': 'fast', 'x': null}}}"},
    {"NetworkPolicy", "{'spec': {'podSelector': {'matchLabels': {'x': 'y'}}, 'egress': [{}]}}",
     "{'metadata': {'resourceVersion': '4711'}, 'spec': {'podSelector': {'matchLabels': {'x': "
     "null}}, 'egress': null}}"},
    {"PodDisruptionBudget", "{'spec': {'maxUnavailable': null, 'minAvailable': 1}}", NULL},
    {"StatefulSet",
     "{'spec': {'updateStrategy': {'type': 'RollingUpdate', 'rollingUpdate': {'partition': 0}}}}",
     "{'metadata': {'resourceVersion': '4711'}, 'spec': {'updateStrategy': {'type': 'OnDelete', "
     "'rollingUpdate': null}}}"},
    {"StatefulSet", POD "{'initContainers': [{'name': 'x'}], 'nodeSelector': {'x': 'y'}}}}}",
     "{'metadata': {'resourceVersion': '4711'}, 'spec': {'template': {'spec': {'initContainers': "
     "[], 'nodeSelector': {'disk': 'fast', 'x': null}}}}}"},
    {"StatefulSet",
     POD "{'volumes': [{'name': 'export', 'hostPath': {'path': '/'}}, {'name': 'run', "
         "'emptyDir': {}}]}}}}",
     NULL},
    {"StatefulSet", SERVER "'image': 'x', 'env': [{'name': 'x', 'value': 'y'}]" SERVER_END, NULL},
    {"StatefulSet", SERVER "'command': ['sh']" SERVER_END, NULL},
    {"StatefulSet", SERVER "'livenessProbe': {'exec': {'command': ['true']}}" SERVER_END, NULL},
};

static void expect_patch(const char *done, const json_t *patch, const char *text)
{
    json_auto_t *expected = drift_objects_read(text);
    CLEANUP(free) char *found = json_dumps(patch, JSON_COMPACT);

    if (!json_equal(patch, expected)) {
        fail_msg("%s: %s", done, found);
    }
}

static enum drift_kind kind_of_drift(const json_t *desired, const json_t *observed)
{
    struct drift drift = {.kind = DRIFT_NONE};

    drift_find(desired, observed, &drift);
    return drift.kind;
}

static void a_patch_takes_away_what_was_added(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof(cases) / sizeof(cases[0])); i++) {
        const struct drift_objects *row = drift_objects_find(cases[i / 2].object);
        json_auto_t *desired = drift_objects_read(row->desired);
        json_auto_t *observed = drift_objects_read(row->observed[i % 2]);
        json_auto_t *done = drift_objects_read(cases[i / 2].done);
        json_auto_t *patch = NULL;

        merge_test_patch(observed, done);
        assert_true(kind_of_drift(desired, observed) == DRIFT_SURPLUS ||
                    kind_of_drift(desired, observed) == DRIFT_OWNED);
        patch = drift_patch(desired, observed);
        assert_non_null(patch);
        if (cases[i / 2].patch != NULL) {
            expect_patch(cases[i / 2].done, patch, cases[i / 2].patch);
        }
        merge_test_patch(observed, patch);
        if (kind_of_drift(desired, observed) != DRIFT_NONE) {
            fail_msg("%s: something is left", cases[i / 2].done);
        }
    }
}

static void a_patch_leaves_what_is_only_different_to_an_apply(void **state)
{
    const struct drift_objects *row = drift_objects_find("StatefulSet");
    json_auto_t *desired = drift_objects_read(row->desired);
    json_auto_t *observed = drift_objects_read(row->observed[1]);
    json_auto_t *done = drift_objects_read(
        "{'spec': {'replicas': 3, 'template': {'spec': {'nodeSelector': {'x': 'y'}}}}}");
    json_auto_t *patch = NULL;
    struct drift drift = {.kind = DRIFT_NONE};

    (void)state;
    merge_test_patch(observed, done);
    patch = drift_patch(desired, observed);
    merge_test_patch(observed, patch);
    drift_find(desired, observed, &drift);
    assert_int_equal(drift.kind, DRIFT_DIFFERENT);
    assert_string_equal(drift.pointer, "/spec/replicas");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patch_takes_away_what_was_added),
        cmocka_unit_test(a_patch_leaves_what_is_only_different_to_an_apply),
    };

    return cmocka_run_group_tests_name("drift_patch", tests, NULL, NULL);
}
