/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/response.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define REVIEW(response)                                                    \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"," \
    "\"response\":{\"uid\":\"U\"," response "}}\n"

static int read_text(const char *text, struct arena *arena, struct response *out, struct err *err)
{
    print_message("# %s\n", text);
    return response_read(text, strlen(text), "U", arena, out, err);
}

static void a_patch_is_decoded(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);
    struct response response = {0};
    struct err err = {0};

    (void)state;
    /* [{"op":"add","path":"/a","value":1}] */
    assert_int_equal(read_text(REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":"
                                      "\"W3sib3AiOiJhZGQiLCJwYXRoIjoiL2EiLCJ2YWx1ZSI6MX1d\","
                                      "\"warnings\":[\"one\",\"two\"]"),
                               arena, &response, &err),
                     0);
    assert_true(response.allowed);
    assert_null(response.message);
    assert_int_equal(json_array_size(response.patch), 1);
    assert_int_equal(response.warnings.n, 2);
    assert_string_equal(response.warnings.items[1], "two");
    json_decref(response.patch);
}

static void no_patch_is_no_patch(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);
    struct response response = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_text(REVIEW("\"allowed\":true"), arena, &response, &err), 0);
    assert_true(response.allowed);
    assert_null(response.patch);
    assert_int_equal(response.warnings.n, 0);
}

static void a_denial_carries_its_message(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);
    struct response response = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(
        read_text(REVIEW("\"allowed\":false,\"status\":{\"code\":403,\"message\":\"no\"}"), arena,
                  &response, &err),
        0);
    assert_false(response.allowed);
    assert_string_equal(response.message, "no");
}

static void an_answer_that_breaks_the_contract_is_a_bug(void **state)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        REVIEW("\"allowed\":true") "x",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}",
        "{\"apiVersion\":\"admission.k8s.io/v1beta1\",\"kind\":\"AdmissionReview\","
        "\"response\":{\"uid\":\"U\",\"allowed\":true}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
        "\"response\":{\"uid\":\"V\",\"allowed\":true}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
        "\"response\":{\"allowed\":true}}",
        REVIEW("\"allowed\":\"true\""),
        REVIEW("\"Allowed\":true"),
        REVIEW("\"allowed\":true,\"allowed\":true"),
        REVIEW("\"allowed\":true,\"patch\":\"W10=\""),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\""),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"W10=\""),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"e30=\""),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"Ww==\""),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"?\""),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":[]"),
        REVIEW("\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":null"),
        REVIEW("\"allowed\":true,\"patchType\":\"MergePatch\",\"patch\":\"WzFd\""),
        REVIEW("\"allowed\":false"),
        REVIEW("\"allowed\":false,\"status\":{\"message\":1}"),
        REVIEW("\"allowed\":false,\"status\":{\"message\":\"no\"},\"patch\":\"WzFd\""),
        REVIEW("\"allowed\":true,\"warnings\":\"one\""),
        REVIEW("\"allowed\":true,\"warnings\":[1]"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(4096);
        struct response response = {0};
        struct err err = {0};
        assert_int_equal(read_text(bad[i], arena, &response, &err), -1);
        assert_int_equal(err.code, ERR_INTERNAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patch_is_decoded),
        cmocka_unit_test(no_patch_is_no_patch),
        cmocka_unit_test(a_denial_carries_its_message),
        cmocka_unit_test(an_answer_that_breaks_the_contract_is_a_bug),
    };

    return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
