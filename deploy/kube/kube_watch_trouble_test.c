/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"
#include "deploy/kube/kube_watch.h"
#include "deploy/kube/watcher_test.h"
#include "tests/test.h"

/* Each test begins with a list at version 10 that has "a", and ends with a stream that adds "z". */
#define FIRST API_LIST("10", API_OBJECT("a", "1"))
static const char *const last[] = {API_EVENT("ADDED", API_OBJECT("z", "90")), NULL};
static const char *const nothing[] = {NULL};

/* The stream @step goes wrong, and is taken up again at @version without a list. */
static void
check_resumed(struct watcher *watcher, const struct api_step *step, unsigned long version)
{
    watcher_list(watcher, FIRST);
    api_server_add(watcher->client->server, step);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, version == 10 ? "a@1 z@90" : "a@1 b@11 z@90");
    watcher_check_counts(watcher, 1, 2);
    assert_int_equal(watcher_version(watcher, 2), version);
    assert_int_equal(kube_counts(watcher->client->kube)->requests[KUBE_UNREACHABLE], 1);
}

static void a_stream_that_breaks_off_is_taken_up_where_it_was(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "11")), NULL};
    const struct api_step steps[] = {
        {.target = WATCHER_STREAM, .pieces = pieces, .is_unfinished = true, .end = API_CUT},
        {.target = WATCHER_STREAM, .pieces = pieces, .is_unfinished = true, .end = API_CLOSE},
        {.target = WATCHER_STREAM,
         .pieces = pieces,
         .is_unfinished = true,
         .pause_ms = 20,
         .end = API_RESET},
    };
    struct watcher *watcher = *state;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        void *again = watcher;
        check_resumed(watcher, &steps[i], 11);
        assert_int_equal(watcher_tear_down(&again), 0);
        assert_int_equal(watcher_set_up(&again), 0);
        watcher = again;
    }
    *state = watcher;
}

static void half_a_line_is_no_event(void **state)
{
    static const char *const pieces[] = {"{\"type\":\"ADDED\",\"object\":" API_OBJECT("x", "11"),
                                         NULL};
    const struct api_step step = {.target = WATCHER_STREAM,
                                  .pieces = pieces,
                                  .is_unfinished = true,
                                  .pause_ms = 20,
                                  .end = API_CUT};

    check_resumed(*state, &step, 10);
}

/* Also where the server ends it in good order: what is no line is none. */
static void half_a_line_at_a_good_end_is_no_event(void **state)
{
    static const char *const pieces[] = {"{\"type\":\"ADDED\",\"object\":" API_OBJECT("x", "11"),
                                         NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    watcher_stream(watcher, pieces, 2 * CLIENT_BACKOFF_MS);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 z@90");
    watcher_check_counts(watcher, 1, 2);
}

static void a_silent_stream_is_given_up(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "11")), NULL};
    const struct api_step step = {
        .target = WATCHER_STREAM, .pieces = pieces, .pause_ms = API_FOREVER};
    const uint64_t start_ms = clock_monotonic_ms();

    check_resumed(*state, &step, 11);
    assert_in_range(clock_monotonic_ms() - start_ms, CLIENT_SILENCE_MS, 2500);
}

static void streams_that_say_nothing_leave_no_gap_between_them(void **state)
{
    struct watcher *watcher = *state;

    kube_limits(watcher->client->kube)->backoff_first_ms = 60000;
    watcher_list(watcher, API_LIST("10", ""));
    for (int i = 0; i < 4; i++) {
        watcher_stream(watcher, nothing, API_FOREVER);
    }
    watcher_start(watcher);
    watcher_expect_requests(watcher, 5);
    assert_int_equal(kube_watch_state(watcher->watch)->outcome, KUBE_OK);
    watcher_check_counts(watcher, 1, 4);
}

static void a_stream_that_never_begins_is_given_up(void **state)
{
    const struct api_step step = {.target = WATCHER_STREAM, .delay_ms = API_FOREVER};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    api_server_add(watcher->client->server, &step);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 z@90");
    watcher_check_counts(watcher, 1, 1);
}

