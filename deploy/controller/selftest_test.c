/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/selftest.h"

#include <string.h>

#include "base/cleanup.h"
#include "deploy/kube/kube_stand_in_test.h"

#define TARGET "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"

static const char injected[] =
    "{\"kind\":\"Workflow\",\"metadata\":{\"annotations\":{\"hawser.dev/status\":\"{}\"}},"
    "\"spec\":{\"volumeClaimTemplates\":[{}],\"volumes\":[{},{}]}}";

/* Try it against a server that answers so. */
static int try_with(struct kube_stand_in *test,
                    const struct api_step *step,
                    const char *policy,
                    struct buf *out,
                    struct err *err)
{
    CLEANUP(kube_free) struct kube *kube = kube_stand_in_kube(test);

    api_server_clear(test->server);
    api_server_add(test->server, step);
    return selftest_try(
        &(struct selftest){
            .loop = test->loop,
            .kube = kube,
            .namespace_ = "argo",
            .policy = policy,
            .patience_ms = 700,
        },
        out, err);
}

static void a_workflow_that_comes_back_with_volumes_proves_it(void **state)
{
    static const struct api_step step = {.target = TARGET, .status = 201, .body = injected};
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    struct kube_stand_in *test = *state;
    struct err err = {0};

    assert_int_equal(try_with(test, &step, NULL, &out, &err), 0);
    assert_string_equal(buf_text(&out),
                        "the webhook works: 1 claim templates and 2 volumes were injected\n"
                        "  hawser.dev/status: {}\n");
}

static void it_opts_in_as_it_was_told_and_stores_nothing(void **state)
{
    static const struct api_step step = {
        .target = TARGET, .times = API_FOREVER, .status = 201, .body = injected};
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    struct kube_stand_in *test = *state;
    const struct api_request *request;
    struct err err = {0};

    assert_int_equal(try_with(test, &step, "scratch,cache", &out, &err), 0);
    request = api_server_request(test->server, 0);
    assert_string_equal(request->method, "POST");
    assert_non_null(strstr(request->target, "dryRun=All"));
    assert_non_null(strstr(request->body, "\"hawser.dev/policy\":\"scratch,cache\""));
    assert_int_equal(try_with(test, &step, NULL, &out, &err), 0);
    request = api_server_request(test->server, 1);
    assert_non_null(strstr(request->body, "\"hawser.dev/inject\":\"true\""));
}

static void a_registration_that_is_new_is_given_a_moment(void **state)
{
    static const struct api_step early = {.status = 201, .body = "{\"metadata\":{},\"spec\":{}}"};
    static const struct api_step step = {.target = TARGET, .status = 201, .body = injected};
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    struct kube_stand_in *test = *state;
    CLEANUP(kube_free) struct kube *kube = kube_stand_in_kube(test);
    const struct selftest selftest = {
        .loop = test->loop, .kube = kube, .namespace_ = "argo", .patience_ms = 5000};
    struct err err = {0};

    api_server_add(test->server, &early);
    api_server_add(test->server, &step);
    assert_int_equal(selftest_try(&selftest, &out, &err), 0);
    assert_int_equal(api_server_count(test->server), 2);
}

static void everything_else_is_told_apart(void **state)
{
    static const struct {
        struct api_step step;
        enum err_code code;
        const char *message;
    } rows[] = {
        {{.status = 201, .times = API_FOREVER, .body = "{\"metadata\":{},\"spec\":{}}"},
         ERR_CONFLICT,
         "the webhook was not called"},
        {{.status = 404, .body = API_STATUS(404, "NotFound", "no such resource")},
         ERR_NOT_FOUND,
         "expected Argo Workflows to be installed"},
        {{.status = 400,
          .body = API_STATUS(400, "BadRequest", "admission webhook denied the request")},
         ERR_CONFLICT,
         "a Workflow was refused: admission webhook denied the request"},
        {{.status = 403, .body = API_STATUS(403, "Forbidden", "not for you")},
         ERR_IO,
         "expected the right to create Workflows in the namespace: not for you"},
        {{.status = 503, .times = API_FOREVER, .body = "down"},
         ERR_IO,
         "the API server did not answer"},
        {{.status = 500,
          .times = API_FOREVER,
          .body = API_STATUS(500, "InternalError", "failed calling webhook")},
         ERR_CONFLICT,
         "a Workflow was refused: failed calling webhook"},
        {{.status = 0, .times = API_FOREVER, .end = API_RESET},
         ERR_IO,
         "the API server did not answer"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
        struct err err = {0};
        print_message("# %s\n", rows[i].message);
        assert_int_equal(try_with(*state, &rows[i].step, NULL, &out, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_non_null(strstr(err.msg, rows[i].message));
    }
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, kube_stand_in_start, kube_stand_in_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(a_workflow_that_comes_back_with_volumes_proves_it),
        PROMISE(it_opts_in_as_it_was_told_and_stores_nothing),
        PROMISE(a_registration_that_is_new_is_given_a_moment),
        PROMISE(everything_else_is_told_apart),
    };

    return cmocka_run_group_tests_name("selftest", tests, NULL, NULL);
}
