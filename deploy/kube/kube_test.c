/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube.h"

#include <string.h>

#include "base/cleanup.h"
#include "deploy/kube/client_test.h"
#include "tests/test.h"

#define SECRET "/api/v1/namespaces/hawser/secrets/a"

static void each_verb_goes_out_as_it_should(void **state)
{
    static const struct {
        enum kube_verb verb;
        const char *body;
        const char *method;
        const char *target;
        const char *type; /* NULL: no body */
        const char *sent;
    } rows[] = {
        {KUBE_GET, NULL, "GET", SECRET, NULL, ""},
        {KUBE_CREATE, "{\"metadata\":{\"name\":\"a\"},\"data\":{}}", "POST",
         "/api/v1/namespaces/hawser/secrets", "Content-Type: application/json",
         "{\"data\":{},\"metadata\":{\"name\":\"a\"}}"},
        {KUBE_UPDATE, "{}", "PUT", SECRET, "Content-Type: application/json", "{}"},
        {KUBE_APPLY, "{}", "PATCH", SECRET "?fieldManager=hawser-test&force=true",
         "Content-Type: application/apply-patch+yaml", "{}"},
        {KUBE_MERGE_PATCH, "{\"a\":null}", "PATCH", SECRET,
         "Content-Type: application/merge-patch+json", "{\"a\":null}"},
        {KUBE_JSON_PATCH, "[]", "PATCH", SECRET, "Content-Type: application/json-patch+json", "[]"},
        {KUBE_DELETE, NULL, "DELETE", SECRET, NULL, ""},
        {KUBE_DELETE, "{\"propagationPolicy\":\"Orphan\"}", "DELETE", SECRET,
         "Content-Type: application/json", "{\"propagationPolicy\":\"Orphan\"}"},
    };
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        const struct api_request *request;
        client_answer(client, NULL, NULL, 200, API_OBJECT("a", "1"));
        answer = client_call(client, rows[i].verb, rows[i].body);
        assert_int_equal(answer.outcome, KUBE_OK);
        request = api_server_request(client->server, i);
        assert_string_equal(request->method, rows[i].method);
        assert_string_equal(request->target, rows[i].target);
        assert_string_equal(request->body, rows[i].sent);
        assert_true(rows[i].type == NULL ? strstr(request->head, "Content-Type") == NULL
                                         : api_request_has(request, rows[i].type));
        assert_true(api_request_has(request, "Authorization: Bearer " CLIENT_TOKEN));
        assert_true(api_request_has(request, "User-Agent: hawser-test/1.0"));
        assert_true(api_request_has(request, "Accept: application/json"));
        assert_null(strstr(request->head, "Expect"));
    }
    assert_int_equal(api_server_n_unexpected(client->server), 0);
}

static void an_answer_is_the_object_and_no_message(void **state)
{
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    client_answer(client, "GET", SECRET, 200, API_OBJECT("a", "77"));
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_OK);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.message, "");
    assert_string_equal(json_string_value(json_object_get(json_object_get(answer.body, "metadata"),
                                                          "resourceVersion")),
                        "77");
    assert_int_equal(kube_counts(client->kube)->requests[KUBE_OK], 1);
}

static void what_cannot_be_helped_comes_back_at_once(void **state)
{
    static const struct {
        unsigned int status;
        enum kube_outcome outcome;
        const char *body;
    } rows[] = {
        {404, KUBE_NOT_FOUND, API_STATUS(404, "NotFound", "m")},
        {409, KUBE_ALREADY_EXISTS, API_STATUS(409, "AlreadyExists", "m")},
        {409, KUBE_CONFLICT, API_STATUS(409, "Conflict", "m")},
        {410, KUBE_GONE, API_STATUS(410, "Expired", "m")},
        {400, KUBE_INVALID, API_STATUS(400, "BadRequest", "m")},
        {422, KUBE_INVALID, API_STATUS(422, "Invalid", "m")},
        {403, KUBE_FORBIDDEN, API_STATUS(403, "Forbidden", "m")},
        {403, KUBE_TERMINATING, API_STATUS(403, "Forbidden", "no, because it is being terminated")},
        {401, KUBE_UNAUTHORIZED, API_STATUS(401, "Unauthorized", "m")},
    };
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_answer(client, NULL, NULL, rows[i].status, rows[i].body);
        answer = client_call(client, KUBE_UPDATE, "{}");
        assert_int_equal(answer.outcome, rows[i].outcome);
        assert_int_equal(answer.status, rows[i].status);
        assert_non_null(strstr(rows[i].body, answer.message));
        assert_null(answer.body);
        assert_false(answer.is_doubtful);
        assert_int_equal(api_server_count(client->server), i + 1);
    }
    assert_int_equal(kube_counts(client->kube)->retries, 0);
}

static void a_connection_is_kept(void **state)
{
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < 5; i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_answer(client, NULL, NULL, 200, API_OBJECT("a", "1"));
        answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_OK);
    }
    assert_int_equal(api_server_request(client->server, 4)->connection, 1);
}

static void a_redirection_is_not_followed(void **state)
{
    struct client *client = *state;
    const struct api_step step = {.status = 307,
                                  .times = API_FOREVER,
                                  .headers = "Location: https://127.0.0.1:1/elsewhere\r\n"};
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    api_server_add(client->server, &step);
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_string_equal(answer.message, "HTTP status 307");
    assert_int_equal(answer.status, 307);
    assert_int_equal(api_server_count(client->server), KUBE_TRIES_MAX);
}

