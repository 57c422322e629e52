/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/golden/contract.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/golden/contract_paths.h"
#include "tests/test.h"

static const char workflow[] =
    "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","
    "\"metadata\":{\"name\":\"w\",\"annotations\":{\"hawser.dev/policy\":\"ci\"}},"
    "\"spec\":{\"volumes\":null,\"volumeClaimTemplates\":[{}],\"templates\":[{\"name\":\"a\","
    "\"container\":{\"image\":\"b\",\"command\":[\"c\"],\"volumeMounts\":[]}}]}}";

/* Check the answer whose members beside uid are @members, to a CREATE of the workflow above. */
static int check(const char *members, struct contract_answer *out, struct err *err)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64UL * 1024);
    CLEANUP(buf_clear) struct buf answer = BUF_INIT(64UL * 1024);
    json_auto_t *object = json_parse(workflow, strlen(workflow), err);
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = "CREATE",
        .namespace = "default",
        .object = object,
    };

    buf_printf(&answer,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
               "\"response\":{\"uid\":\"%s\",%s}}",
               REQUEST_UID, members);
    print_message("# %s\n", members);
    return contract_check(&request, buf_text(&answer), answer.len, arena, out, err);
}

/* The same for an answer that allows and carries @patch. */
static int check_patch(const char *patch, struct contract_answer *out, struct err *err)
{
    unsigned char encoded[2048];
    char members[4096];
    size_t len = strlen(patch);

    print_message("# %s\n", patch);
    assert_true(len < 1024);
    assert_true(EVP_EncodeBlock(encoded, (const unsigned char *)patch, (int)len) > 0);
    (void)snprintf(members, sizeof(members),
                   "\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"%s\"",
                   (const char *)encoded);
    return check(members, out, err);
}

static void a_good_answer_gives_the_object_that_is_stored(void **state)
{
    CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(
        check_patch("[{\"op\":\"add\",\"path\":\"/metadata/annotations/hawser.dev~1status\","
                    "\"value\":\"s\"},"
                    "{\"op\":\"add\",\"path\":\"/spec/volumes\",\"value\":[1]},"
                    "{\"op\":\"add\",\"path\":\"/spec/templates/0/container/volumeMounts/-\","
                    "\"value\":{\"name\":\"x\"}},"
                    "{\"op\":\"replace\",\"path\":\"/spec/templates/0/container/command\","
                    "\"value\":[\"d\"]}]",
                    &answer, &err),
        0);
    assert_int_equal(json_array_size(answer.response.patch), 4);
    assert_int_equal(
        json_array_size(json_object_get(json_object_get(answer.object, "spec"), "volumes")), 1);
}

static void a_patch_that_does_more_than_add_is_caught(void **state)
{
    static const char *const bad[] = {
        "[{\"op\":\"test\",\"path\":\"/spec/volumes\",\"value\":null}]",
        "[{\"op\":\"remove\",\"path\":\"/spec/volumes\"}]",
        "[{\"op\":\"Add\",\"path\":\"/spec/volumes\",\"value\":[1]}]",
        "[{\"op\":\"add\",\"path\":\"/spec/volumes\"}]",
        "[{\"op\":\"add\",\"path\":\"/spec/volumes\",\"value\":[1],\"from\":\"/\"}]",
        "[{\"op\":\"add\",\"path\":\"/spec/volumes\",\"value\":[]}]",
        "[{\"op\":\"add\",\"path\":\"/spec/templateDefaults\",\"value\":{}}]",
        "[{\"op\":\"add\",\"path\":\"/spec/volumeClaimTemplates\",\"value\":[1]}]",
        "[{\"op\":\"add\",\"path\":\"/spec/templates/1/volumes\",\"value\":[1]}]",
        "[{\"op\":\"add\",\"path\":\"/spec/templates/0/script/volumeMounts\",\"value\":[1]}]",
        "[{\"op\":\"add\",\"path\":\"/spec/volumes/-\",\"value\":1}]",
        "[{\"op\":\"add\",\"path\":\"\",\"value\":1}]",
        "[{\"op\":\"add\",\"path\":\"/spec\",\"value\":1}]",
        "[{\"op\":\"replace\",\"path\":\"/metadata/annotations/hawser.dev~1x\",\"value\":1}]",
        "[{\"op\":\"replace\",\"path\":\"/spec/templates/0/container/image\",\"value\":\"x\"}]",
        "[{\"op\":\"add\",\"path\":\"/status\",\"value\":1}]",
        "[1]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct contract_answer answer = {0};
        struct err err = {0};
        assert_int_equal(check_patch(bad[i], &answer, &err), -1);
        assert_null(answer.object);
    }
}