static void bookmarks_keep_a_stream_alive(void **state)
{
    static const char *const pieces[] = {API_BOOKMARK("11"), API_BOOKMARK("12"), API_BOOKMARK("13"),
                                         API_BOOKMARK("14"), API_BOOKMARK("15"), NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    watcher_stream(watcher, pieces, CLIENT_SILENCE_MS / 2);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 z@90");
    watcher_check_counts(watcher, 1, 2);
    assert_int_equal(watcher_version(watcher, 2), 15);
    assert_int_equal(watcher->n_changes, 2);
    assert_int_equal(kube_counts(watcher->client->kube)->requests[KUBE_UNREACHABLE], 0);
}

static void a_line_that_is_damaged_is_asked_for_again(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "11")) "{\"type\":\n",
                                         NULL};
    const struct api_step step = {.target = WATCHER_STREAM, .pieces = pieces};

    check_resumed(*state, &step, 11);
}

static void a_line_that_stays_damaged_leads_to_a_list(void **state)
{
    static const char *const lines[][2] = {
        {"{\"type\":\n", NULL},
        {API_EVENT("ADDED", "{\"metadata\":{\"name\":\"x\"}}"), NULL},
        {API_EVENT("BOOKMARK", "{}"), NULL},
        {"{\"type\":\"ADDED\",\"type\":\"ADDED\",\"object\":{}}\n", NULL},
        {"{\"type\":\"ADDED\",\"object\":{\"a\\u0000\":1}}\n", NULL},
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct watcher *watcher = *state;
        watcher_list(watcher, FIRST);
        watcher_stream(watcher, lines[i], 0);
        watcher_stream(watcher, lines[i], 0);
        watcher_list(watcher, API_LIST("20", API_OBJECT("b", "15")));
        watcher_stream(watcher, last, API_FOREVER);
        watcher_start(watcher);
        watcher_expect(watcher, "b@15 z@90");
        watcher_check_counts(watcher, 2, 3);
        assert_int_equal(watcher_tear_down(state), 0);
        assert_int_equal(watcher_set_up(state), 0);
    }
}

static void a_line_that_is_too_long_leads_to_a_list(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("long", "11")), NULL};
    struct watcher *watcher = *state;

    kube_limits(watcher->client->kube)->watch_line_bytes = strlen(pieces[0]) - 2;
    watcher_list(watcher, FIRST);
    watcher_stream(watcher, pieces, 0);
    watcher_list(watcher, API_LIST("20", API_OBJECT("long", "11")));
    watcher_stream(watcher, nothing, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "long@11");
    watcher_expect_requests(watcher, 4);
    client_run(watcher->client, 20);
    watcher_check_counts(watcher, 2, 2);
}

static void a_version_that_is_gone_leads_to_a_list(void **state)
{
    static const char *const told[] = {API_EVENT("ERROR", API_STATUS(410, "Expired", "too old")),
                                       NULL};
    const struct api_step steps[] = {
        {.target = WATCHER_STREAM, .status = 410, .body = API_STATUS(410, "Expired", "too old")},
        {.target = WATCHER_STREAM, .pieces = told},
        {.target = WATCHER_STREAM, .pieces = told, .pause_ms = API_FOREVER}, /* and hangs */
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct watcher *watcher = *state;
        watcher_list(watcher, FIRST);
        api_server_add(watcher->client->server, &steps[i]);
        watcher_list(watcher, API_LIST("20", API_OBJECT("b", "15")));
        watcher_stream(watcher, last, API_FOREVER);
        watcher_start(watcher);
        watcher_expect(watcher, "b@15 z@90");
        assert_int_equal(kube_watch_state(watcher->watch)->n_lists, 2);
        assert_int_equal(kube_counts(watcher->client->kube)->requests[KUBE_GONE], 1);
        assert_int_equal(watcher->n_changes, 3);
        assert_int_equal(watcher_tear_down(state), 0);
        assert_int_equal(watcher_set_up(state), 0);
    }
}

static void a_version_that_is_always_gone_is_asked_for_less_and_less(void **state)
{
    const struct api_step list = {.method = "GET",
                                  .target = WATCHER_LIST,
                                  .status = 200,
                                  .body = API_LIST("10", ""),
                                  .times = API_FOREVER};
    static const char *const pieces[] = {
        API_EVENT("ERROR", API_STATUS(410, "Expired", "too old resource version")), NULL};
    const struct api_step stream = {
        .method = "GET", .target = WATCHER_STREAM, .pieces = pieces, .times = API_FOREVER};
    struct watcher *watcher = *state;

    kube_limits(watcher->client->kube)->backoff_first_ms = 50;
    api_server_add(watcher->client->server, &list);
    api_server_add(watcher->client->server, &stream);
    watcher_start(watcher);
    client_run(watcher->client, 1000);
    assert_in_range(api_server_count(watcher->client->server), 4, 16);
}

