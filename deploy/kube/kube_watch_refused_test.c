/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "deploy/kube/kube_watch.h"
#include "deploy/kube/watcher_test.h"
#include "tests/folder.h"
#include "tests/test.h"

/* A watch that the server refuses, or whose server is away. Each ends with a stream that adds "z".
 */
#define FIRST API_LIST("10", API_OBJECT("a", "1"))
static const char *const last[] = {API_EVENT("ADDED", API_OBJECT("z", "90")), NULL};
static const char *const nothing[] = {NULL};

static void a_refused_list_is_tried_again_and_said(void **state)
{
    static const struct {
        unsigned int status;
        enum kube_outcome outcome;
        const char *body;
    } rows[] = {
        {403, KUBE_FORBIDDEN, API_STATUS(403, "Forbidden", "not you")},
        {404, KUBE_NOT_FOUND, API_STATUS(404, "NotFound", "no such kind")},
        {503, KUBE_BUSY, ""},
        {401, KUBE_UNAUTHORIZED, API_STATUS(401, "Unauthorized", "who")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct watcher *watcher = *state;
        kube_limits(watcher->client->kube)->backoff_first_ms = 200; /* time to look */
        client_answer(watcher->client, "GET", WATCHER_LIST, rows[i].status, rows[i].body);
        watcher_list(watcher, FIRST);
        watcher_stream(watcher, last, API_FOREVER);
        watcher_start(watcher);
        watcher_expect_requests(watcher, 1);
        client_run(watcher->client, 40);
        assert_int_equal(kube_watch_state(watcher->watch)->outcome, rows[i].outcome);
        assert_string_not_equal(kube_watch_state(watcher->watch)->message, "");
        assert_false(kube_watch_is_whole(watcher->watch));
        watcher_expect(watcher, "a@1 z@90");
        assert_int_equal(kube_watch_state(watcher->watch)->outcome, KUBE_OK);
        assert_int_equal(watcher_tear_down(state), 0);
        assert_int_equal(watcher_set_up(state), 0);
    }
}

static void a_stream_that_is_told_to_wait_waits(void **state)
{
    const struct api_step busy = {
        .target = WATCHER_STREAM, .status = 429, .headers = "Retry-After: 1\r\n"};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    api_server_add(watcher->client->server, &busy);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 z@90");
    watcher_check_counts(watcher, 1, 1);
    assert_in_range(api_server_request(watcher->client->server, 2)->at_ms -
                        api_server_request(watcher->client->server, 1)->at_ms,
                    990, 2500);
}

static void a_token_that_expires_is_read_again_for_the_stream(void **state)
{
    struct watcher *watcher = *state;
    void *folder = NULL;

    if (folder_enter(&folder) < 0 || folder == NULL) {
        fail_msg("there is no folder");
        return;
    }
    assert_int_equal(folder_write("token", "one"), 0);
    watcher->client->config.token_file = "token";
    client_connect(watcher->client);
    watcher_list(watcher, FIRST);
    client_answer(watcher->client, "GET", WATCHER_STREAM, 401, "");
    watcher_stream(watcher, last, API_FOREVER);
    kube_limits(watcher->client->kube)->backoff_first_ms = 200;
    watcher_start(watcher);
    watcher_expect_requests(watcher, 2);
    assert_int_equal(folder_write("token", "two"), 0);
    watcher_expect(watcher, "a@1 z@90");
    assert_true(api_request_has(api_server_request(watcher->client->server, 1),
                                "Authorization: Bearer one"));
    assert_true(api_request_has(api_server_request(watcher->client->server, 2),
                                "Authorization: Bearer two"));
    assert_int_equal(folder_leave(&folder), 0);
}

static void a_server_that_is_away_is_found_again(void **state)
{
    struct watcher *watcher = *state;
    struct err err = {0};

    api_server_stop(watcher->client->server);
    watcher_start(watcher);
    client_run(watcher->client, 100);
    assert_int_equal(kube_watch_state(watcher->watch)->outcome, KUBE_UNREACHABLE);
    assert_int_equal(api_server_start(watcher->client->server, &err), 0);
    watcher_list(watcher, FIRST);
    watcher_stream(watcher, nothing, API_FOREVER);
    watcher_expect(watcher, "a@1");
    watcher_expect_requests(watcher, 2);
    api_server_stop(watcher->client->server);
    client_run(watcher->client, 100);
    assert_int_equal(kube_watch_state(watcher->watch)->outcome, KUBE_UNREACHABLE);
    watcher_check(watcher, "a@1"); /* nothing is forgotten */
    assert_int_equal(api_server_start(watcher->client->server, &err), 0);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_expect(watcher, "a@1 z@90");
    assert_int_equal(kube_watch_state(watcher->watch)->n_lists, 1);
}

static void a_server_that_ends_each_stream_at_once_is_not_stormed(void **state)
{
    const struct api_step ends = {
        .target = WATCHER_STREAM, .times = API_FOREVER, .pieces = nothing};
    struct watcher *watcher = *state;

    kube_limits(watcher->client->kube)->backoff_first_ms = 100;
    watcher_list(watcher, FIRST);
    api_server_add(watcher->client->server, &ends);
    watcher_start(watcher);
    client_run(watcher->client, 1000);
    /* Waits of at least 50, 100, 200 and 400 ms. */
    assert_in_range(api_server_count(watcher->client->server), 3, 7);
}

static void more_objects_than_there_is_place_for_are_refused(void **state)
{
    CLEANUP(buf_clear) struct buf list = BUF_INIT(16UL * 1024 * 1024);
    struct watcher *watcher = *state;

    buf_add_text(&list, "{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[");
    for (unsigned int i = 0; i <= KUBE_WATCH_OBJECTS_MAX; i++) {
        buf_printf(&list, "%s{\"metadata\":{\"name\":\"n%u\",\"resourceVersion\":\"1\"}}",
                   i > 0 ? "," : "", i);
    }
    buf_add_text(&list, "]}");
    kube_limits(watcher->client->kube)->backoff_first_ms = 5000;
    watcher_list(watcher, buf_text(&list));
    watcher_start(watcher);
    watcher_expect_requests(watcher, 1);
    client_run(watcher->client, 400);
    assert_false(kube_watch_is_whole(watcher->watch));
    assert_string_equal(kube_watch_state(watcher->watch)->message,
                        "there are more than 10000 objects");
    api_server_stop(watcher->client->server); /* before the list goes */
}

struct refused {
    struct watcher *watcher;
    enum kube_outcome outcome;
};

static bool has_outcome(void *data)
{
    const struct refused *refused = data;

    return kube_watch_is_whole(refused->watcher->watch) &&
           kube_watch_state(refused->watcher->watch)->outcome == refused->outcome;
}

/* A stream that is only interrupted comes back; one that is not allowed does not. */
static void a_check_fails_where_a_person_must_act(void **state)
{
    static const struct {
        unsigned int status;
        enum kube_outcome outcome;
        const char *body;
        const char *expected; /* NULL: it is well */
    } rows[] = {
        {403, KUBE_FORBIDDEN, API_STATUS(403, "Forbidden", "not you"),
         "secrets cannot be watched: forbidden: not you"},
        {401, KUBE_UNAUTHORIZED, API_STATUS(401, "Unauthorized", "who"),
         "secrets cannot be watched: unauthorized: who"},
        {422, KUBE_INVALID, API_STATUS(422, "Invalid", "what"),
         "secrets cannot be watched: invalid: what"},
        {503, KUBE_BUSY, API_STATUS(503, "ServiceUnavailable", "soon"), NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct watcher *watcher = *state;
        struct refused refused = {.watcher = watcher, .outcome = rows[i].outcome};
        const struct api_step refusal = {.target = WATCHER_STREAM,
                                         .status = rows[i].status,
                                         .body = rows[i].body,
                                         .times = API_FOREVER};
        struct err err = {0};
        watcher_list(watcher, FIRST);
        api_server_add(watcher->client->server, &refusal);
        watcher_start(watcher);
        assert_int_equal(kube_watch_check(watcher->watch, "secrets", &err), -1);
        assert_string_equal(err.msg,
                            "secrets was not read yet: unreachable: nothing was listed yet");
        assert_true(client_wait(watcher->client, has_outcome, &refused));
        assert_int_equal(kube_watch_check(watcher->watch, "secrets", &err),
                         rows[i].expected != NULL ? -1 : 0);
        if (rows[i].expected != NULL) {
            assert_string_equal(err.msg, rows[i].expected);
        }
        assert_int_equal(watcher_tear_down(state), 0);
        assert_int_equal(watcher_set_up(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WATCHER(a_refused_list_is_tried_again_and_said),
        WITH_WATCHER(a_check_fails_where_a_person_must_act),
        WITH_WATCHER(a_stream_that_is_told_to_wait_waits),
        WITH_WATCHER(a_token_that_expires_is_read_again_for_the_stream),
        WITH_WATCHER(a_server_that_is_away_is_found_again),
        WITH_WATCHER(a_server_that_ends_each_stream_at_once_is_not_stormed),
        WITH_WATCHER(more_objects_than_there_is_place_for_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