static void an_envelope_with_more_or_less_is_caught(void **state)
{
    static const char *const bad[] = {
        "\"allowed\":true,\"extra\":1",
        "\"allowed\":true,\"status\":{\"code\":200}",
        "\"allowed\":false,\"status\":{\"message\":\"no\"}",
        "\"allowed\":false,\"status\":{\"message\":\"no\",\"code\":200}",
        "\"allowed\":true,\"warnings\":[\"\"]",
        "\"allowed\":true,\"warnings\":[\"a\\nb\"]",
        "\"allowed\":true,\"warnings\":[\"\\u00e4\"]",
        "\"allowed\":true,\"warnings\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]",
        "\"allowed\":true,\"auditAnnotations\":[]",
        "\"allowed\":true,\"auditAnnotations\":{\"a/b\":\"c\"}",
        "\"allowed\":true,\"auditAnnotations\":{\"\":\"c\"}",
        "\"allowed\":true,\"auditAnnotations\":{\"a\":1}",
        "\"allowed\":true,\"auditAnnotations\":{\"-a\":\"c\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct contract_answer answer = {0};
        struct err err = {0};
        assert_int_equal(check(bad[i], &answer, &err), -1);
    }
}

static void a_fifth_audit_annotation_is_caught(void **state)
{
    struct contract_answer answer = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(check("\"allowed\":true,\"auditAnnotations\":{\"a\":\"\",\"b\":\"\","
                           "\"c\":\"\",\"d\":\"\"}",
                           &answer, &err),
                     0);
    contract_answer_clear(&answer);
    assert_int_equal(check("\"allowed\":true,\"auditAnnotations\":{\"a\":\"\",\"b\":\"\","
                           "\"c\":\"\",\"d\":\"\",\"e\":\"\"}",
                           &answer, &err),
                     -1);
}

static void a_warning_of_201_characters_is_caught(void **state)
{
    char members[512];
    struct err err = {0};

    (void)state;
    for (int len = 200; len <= 201; len++) {
        CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
        (void)snprintf(members, sizeof(members), "\"allowed\":true,\"warnings\":[\"%0*d\"]", len,
                       0);
        assert_int_equal(check(members, &answer, &err), len == 200 ? 0 : -1);
    }
}

static void paths_are_those_that_an_injector_needs(void **state)
{
    static const struct {
        const char *kind;
        const char *op;
        const char *path;
        bool allowed;
    } rows[] = {
        {"Workflow", "add", "/metadata/annotations", true},
        {"Workflow", "replace", "/metadata/annotations", false},
        {"Workflow", "replace", "/metadata/annotations/hawser.dev~1status", true},
        {"Workflow", "add", "/metadata/annotations/example.com~1x", false},
        {"Workflow", "add", "/metadata/labels", false},
        {"Workflow", "add", "/spec/volumeClaimGC", true},
        {"Workflow", "add", "/spec/volumeClaimGC/strategy", false},
        {"Workflow", "add", "/spec/volumes/0", false},
        {"Workflow", "add", "/spec/templates/0/initContainers/0", true},
        {"Workflow", "add", "/spec/templates/0/initContainers/1", false},
        {"Workflow", "add", "/spec/templates/-/volumes", false},
        {"Workflow", "add", "/spec/templates/0/dag/tasks/12/inline/script/volumeMounts", true},
        {"Workflow", "add", "/spec/templates/0/steps/1/2/inline/volumes/-", true},
        {"Workflow", "add", "/spec/templates/0/steps/1/inline/volumes/-", false},
        {"Workflow", "add", "/spec/templates/0/dag/tasks/0/arguments", false},
        {"Workflow", "add", "/spec/templates/0/containerSet/containers/-", true},
        {"Workflow", "add", "/spec/templates/0/containerSet/containers/0/volumeMounts", false},
        {"Workflow", "replace", "/spec/templates/0/script/command", true},
        {"Workflow", "replace", "/spec/templates/0/script/source", false},
        {"Workflow", "add", "/spec/templates/0/resource", false},
        {"Workflow", "add", "/spec/templateDefaults/container", true},
        {"Workflow", "add", "/spec/templateDefaults/containerSet/volumeMounts/-", true},
        {"Workflow", "add", "/spec/templateDefaults/container/env", false},
        {"Workflow", "add", "/spec/workflowMetadata", false},
        {"Workflow", "add", "/status", false},
        {"CronWorkflow", "add", "/spec/workflowMetadata", true},
        {"CronWorkflow", "add", "/spec/workflowMetadata/annotations/hawser.dev~1policy", true},
        {"CronWorkflow", "replace", "/spec/workflowMetadata/annotations", false},
        {"CronWorkflow", "add", "/spec/workflowSpec/volumes", false},
        {"CronWorkflow", "add", "/spec/volumes", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s %s %s\n", rows[i].kind, rows[i].op, rows[i].path);
        assert_int_equal(contract_path_allowed(rows[i].kind, rows[i].op, rows[i].path),
                         rows[i].allowed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_gives_the_object_that_is_stored),
        cmocka_unit_test(a_patch_that_does_more_than_add_is_caught),
        cmocka_unit_test(an_envelope_with_more_or_less_is_caught),
        cmocka_unit_test(a_fifth_audit_annotation_is_caught),
        cmocka_unit_test(a_warning_of_201_characters_is_caught),
        cmocka_unit_test(paths_are_those_that_an_injector_needs),
    };

    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