static void a_request_without_a_path_is_not_sent(void **state)
{
    struct client *client = *state;
    const struct kube_request request = {
        .verb = KUBE_DELETE, .resource = &client_secrets, .namespace_ = "hawser", .name = ""};
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_call(client->kube, &request, &answer);
    assert_int_equal(answer.outcome, KUBE_INVALID);
    assert_string_equal(answer.message, "the request has no name");
    assert_int_equal(api_server_count(client->server), 0);
}

static void note(void *data, struct kube_answer *answer)
{
    *(enum kube_outcome *)data = answer->outcome;
}

static bool is_told(void *data)
{
    return *(enum kube_outcome *)data != KUBE_HALTED;
}

static void a_request_can_be_cancelled_at_any_time(void **state)
{
    struct client *client = *state;
    const struct kube_request request = {
        .verb = KUBE_GET, .resource = &client_secrets, .namespace_ = "hawser", .name = "a"};
    const struct kube_request wrong = {.verb = KUBE_GET, .resource = &client_secrets};
    enum kube_outcome told = KUBE_HALTED;

    client_connect(client);
    for (unsigned int ms = 0; ms < 8; ms += 2) {
        const struct api_step step = {.status = 200, .body = "{}", .delay_ms = 3};
        uint64_t number;
        api_server_add(client->server, &step);
        number = kube_start(client->kube, &request, 1000, note, &told);
        assert_true(number != 0);
        loop_step(client->loop, ms);
        kube_cancel(client->kube, number);
        kube_cancel(client->kube, number); /* twice does no harm */
        api_server_clear(client->server);
    }
    kube_cancel(client->kube, kube_start(client->kube, &wrong, 1000, note, &told));
    client_run(client, 30);
    assert_int_equal(told, KUBE_HALTED);
}

static void several_requests_run_at_once(void **state)
{
    struct client *client = *state;
    const struct kube_request request = {
        .verb = KUBE_GET, .resource = &client_secrets, .namespace_ = "hawser", .name = "a"};
    const struct api_step slow = {.status = 200, .body = "{}", .delay_ms = 2000};
    enum kube_outcome first = KUBE_HALTED;
    enum kube_outcome second = KUBE_HALTED;

    client_connect(client);
    api_server_add(client->server, &slow);
    client_answer(client, NULL, NULL, 404, "");
    (void)!kube_start(client->kube, &request, 5000, note, &first);
    client_run(client, 50);
    (void)!kube_start(client->kube, &request, 5000, note, &second);
    assert_true(client_wait(client, is_told, &second));
    assert_int_equal(second, KUBE_NOT_FOUND);
    assert_int_equal(first, KUBE_HALTED); /* kube_free() cuts it, without a word */
}

#define CROWD 12

/* Requests at once, none of which is answered before all are there; the number of their newest
 * connection. */
static unsigned int crowd(struct client *client)
{
    const struct kube_request request = {
        .verb = KUBE_GET, .resource = &client_secrets, .namespace_ = "hawser", .name = "a"};
    enum kube_outcome told[CROWD];
    const size_t n = api_server_count(client->server);
    unsigned int newest = 0;

    for (size_t i = 0; i < CROWD; i++) {
        told[i] = KUBE_HALTED;
        (void)!kube_start(client->kube, &request, 5000, note, &told[i]);
    }
    for (size_t i = 0; i < CROWD; i++) {
        assert_true(client_wait(client, is_told, &told[i]));
        assert_int_equal(told[i], KUBE_OK);
    }
    for (size_t i = n; i < n + CROWD; i++) {
        const unsigned int connection = api_server_request(client->server, i)->connection;
        newest = connection > newest ? connection : newest;
    }
    return newest;
}

/* Each costs memory, here and at the server. */
static void of_the_connections_of_a_crowd_a_few_are_kept(void **state)
{
    const struct api_step step = {
        .status = 200, .body = API_OBJECT("a", "1"), .delay_ms = 200, .times = API_FOREVER};
    const struct api_step quick = {.status = 200, .body = API_OBJECT("a", "1"), .times = CROWD};
    struct client *client = *state;
    unsigned int newest;

    client_connect(client);
    api_server_add(client->server, &step);
    assert_int_equal(crowd(client), CROWD);
    api_server_clear(client->server);
    api_server_add(client->server, &quick);
    for (size_t i = 0; i < CROWD; i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_OK);
    }
    api_server_add(client->server, &step);
    newest = crowd(client);
    assert_in_range(newest, CROWD + 4, 2 * CROWD - 4); /* some were kept, and some were not */
}

static void each_outcome_has_a_name(void **state)
{
    (void)state;
    for (enum kube_outcome a = KUBE_OK; a <= KUBE_HALTED; a++) {
        assert_string_not_equal(kube_outcome_text(a), "");
        for (enum kube_outcome b = KUBE_OK; b < a; b++) {
            assert_string_not_equal(kube_outcome_text(a), kube_outcome_text(b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(each_verb_goes_out_as_it_should),
        WITH_CLIENT(an_answer_is_the_object_and_no_message),
        WITH_CLIENT(what_cannot_be_helped_comes_back_at_once),
        WITH_CLIENT(a_connection_is_kept),
        WITH_CLIENT(a_redirection_is_not_followed),
        WITH_CLIENT(a_request_without_a_path_is_not_sent),
        WITH_CLIENT(a_request_can_be_cancelled_at_any_time),
        WITH_CLIENT(several_requests_run_at_once),
        WITH_CLIENT(of_the_connections_of_a_crowd_a_few_are_kept),
        cmocka_unit_test(each_outcome_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
