/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/local.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "policies/annotations.h"
#include "policies/load.h"
#include "tests/test.h"

static const char policies_text[] = "apiVersion: hawser.dev/v1\n"
                                    "kind: VolumePolicy\n"
                                    "metadata:\n"
                                    "  name: scratch\n"
                                    "spec:\n"
                                    "  match:\n"
                                    "    excludeNamespaces: [closed]\n"
                                    "  volumes:\n"
                                    "    - name: workdir\n"
                                    "      transient: {storageClassName: nfs, size: 1Gi}\n"
                                    "      mountPath: /workdir\n";

#define WORKFLOW(metadata)                                                                     \
    "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","                          \
    "\"metadata\":" metadata ",\"spec\":{\"entrypoint\":\"a\",\"templates\":[{\"name\":\"a\"," \
    "\"container\":{\"image\":\"b\"}}]}}"

/* What the tests share: the arena of the results, and the flags to vary. */
struct fixture {
    struct arena *arena;
    struct policy_set *policies;
    struct local_options options;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err = {0};

    assert_non_null(fixture);
    fixture->arena = arena_new(ADMIT_ARENA_MAX);
    fixture->policies = policy_load_text("test", policies_text, strlen(policies_text), &err);
    assert_non_null(fixture->policies);
    fixture->options.admit.policies = fixture->policies;
    fixture->options.admit.copier_image = "registry.example.com/hawser:test";
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    policy_set_unref(fixture->policies);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static int
admit_text(struct fixture *fixture, const char *text, struct local_result *out, struct err *err)
{
    struct err parse_err = {0};
    json_auto_t *object = json_parse(text, strlen(text), &parse_err);
    json_auto_t *before = json_deep_copy(object);
    int status;

    print_message("# %s\n", text);
    assert_non_null(object);
    status = local_admit(&fixture->options, object, fixture->arena, out, err);
    assert_true(json_equal(object, before));
    return status;
}

static void an_object_that_opts_in_gets_its_volumes(void **state)
{
    CLEANUP(local_result_clear) struct local_result result = {0};
    struct err err = {0};

    assert_int_equal(
        admit_text(*state,
                   WORKFLOW("{\"name\":\"w\",\"annotations\":{\"hawser.dev/policy\":\"scratch\"}}"),
                   &result, &err),
        0);
    assert_true(result.asked);
    assert_null(result.denial);
    assert_true(json_array_size(result.patch) > 0);
    assert_int_equal(result.report.outcome, REPORT_INJECTED);
    assert_non_null(
        json_object_get(json_object_get(result.object, "spec"), "volumeClaimTemplates"));
}

static void an_object_of_another_kind_passes(void **state)
{
    CLEANUP(local_result_clear) struct local_result result = {0};
    struct fixture *fixture = *state;
    struct err err = {0};

    fixture->options.policy = "scratch";
    fixture->options.namespace = "team-b";
    assert_int_equal(admit_text(fixture,
                                "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
                                "\"metadata\":{\"namespace\":\"team-a\"}}",
                                &result, &err),
                     0);
    assert_false(result.asked);
    assert_int_equal(json_array_size(result.patch), 0);
    assert_int_equal(json_object_size(json_object_get(result.object, "metadata")), 1);
}

static void a_policy_that_is_given_stands_in_the_result(void **state)
{
    static const char *const metadata[] = {
        WORKFLOW("{\"name\":\"w\"}"),
        WORKFLOW("{\"name\":\"w\",\"annotations\":null}"),
        WORKFLOW("{\"name\":\"w\",\"annotations\":{\"a\":\"b\"}}"),
        WORKFLOW("{\"name\":\"w\",\"annotations\":{\"hawser.dev/policy\":\"gone\"}}"),
    };
    struct fixture *fixture = *state;

    fixture->options.policy = "scratch";
    for (size_t i = 0; i < sizeof(metadata) / sizeof(metadata[0]); i++) {
        CLEANUP(local_result_clear) struct local_result result = {0};
        const json_t *annotations;
        struct err err = {0};
        assert_int_equal(admit_text(fixture, metadata[i], &result, &err), 0);
        assert_null(result.denial);
        annotations = json_object_get(json_object_get(result.object, "metadata"), "annotations");
        assert_string_equal(json_string_value(json_object_get(annotations, ANNOTATION_POLICY)),
                            "scratch");
        assert_non_null(json_object_get(annotations, ANNOTATION_STATUS));
    }
}

static void metadata_that_cannot_be_annotated_are_refused(void **state)
{
    static const struct {
        const char *object;
        const char *message;
    } rows[] = {
        {WORKFLOW("\"w\""), "'metadata' is a string, expected an object"},
        {WORKFLOW("{\"annotations\":[]}"), "'annotations' is a list, expected an object"},
    };
    struct fixture *fixture = *state;

    fixture->options.policy = "scratch";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct local_result result = {0};
        struct err err = {0};
        assert_int_equal(admit_text(fixture, rows[i].object, &result, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
    }
}

static void the_namespace_is_the_objects_own_or_the_flags(void **state)
{
    static const struct {
        const char *metadata;
        const char *flag;
        const char *namespace;
    } rows[] = {
        {WORKFLOW("{\"name\":\"w\"}"), NULL, "default"},
        {WORKFLOW("{\"name\":\"w\"}"), "team-a", "team-a"},
        {WORKFLOW("{\"name\":\"w\",\"namespace\":\"\"}"), "team-a", "team-a"},
        {WORKFLOW("{\"name\":\"w\",\"namespace\":\"team-b\"}"), NULL, "team-b"},
        {WORKFLOW("{\"name\":\"w\",\"namespace\":\"team-b\"}"), "team-b", "team-b"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(local_result_clear) struct local_result result = {0};
        struct err err = {0};
        fixture->options.namespace = rows[i].flag;
        assert_int_equal(admit_text(fixture, rows[i].metadata, &result, &err), 0);
        assert_string_equal(result.report.namespace, rows[i].namespace);
    }
}

static void two_namespaces_are_a_contradiction(void **state)
{
    struct fixture *fixture = *state;
    struct local_result result = {0};
    struct err err = {0};

    fixture->options.namespace = "team-a";
    assert_int_equal(
        admit_text(fixture, WORKFLOW("{\"name\":\"w\",\"namespace\":\"team-b\"}"), &result, &err),
        -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg,
                        "its namespace is 'team-b', which contradicts --namespace 'team-a'");
}

static void a_denial_has_a_message_and_no_object(void **state)
{
    CLEANUP(local_result_clear) struct local_result result = {0};
    struct fixture *fixture = *state;
    struct err err = {0};

    fixture->options.policy = "scratch";
    fixture->options.namespace = "closed";
    assert_int_equal(admit_text(fixture, WORKFLOW("{\"name\":\"w\"}"), &result, &err), 0);
    assert_non_null(result.denial);
    assert_null(result.object);
    assert_null(result.patch);
    assert_string_equal(result.report.denial, result.denial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_object_that_opts_in_gets_its_volumes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_object_of_another_kind_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_policy_that_is_given_stands_in_the_result, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(metadata_that_cannot_be_annotated_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_namespace_is_the_objects_own_or_the_flags, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(two_namespaces_are_a_contradiction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_denial_has_a_message_and_no_object, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
