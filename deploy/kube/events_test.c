/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/events.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube_stand_in_test.h"

static const struct events_object secret = {
    .api_version = "v1",
    .kind = "Secret",
    .namespace_ = "hawser",
    .name = "s",
    .uid = "u-1",
};

static const struct events_object class_ = {
    .api_version = "storage.k8s.io/v1",
    .kind = "StorageClass",
    .name = "nfs",
};

struct fixture {
    struct kube_stand_in *test;
    struct kube *kube;
    struct events *events;
};

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err = {0};
    void *test = NULL;

    assert_non_null(fixture);
    assert_int_equal(kube_stand_in_start(&test), 0);
    fixture->test = test;
    fixture->kube = kube_stand_in_kube(fixture->test);
    fixture->events = events_new(fixture->kube, "hawser-controller", "pod_1", &err);
    assert_non_null(fixture->events);
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    void *test = fixture->test;

    events_free(fixture->events);
    kube_free(fixture->kube);
    assert_int_equal(kube_stand_in_stop(&test), 0);
    free(fixture);
    return 0;
}

static bool all_sent(void *data)
{
    return events_count(data) == 0;
}

static void wait_sent(struct fixture *fixture)
{
    kube_stand_in_wait(fixture->test, all_sent, fixture->events, 5000);
}

static json_t *sent(struct fixture *fixture, size_t i)
{
    json_t *body = json_loads(api_server_request(fixture->test->server, i)->body, 0, NULL);

    assert_non_null(body);
    return body;
}

static void an_event_says_what_kubectl_shows(void **state)
{
    struct fixture *fixture = *state;
    json_auto_t *body = NULL;
    json_auto_t *expected = NULL;

    events_send(fixture->events, &secret, true, "CertificatesFailed", "it is so");
    wait_sent(fixture);
    assert_int_equal(api_server_count(fixture->test->server), 1);
    assert_string_equal(api_server_request(fixture->test->server, 0)->method, "POST");
    body = sent(fixture, 0);
    assert_int_equal(json_object_del(body, "firstTimestamp"), 0);
    assert_int_equal(json_object_del(body, "lastTimestamp"), 0);
    expected = json_loads(
        "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"generateName\":\"hawser-\","
        "\"namespace\":\"hawser\"},\"involvedObject\":{\"apiVersion\":\"v1\",\"kind\":\"Secret\","
        "\"name\":\"s\",\"namespace\":\"hawser\",\"uid\":\"u-1\"},\"type\":\"Warning\","
        "\"reason\":\"CertificatesFailed\",\"message\":\"it is so\",\"count\":1,"
        "\"source\":{\"component\":\"hawser-controller\"},"
        "\"reportingComponent\":\"hawser-controller\",\"reportingInstance\":\"pod_1\"}",
        0, NULL);
    assert_true(json_equal(body, expected));
}

static void about_an_object_that_is_not_there_no_uid_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct events_object absent = secret;
    json_auto_t *body = NULL;

    absent.uid = NULL;
    events_send(fixture->events, &absent, false, "A", "b");
    wait_sent(fixture);
    body = sent(fixture, 0);
    assert_null(json_object_get(json_object_get(body, "involvedObject"), "uid"));
    assert_string_equal(json_string_value(json_object_get(body, "type")), "Normal");
}

static void an_event_about_what_has_no_namespace_lies_in_default(void **state)
{
    struct fixture *fixture = *state;
    json_auto_t *body = NULL;

    events_send(fixture->events, &class_, true, "A", "b");
    wait_sent(fixture);
    assert_string_equal(api_server_request(fixture->test->server, 0)->target,
                        "/api/v1/namespaces/default/events");
    body = sent(fixture, 0);
    assert_string_equal(json_text_of(json_object_get(body, "metadata"), "namespace"), "default");
    assert_null(json_object_get(json_object_get(body, "involvedObject"), "namespace"));
}

static void the_same_is_told_once_and_something_else_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct events_object other = secret;

    other.namespace_ = "elsewhere";
    for (int i = 0; i < 3; i++) {
        events_send(fixture->events, &secret, true, "A", "b");
        events_send(fixture->events, &secret, true, "A", "c");
        events_send(fixture->events, &other, true, "A", "b");
        wait_sent(fixture);
    }
    assert_int_equal(api_server_count(fixture->test->server), 3);
}

static void a_message_is_cut_to_what_the_api_takes(void **state)
{
    struct fixture *fixture = *state;
    char message[4096];
    json_auto_t *body = NULL;

    memset(message, 'x', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    message[7] = '\n';
    events_send(fixture->events, &secret, true, "A", message);
    wait_sent(fixture);
    body = sent(fixture, 0);
    assert_true(json_string_length(json_object_get(body, "message")) <= 1024);
    assert_null(strchr(json_string_value(json_object_get(body, "message")), '\n'));
}

static void what_cannot_be_sent_is_lost_and_keeps_nobody_waiting(void **state)
{
    struct fixture *fixture = *state;
    char message[16];

    api_server_stop(fixture->test->server);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(message, sizeof(message), "m%d", i);
        events_send(fixture->events, &secret, true, "A", message);
    }
    wait_sent(fixture);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(an_event_says_what_kubectl_shows),
        PROMISE(about_an_object_that_is_not_there_no_uid_is_told),
        PROMISE(an_event_about_what_has_no_namespace_lies_in_default),
        PROMISE(the_same_is_told_once_and_something_else_is_told),
        PROMISE(a_message_is_cut_to_what_the_api_takes),
        PROMISE(what_cannot_be_sent_is_lost_and_keeps_nobody_waiting),
    };

    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
