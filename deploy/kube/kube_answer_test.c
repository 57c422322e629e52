/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "deploy/kube/client_test.h"
#include "deploy/kube/kube.h"
#include "tests/test.h"

/* What lists and single answers do with what a server should not say. */

#define PAGES "/api/v1/namespaces/hawser/secrets?limit=2"

static void pages_are_read_to_the_end(void **state)
{
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_limits(client->kube)->page_items = 2;
    client_answer(client, "GET", PAGES "&continue=b%2F2", 200,
                  API_PAGE("31", "c", API_OBJECT("c", "3")));
    client_answer(client, "GET", PAGES "&continue=c", 200, API_LIST("32", API_OBJECT("d", "4")));
    client_answer(client, "GET", PAGES, 200,
                  API_PAGE("30", "b/2", API_OBJECT("a", "1") "," API_OBJECT("b", "2")));
    answer = client_call(client, KUBE_LIST, NULL);
    assert_int_equal(answer.outcome, KUBE_OK);
    assert_int_equal(json_array_size(json_object_get(answer.body, "items")), 4);
    assert_string_equal(json_string_value(json_object_get(json_object_get(answer.body, "metadata"),
                                                          "resourceVersion")),
                        "30");
    assert_int_equal(api_server_n_unexpected(client->server), 0);
    assert_int_equal(kube_counts(client->kube)->requests[KUBE_OK], 1);
}

static void a_version_that_is_gone_half_way_begins_the_list_again(void **state)
{
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_limits(client->kube)->page_items = 2;
    client_answer(client, "GET", PAGES "&continue=b", 410, API_STATUS(410, "Expired", "too old"));
    client_answer(client, "GET", PAGES, 200, API_PAGE("30", "b", API_OBJECT("a", "1")));
    client_answer(client, "GET", "/api/v1/namespaces/hawser/secrets", 200,
                  API_LIST("40", API_OBJECT("z", "39")));
    answer = client_call(client, KUBE_LIST, NULL);
    assert_int_equal(answer.outcome, KUBE_OK);
    assert_int_equal(json_array_size(json_object_get(answer.body, "items")), 1);
    assert_int_equal(api_server_count(client->server), 3);
    assert_string_equal(api_server_request(client->server, 2)->target,
                        "/api/v1/namespaces/hawser/secrets");
}

static void a_version_that_is_gone_at_once_is_said_so(void **state)
{
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    client_answer(client, "GET", NULL, 410, API_STATUS(410, "Gone", "too old"));
    answer = client_call(client, KUBE_LIST, NULL);
    assert_int_equal(answer.outcome, KUBE_GONE);
    assert_int_equal(api_server_count(client->server), 1);
}

static void pages_without_end_have_a_limit_of_time(void **state)
{
    const struct api_step here = {.target = PAGES "&continue=a",
                                  .times = API_FOREVER,
                                  .status = 200,
                                  .body = API_PAGE("1", "b", "")};
    const struct api_step there = {
        .times = API_FOREVER, .status = 200, .body = API_PAGE("1", "a", "")};
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_limits(client->kube)->page_items = 2;
    kube_limits(client->kube)->request_timeout_ms = 60;
    api_server_add(client->server, &here);
    api_server_add(client->server, &there);
    answer = client_call(client, KUBE_LIST, NULL);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_true(api_server_count(client->server) > (size_t)2 * KUBE_TRIES_MAX);
}

static void all_pages_together_have_a_limit_of_memory(void **state)
{
    static const char item[] = "{\"metadata\":{\"name\":\"a\",\"labels\":{}},\"data\":{}},";
    CLEANUP(buf_clear) struct buf page = BUF_INIT(1024UL * 1024);
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    buf_add_text(&page, "{\"metadata\":{\"continue\":\"x\"},\"items\":[");
    for (unsigned int i = 0; i < 100; i++) {
        buf_add_text(&page, item);
    }
    buf_add_text(&page, "{}]}");
    client_connect(client);
    kube_limits(client->kube)->answer_memory = 150UL * 1024; /* enough for one, as the next shows */
    client_answer(client, "GET", "/api/v1/namespaces/hawser/secrets/a", 200, buf_text(&page));
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_OK);
    kube_answer_clear(&answer);
    for (unsigned int i = 0; i < KUBE_TRIES_MAX; i++) {
        client_answer(client, "GET", NULL, 200, buf_text(&page));
        client_answer(client, "GET", NULL, 200, buf_text(&page));
    }
    answer = client_call(client, KUBE_LIST, NULL);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_non_null(strstr(answer.message, "the server's answer"));
    assert_int_equal(api_server_count(client->server), 1 + 2 * KUBE_TRIES_MAX);
}

