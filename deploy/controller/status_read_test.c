/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/status_read.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube_stand_in_test.h"

#define CONFIG_MAP "/api/v1/namespaces/ns/configmaps/how"
#define LEASE      "/apis/coordination.k8s.io/v1/namespaces/ns/leases/who"

static void put_config_map(struct kube_stand_in *test, const char *text)
{
    object_store_put(test->store, CONFIG_MAP,
                     json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "apiVersion", "v1", "kind",
                               "ConfigMap", "metadata", "name", "how", "data", "status.json",
                               text));
}

static int read_it(struct kube_stand_in *test, struct status_read *out, struct err *err)
{
    CLEANUP(kube_free) struct kube *kube = kube_stand_in_kube(test);

    return status_read(kube, "ns", "how", "who", out, err);
}

static void the_document_and_the_lease_are_two_requests(void **state)
{
    CLEANUP(status_read_clear) struct status_read read = {.status = NULL};
    struct kube_stand_in *test = *state;
    struct err err = {0};

    put_config_map(test, "{\"a\":\"b\"}");
    object_store_put(
        test->store, LEASE,
        json_pack("{s:{s:s}, s:{s:s}}", "metadata", "name", "who", "spec", "holderIdentity", "me"));
    assert_int_equal(read_it(test, &read, &err), 0);
    assert_string_equal(json_text_of(read.status, "a"), "b");
    assert_string_equal(json_text_of(json_object_get(read.lease, "spec"), "holderIdentity"), "me");
    assert_int_equal(api_server_count(test->server), 2);
}

static void without_a_lease_the_document_is_read_all_the_same(void **state)
{
    CLEANUP(status_read_clear) struct status_read read = {.status = NULL};
    struct err err = {0};

    put_config_map(*state, "{}");
    assert_int_equal(read_it(*state, &read, &err), 0);
    assert_non_null(read.status);
    assert_null(read.lease);
}

static void where_nobody_has_led_it_says_what_to_look_at(void **state)
{
    struct status_read read = {.status = NULL};
    struct err err = {0};

    assert_int_equal(read_it(*state, &read, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "there is no ConfigMap 'how'"));
    assert_non_null(strstr(err.msg, "kubectl -n ns get pods,leases"));
    put_config_map(*state, "");
    assert_int_equal(read_it(*state, &read, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void what_is_no_document_is_trouble_and_not_wrong_usage(void **state)
{
    static const char *const rows[] = {"{", "[]", "3"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct status_read read = {.status = NULL};
        struct err err = {0};
        put_config_map(*state, rows[i]);
        assert_int_equal(read_it(*state, &read, &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_non_null(strstr(err.msg, "ConfigMap 'how' of namespace 'ns', 'status.json': "));
    }
}

static void what_may_not_be_read_is_told(void **state)
{
    static const struct api_step steps[] = {
        {.target = CONFIG_MAP, .status = 403, .body = API_STATUS(403, "Forbidden", "not for you")},
        {.target = LEASE, .status = 403, .body = API_STATUS(403, "Forbidden", "not for you")},
    };
    static const char *const messages[] = {
        "cannot read ConfigMap 'how' of namespace 'ns': forbidden: not for you",
        "cannot read Lease 'who' of namespace 'ns': forbidden: not for you",
    };
    struct kube_stand_in *test = *state;

    put_config_map(test, "{}");
    for (size_t i = 0; i < 2; i++) {
        struct status_read read = {.status = NULL};
        struct err err = {0};
        api_server_clear(test->server);
        api_server_add(test->server, &steps[i]);
        assert_int_equal(read_it(test, &read, &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_string_equal(err.msg, messages[i]);
        assert_null(read.status);
    }
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, kube_stand_in_start, kube_stand_in_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(the_document_and_the_lease_are_two_requests),
        PROMISE(without_a_lease_the_document_is_read_all_the_same),
        PROMISE(where_nobody_has_led_it_says_what_to_look_at),
        PROMISE(what_is_no_document_is_trouble_and_not_wrong_usage),
        PROMISE(what_may_not_be_read_is_told),
    };

    return cmocka_run_group_tests_name("status_read", tests, NULL, NULL);
}
