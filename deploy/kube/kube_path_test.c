/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_path.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static const struct kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const struct kube_resource leases = {"coordination.k8s.io", "v1", "leases", "Lease", true};
static const struct kube_resource hooks = {"admissionregistration.k8s.io", "v1",
                                           "mutatingwebhookconfigurations",
                                           "MutatingWebhookConfiguration", false};

struct row {
    struct kube_request request;
    struct kube_path_more more;
    const char *expected; /* the path, or what the message begins with */
};

static void each_request_has_its_path(void **state)
{
    static const struct row rows[] = {
        {{.verb = KUBE_GET, .resource = &secrets, .namespace_ = "hawser", .name = "hawser-tls"},
         {0},
         "/api/v1/namespaces/hawser/secrets/hawser-tls"},
        {{.verb = KUBE_GET, .resource = &hooks, .name = "hawser"},
         {0},
         "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/hawser"},
        {{.verb = KUBE_CREATE, .resource = &leases, .namespace_ = "hawser"},
         {0},
         "/apis/coordination.k8s.io/v1/namespaces/hawser/leases"},
        {{.verb = KUBE_LIST, .resource = &secrets}, {.limit = 500}, "/api/v1/secrets?limit=500"},
        {{.verb = KUBE_LIST,
          .resource = &secrets,
          .namespace_ = "hawser",
          .field_selector = "metadata.name=hawser-tls",
          .label_selector = "a in (b,c)"},
         {.limit = 2, .continue_ = "a+/="},
         "/api/v1/namespaces/hawser/secrets?limit=2&continue=a%2B%2F%3D"
         "&fieldSelector=metadata.name%3Dhawser-tls&labelSelector=a%20in%20%28b%2Cc%29"},
        {{.verb = KUBE_LIST, .resource = &secrets, .namespace_ = "hawser"},
         {.watch_from = "77", .watch_s = 300},
         "/api/v1/namespaces/hawser/secrets?watch=true&allowWatchBookmarks=true"
         "&resourceVersion=77&timeoutSeconds=300"},
        {{.verb = KUBE_APPLY,
          .resource = &secrets,
          .namespace_ = "hawser",
          .name = "x",
          .field_manager = "hawser-controller",
          .is_dry_run = true},
         {0},
         "/api/v1/namespaces/hawser/secrets/x?fieldManager=hawser-controller&force=true"
         "&dryRun=All"},
        {{.verb = KUBE_UPDATE,
          .resource = &leases,
          .namespace_ = "hawser",
          .name = "x",
          .subresource = "status"},
         {0},
         "/apis/coordination.k8s.io/v1/namespaces/hawser/leases/x/status"},
        {{.verb = KUBE_DELETE,
          .resource = &secrets,
          .namespace_ = "a/../b?c#d",
          .name = "%41 \xc3\xa4\n&"},
         {0},
         "/api/v1/namespaces/a%2F..%2Fb%3Fc%23d/secrets/%2541%20%C3%A4%0A%26"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
        struct err err = {0};
        assert_int_equal(kube_path_write(&out, &rows[i].request, &rows[i].more, &err), 0);
        assert_string_equal(buf_text(&out), rows[i].expected);
    }
}

static void an_apply_that_is_not_forced_does_not_say_so(void **state)
{
    static const struct kube_request request = {
        .verb = KUBE_APPLY,
        .resource = &secrets,
        .namespace_ = "hawser",
        .name = "x",
        .field_manager = "hawser-controller",
        .is_unforced = true,
    };
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    struct err err = {0};

    (void)state;
    assert_int_equal(kube_path_write(&out, &request, &(struct kube_path_more){0}, &err), 0);
    assert_string_equal(buf_text(&out),
                        "/api/v1/namespaces/hawser/secrets/x?fieldManager=hawser-controller");
}

/* Each of these would be the path of something else. */
static void a_request_that_lacks_a_part_has_no_path(void **state)
{
    static const struct row rows[] = {
        {{.verb = KUBE_DELETE, .resource = &secrets, .namespace_ = "hawser"},
         {0},
         "the request has no name"},
        {{.verb = KUBE_DELETE, .resource = &secrets, .namespace_ = "hawser", .name = ""},
         {0},
         "the request has no name"},
        {{.verb = KUBE_GET, .resource = &secrets, .namespace_ = "hawser", .name = ".."},
         {0},
         "'..' is no name"},
        {{.verb = KUBE_GET, .resource = &secrets, .namespace_ = ".", .name = "x"},
         {0},
         "'.' is no namespace"},
        {{.verb = KUBE_GET, .resource = &secrets, .name = "x"},
         {0},
         "the request has no namespace"},
        {{.verb = KUBE_LIST, .resource = &secrets, .namespace_ = ""},
         {0},
         "the request has no namespace"},
        {{.verb = KUBE_GET, .resource = &hooks, .namespace_ = "hawser", .name = "x"},
         {0},
         "mutatingwebhookconfigurations have no namespace"},
        {{.verb = KUBE_CREATE, .resource = &secrets, .namespace_ = "hawser", .name = "x"},
         {0},
         "there is a name, 'x'"},
        {{.verb = KUBE_UPDATE,
          .resource = &secrets,
          .namespace_ = "hawser",
          .name = "x",
          .subresource = ""},
         {0},
         "the request has no subresource"},
        {{.verb = KUBE_APPLY, .resource = &secrets, .namespace_ = "hawser", .name = "x"},
         {0},
         "the request has no field manager"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
        struct err err = {0};
        assert_int_equal(kube_path_write(&out, &rows[i].request, &rows[i].more, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.msg, rows[i].expected, strlen(rows[i].expected));
    }
}

static void each_verb_has_its_method_and_type(void **state)
{
    static const struct {
        enum kube_verb verb;
        const char *method;
        const char *type;
    } rows[] = {
        {KUBE_GET, "GET", NULL},
        {KUBE_LIST, "GET", NULL},
        {KUBE_CREATE, "POST", "application/json"},
        {KUBE_UPDATE, "PUT", "application/json"},
        {KUBE_APPLY, "PATCH", "application/apply-patch+yaml"},
        {KUBE_MERGE_PATCH, "PATCH", "application/merge-patch+json"},
        {KUBE_JSON_PATCH, "PATCH", "application/json-patch+json"},
        {KUBE_DELETE, "DELETE", "application/json"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(kube_path_method(rows[i].verb), rows[i].method);
        if (rows[i].type == NULL) {
            assert_null(kube_path_content_type(rows[i].verb));
        } else {
            assert_string_equal(kube_path_content_type(rows[i].verb), rows[i].type);
        }
    }
}

static void metadata_alone_is_asked_for_as_each_answer_has_it(void **state)
{
    struct kube_request request = {.verb = KUBE_LIST};

    (void)state;
    assert_string_equal(kube_path_accept(&request, false), "application/json");
    request.is_metadata = true;
    assert_non_null(strstr(kube_path_accept(&request, false), ";as=PartialObjectMetadataList;"));
    assert_non_null(strstr(kube_path_accept(&request, true), ";as=PartialObjectMetadata;"));
    request.verb = KUBE_GET;
    assert_non_null(strstr(kube_path_accept(&request, false), ";as=PartialObjectMetadata;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_has_its_path),
        cmocka_unit_test(an_apply_that_is_not_forced_does_not_say_so),
        cmocka_unit_test(a_request_that_lacks_a_part_has_no_path),
        cmocka_unit_test(each_verb_has_its_method_and_type),
        cmocka_unit_test(metadata_alone_is_asked_for_as_each_answer_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
