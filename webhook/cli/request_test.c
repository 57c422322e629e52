/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/request.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

static json_t *parse(const char *text)
{
    struct err err = {0};
    json_t *value = json_parse(text, strlen(text), &err);

    assert_non_null(value);
    return value;
}

/* The member "request" of what is written for @request. */
static json_t *written(const struct request *request)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(64UL * 1024);
    json_auto_t *review = NULL;

    request_write(&out, request);
    review = parse(buf_text(&out));
    assert_string_equal(json_string_value(json_object_get(review, "kind")), "AdmissionReview");
    assert_string_equal(json_string_value(json_object_get(review, "apiVersion")),
                        "admission.k8s.io/v1");
    return json_incref(json_object_get(review, "request"));
}

static void only_the_four_kinds_are_sent(void **state)
{
    static const struct {
        const char *object;
        const char *resource;
    } rows[] = {
        {"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\"}", "workflows"},
        {"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"WorkflowTemplate\"}",
         "workflowtemplates"},
        {"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"ClusterWorkflowTemplate\"}",
         "clusterworkflowtemplates"},
        {"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"CronWorkflow\"}", "cronworkflows"},
        {"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"workflow\"}", NULL},
        {"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Application\"}", NULL},
        {"{\"apiVersion\":\"argoproj.io/v1\",\"kind\":\"Workflow\"}", NULL},
        {"{\"apiVersion\":\"example.com/v1alpha1\",\"kind\":\"Workflow\"}", NULL},
        {"{\"apiVersion\":1,\"kind\":\"Workflow\"}", NULL},
        {"{\"kind\":\"Workflow\"}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *object = parse(rows[i].object);
        const struct request_kind *kind = request_kind_of(object);
        print_message("# %s\n", rows[i].object);
        if (rows[i].resource == NULL) {
            assert_null(kind);
        } else {
            assert_non_null(kind);
            assert_string_equal(kind->resource, rows[i].resource);
        }
    }
}

static void a_create_looks_as_the_api_server_writes_it(void **state)
{
    json_auto_t *object = parse("{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","
                                "\"metadata\":{\"name\":\"a\"},\"spec\":{}}");
    json_auto_t *expected =
        parse("{\"uid\":\"" REQUEST_UID "\","
              "\"kind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\",\"kind\":\"Workflow\"},"
              "\"resource\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","
              "\"resource\":\"workflows\"},"
              "\"requestKind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","
              "\"kind\":\"Workflow\"},"
              "\"requestResource\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","
              "\"resource\":\"workflows\"},"
              "\"name\":\"a\",\"namespace\":\"team-a\",\"operation\":\"CREATE\","
              "\"userInfo\":{\"username\":\"kubernetes-admin\","
              "\"groups\":[\"system:masters\",\"system:authenticated\"]},"
              "\"object\":{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","
              "\"metadata\":{\"name\":\"a\"},\"spec\":{}},"
              "\"oldObject\":null,\"dryRun\":true,"
              "\"options\":{\"kind\":\"CreateOptions\",\"apiVersion\":\"meta.k8s.io/v1\"}}");
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = "CREATE",
        .namespace = "team-a",
        .object = object,
        .dry_run = true,
    };
    json_auto_t *review = written(&request);

    (void)state;
    assert_true(json_equal(review, expected));
}

static void a_generated_name_and_a_cluster_scope_leave_their_fields_out(void **state)
{
    json_auto_t *object =
        parse("{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"ClusterWorkflowTemplate\","
              "\"metadata\":{\"generateName\":\"a-\"}}");
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = "CREATE",
        .object = object,
    };
    json_auto_t *review = written(&request);

    (void)state;
    assert_null(json_object_get(review, "name"));
    assert_null(json_object_get(review, "namespace"));
    assert_true(json_is_false(json_object_get(review, "dryRun")));
}

static void a_delete_sends_the_old_object_only(void **state)
{
    json_auto_t *object = parse("{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","
                                "\"metadata\":{\"name\":\"old\"}}");
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = "DELETE",
        .namespace = "default",
        .old_object = object,
    };
    json_auto_t *review = written(&request);

    (void)state;
    assert_true(json_is_null(json_object_get(review, "object")));
    assert_true(json_equal(json_object_get(review, "oldObject"), object));
    assert_string_equal(json_string_value(json_object_get(review, "name")), "old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_four_kinds_are_sent),
        cmocka_unit_test(a_create_looks_as_the_api_server_writes_it),
        cmocka_unit_test(a_generated_name_and_a_cluster_scope_leave_their_fields_out),
        cmocka_unit_test(a_delete_sends_the_old_object_only),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