static void the_copy_stays_until_the_next_list_is_whole(void **state)
{
    static const char *const gone[] = {API_EVENT("ERROR", API_STATUS(410, "Expired", "old")), NULL};
    const struct api_step broken = {.target = WATCHER_LIST, .status = 500, .times = 2};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    watcher_stream(watcher, gone, 0);
    api_server_add(watcher->client->server, &broken);
    watcher_list(watcher, "{\"metadata\":{},\"items\":[]}"); /* lacks its version */
    watcher_start(watcher);
    watcher_expect_requests(watcher, 5);
    watcher_check(watcher, "a@1");
    assert_true(kube_watch_is_whole(watcher->watch));
    assert_int_equal(watcher->n_changes, 1);
    api_server_clear(watcher->client->server);
    watcher_list(watcher, API_LIST("20", ""));
    watcher_stream(watcher, last, API_FOREVER);
    watcher_expect(watcher, "z@90");
}

static void another_error_in_a_stream_is_told_and_the_stream_taken_up(void **state)
{
    static const char *const pieces[] = {API_EVENT("ERROR", API_STATUS(500, "x", "etcd")), NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    watcher_stream(watcher, pieces, 0);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 z@90");
    watcher_check_counts(watcher, 1, 2);
    assert_int_equal(kube_counts(watcher->client->kube)->requests[KUBE_BUSY], 1);
}

static void events_out_of_order_lead_to_a_list(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "15")),
                                         API_EVENT("ADDED", API_OBJECT("c", "14")), NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    watcher_stream(watcher, pieces, 0);
    watcher_list(watcher, API_LIST("20", API_OBJECT("b", "15") "," API_OBJECT("c", "14")));
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "b@15 c@14 z@90");
    watcher_check_counts(watcher, 2, 2);
}

static void what_is_told_twice_counts_once(void **state)
{
    static const char *const pieces[] = {
        API_EVENT("ADDED", API_OBJECT("b", "11")),   API_EVENT("DELETED", API_OBJECT("b", "12")),
        API_EVENT("DELETED", API_OBJECT("b", "12")), API_EVENT("MODIFIED", API_OBJECT("b", "12")),
        API_EVENT("DELETED", API_OBJECT("b", "11")), API_EVENT("ADDED", API_OBJECT("c", "13")),
        API_EVENT("ADDED", API_OBJECT("c", "13")),   NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, FIRST);
    watcher_stream(watcher, pieces, 2 * CLIENT_BACKOFF_MS);
    watcher_stream(watcher, last, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 c@13 z@90");
    watcher_check_counts(watcher, 1, 2);
    assert_int_equal(watcher_version(watcher, 2), 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WATCHER(a_stream_that_breaks_off_is_taken_up_where_it_was),
        WITH_WATCHER(half_a_line_is_no_event),
        WITH_WATCHER(half_a_line_at_a_good_end_is_no_event),
        WITH_WATCHER(a_silent_stream_is_given_up),
        WITH_WATCHER(streams_that_say_nothing_leave_no_gap_between_them),
        WITH_WATCHER(a_stream_that_never_begins_is_given_up),
        WITH_WATCHER(bookmarks_keep_a_stream_alive),
        WITH_WATCHER(a_line_that_is_damaged_is_asked_for_again),
        WITH_WATCHER(a_line_that_stays_damaged_leads_to_a_list),
        WITH_WATCHER(a_line_that_is_too_long_leads_to_a_list),
        WITH_WATCHER(a_version_that_is_gone_leads_to_a_list),
        WITH_WATCHER(a_version_that_is_always_gone_is_asked_for_less_and_less),
        WITH_WATCHER(the_copy_stays_until_the_next_list_is_whole),
        WITH_WATCHER(another_error_in_a_stream_is_told_and_the_stream_taken_up),
        WITH_WATCHER(events_out_of_order_lead_to_a_list),
        WITH_WATCHER(what_is_told_twice_counts_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