static void what_cannot_be_read_is_asked_for_again(void **state)
{
    static const struct {
        const char *body;
        const char *message;
    } rows[] = {
        {"", "the server's answer"},
        {"<html>login</html>", "the server's answer"},
        {"{\"metadata\":{\"name\":\"a\"", "the server's answer"},
        {"{\"a\":1,\"a\":2}", "the server's answer"},
        {"{\"a\\u0000b\":1}", "the server's answer"},
        {"{\"a\":\"\xff\"}", "the server's answer"},
        {"{} {}", "the server's answer"},
        {"[1]", "expected an object from the server, found a list"},
        {"null", "expected an object from the server, found null"},
    };
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        CLEANUP(kube_answer_clear) struct kube_answer again = {0};
        const struct api_step step = {.times = KUBE_TRIES_MAX, .status = 200, .body = rows[i].body};
        api_server_add(client->server, &step);
        answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
        assert_memory_equal(answer.message, rows[i].message, strlen(rows[i].message));
        assert_null(answer.body);
        client_answer(client, NULL, NULL, 200, rows[i].body);
        client_answer(client, NULL, NULL, 200, API_OBJECT("a", "1"));
        again = client_get(client);
        assert_int_equal(again.outcome, KUBE_OK);
    }
}

static void what_go_writes_and_others_refuse_is_read(void **state)
{
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    client_answer(client, NULL, NULL, 200,
                  "{\"a\":18446744073709552000,\"b\":9223372036854775807,\"c\":\"\\u0000\"}\n");
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_OK);
    assert_true(json_is_real(json_object_get(answer.body, "a")));
    assert_int_equal(json_integer_value(json_object_get(answer.body, "b")), INT64_MAX);
}

static void an_answer_that_is_too_large_is_cut_off(void **state)
{
    static const char body[] = "{\"a\":\"0123456789012345678901234567890123456789\"}";
    static const char *const pieces[] = {body, body, NULL};
    const struct api_step steps[] = {
        {.times = KUBE_TRIES_MAX, .status = 200, .body = body}, /* Content-Length says so */
        {.times = KUBE_TRIES_MAX, .pieces = pieces},
        {.times = KUBE_TRIES_MAX, .status = 422, .body = body},
    };
    struct client *client = *state;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_connect(client);
        kube_limits(client->kube)->answer_bytes = sizeof(body) - 2;
        api_server_add(client->server, &steps[i]);
        answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
        assert_string_not_equal(answer.message, "");
    }
}

static void a_head_without_end_is_cut_off(void **state)
{
    CLEANUP(buf_clear) struct buf headers = BUF_INIT(1024UL * 1024);
    struct api_step step = {.times = API_FOREVER, .status = 200, .body = API_OBJECT("a", "1")};
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    for (unsigned int i = 0; i < 80; i++) {
        buf_printf(&headers, "X-Filler-%u: %01000d\r\n", i, 0);
    }
    step.headers = buf_text(&headers);
    client_connect(client);
    api_server_add(client->server, &step);
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
}

static void values_that_are_too_large_are_refused(void **state)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(1024UL * 1024);
    struct api_step step = {.times = API_FOREVER, .status = 200};
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    buf_add_text(&body, "{\"a\":[");
    for (unsigned int i = 0; i < 100000; i++) {
        buf_add_text(&body, "{},");
    }
    buf_add_text(&body, "{}]}");
    step.body = buf_text(&body);
    client_connect(client);
    kube_limits(client->kube)->answer_memory = 1024UL * 1024;
    api_server_add(client->server, &step);
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_non_null(strstr(answer.message, "the server's answer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(pages_are_read_to_the_end),
        WITH_CLIENT(a_version_that_is_gone_half_way_begins_the_list_again),
        WITH_CLIENT(a_version_that_is_gone_at_once_is_said_so),
        WITH_CLIENT(pages_without_end_have_a_limit_of_time),
        WITH_CLIENT(all_pages_together_have_a_limit_of_memory),
        WITH_CLIENT(what_cannot_be_read_is_asked_for_again),
        WITH_CLIENT(what_go_writes_and_others_refuse_is_read),
        WITH_CLIENT(an_answer_that_is_too_large_is_cut_off),
        WITH_CLIENT(a_head_without_end_is_cut_off),
        WITH_CLIENT(values_that_are_too_large_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
