/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/watcher_test.h"
#include "tests/test.h"

static const char *const nothing[] = {NULL};

static void what_is_there_is_listed_and_then_watched(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "11")),
                                         API_EVENT("MODIFIED", API_OBJECT("a", "12")),
                                         API_EVENT("DELETED", API_OBJECT("b", "13")), NULL};
    struct watcher *watcher = *state;
    const struct api_request *watch;

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, pieces, API_FOREVER);
    watcher_start(watcher);
    assert_false(kube_watch_is_whole(watcher->watch));
    assert_int_equal(kube_watch_state(watcher->watch)->outcome, KUBE_UNREACHABLE);
    watcher_expect(watcher, "a@12");
    assert_true(kube_watch_is_whole(watcher->watch));
    assert_int_equal(kube_watch_state(watcher->watch)->outcome, KUBE_OK);
    assert_string_equal(kube_watch_state(watcher->watch)->message, "");
    assert_non_null(kube_watch_get(watcher->watch, "hawser", "a"));
    assert_null(kube_watch_get(watcher->watch, "hawser", "b"));
    assert_null(kube_watch_get(watcher->watch, "other", "a"));
    watch = api_server_request(watcher->client->server, 1);
    assert_non_null(strstr(watch->target, "/api/v1/namespaces/hawser/secrets?fieldSelector="
                                          "metadata.name%3Da&watch=true&allowWatchBookmarks=true&"
                                          "resourceVersion=10&timeoutSeconds="));
    watcher_check_counts(watcher, 1, 1);
}

static void the_server_is_asked_to_end_streams_at_various_times(void **state)
{
    struct watcher *watcher = *state;
    unsigned long least = KUBE_WATCH_LENGTH_S_MOST;
    unsigned long most = 0;

    for (unsigned int i = 0; i < 12; i++) {
        const char *target;
        unsigned long s;
        watcher_list(watcher, API_LIST("10", ""));
        watcher_stream(watcher, nothing, API_FOREVER);
        watcher_start(watcher);
        watcher_expect_requests(watcher, 2 * i + 2);
        target = api_server_request(watcher->client->server, 2 * i + 1)->target;
        s = strtoul(strstr(target, "timeoutSeconds=") + strlen("timeoutSeconds="), NULL, 10);
        assert_in_range(s, KUBE_WATCH_LENGTH_S_LEAST, KUBE_WATCH_LENGTH_S_MOST);
        least = s < least ? s : least;
        most = s > most ? s : most;
    }
    assert_true(most > least);
}

static void several_changes_are_told_at_once(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "11"))
                                             API_EVENT("ADDED", API_OBJECT("c", "12"))
                                                 API_EVENT("ADDED", API_OBJECT("d", "13")),
                                         NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, pieces, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 b@11 c@12 d@13");
    assert_int_equal(watcher->n_changes, 2); /* the list and the rest */
}

static void an_event_that_changes_nothing_is_not_told(void **state)
{
    static const char *const pieces[] = {API_EVENT("SHINY", API_OBJECT("x", "11")),
                                         API_BOOKMARK("12"),
                                         API_EVENT("DELETED", API_OBJECT("never", "13")),
                                         API_EVENT("ADDED", API_OBJECT("z", "14")), NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, pieces, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 z@14");
    assert_int_equal(watcher->n_changes, 2);
}

static void a_stream_that_ends_is_taken_up_where_it_was(void **state)
{
    static const char *const first[] = {API_EVENT("ADDED", API_OBJECT("b", "11")), NULL};
    static const char *const second[] = {API_BOOKMARK("20"), NULL};
    static const char *const third[] = {API_EVENT("ADDED", API_OBJECT("c", "21")), NULL};
    struct watcher *watcher = *state;

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, first, 2 * CLIENT_BACKOFF_MS);
    watcher_stream(watcher, second, 2 * CLIENT_BACKOFF_MS);
    watcher_stream(watcher, third, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 b@11 c@21");
    watcher_check_counts(watcher, 1, 3);
    assert_int_equal(watcher_version(watcher, 1), 10);
    assert_int_equal(watcher_version(watcher, 2), 11);
    assert_int_equal(watcher_version(watcher, 3), 20); /* so far only a bookmark had come */
    assert_int_equal(kube_counts(watcher->client->kube)->requests[KUBE_UNREACHABLE], 0);
}

static void a_list_of_many_pages_is_one_list(void **state)
{
    struct watcher *watcher = *state;

    kube_limits(watcher->client->kube)->page_items = 1;
    watcher_list(watcher, API_PAGE("10", "b", API_OBJECT("a", "1")));
    watcher_list(watcher, API_LIST("10", API_OBJECT("b", "2")));
    watcher_stream(watcher, nothing, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1 b@2");
    watcher_expect_requests(watcher, 3);
    assert_int_equal(watcher_version(watcher, 2), 10);
    assert_int_equal(watcher->n_changes, 1);
}

static json_t *parse(const char *text)
{
    struct err err = {0};

    return json_parse(text, strlen(text), &err);
}

static void what_was_just_written_is_not_undone_by_the_past(void **state)
{
    static const char *const pieces[] = {API_EVENT("MODIFIED", API_OBJECT("a", "12")),
                                         API_EVENT("MODIFIED", API_OBJECT("a", "15")),
                                         API_EVENT("MODIFIED", API_OBJECT("a", "16")), NULL};
    const struct api_step slow = {
        .target = WATCHER_STREAM, .pieces = pieces, .delay_ms = 30, .pause_ms = 30};
    struct watcher *watcher = *state;
    json_auto_t *written = parse(API_OBJECT("a", "15"));
    json_auto_t *old = parse(API_OBJECT("a", "11"));

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    api_server_add(watcher->client->server, &slow);
    watcher_stream(watcher, nothing, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@1");
    kube_watch_note(watcher->watch, written);
    kube_watch_note(watcher->watch, old);
    watcher_check(watcher, "a@15");
    assert_int_equal(watcher->n_changes, 1);
    json_object_clear(written); /* the copy has its own */
    watcher_expect(watcher, "a@16");
    assert_int_equal(watcher->n_changes, 2); /* 12 and 15 are past */
}

static void what_was_written_after_a_list_outlives_it(void **state)
{
    const struct api_step slow = {
        .target = WATCHER_LIST, .status = 200, .body = API_LIST("20", ""), .delay_ms = 60};
    static const char *const gone[] = {API_EVENT("ERROR", API_STATUS(410, "Expired", "old")), NULL};
    static const char *const deleted[] = {API_BOOKMARK("26"), NULL};
    struct watcher *watcher = *state;
    json_auto_t *written = parse(API_OBJECT("mine", "25"));

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, gone, 0);
    api_server_add(watcher->client->server, &slow);
    watcher_stream(watcher, deleted, API_FOREVER);
    watcher_start(watcher);
    watcher_expect_requests(watcher, 3);
    kube_watch_note(watcher->watch, written); /* while the second list is under way */
    watcher_expect(watcher, "mine@25");
}

/* Somebody deleted it before the answer to our own write was read. */
static void what_the_stream_has_seen_go_is_not_brought_back(void **state)
{
    static const char *const deleted[] = {API_EVENT("DELETED", API_OBJECT("a", "16")), NULL};
    struct watcher *watcher = *state;
    json_auto_t *written = parse(API_OBJECT("a", "15"));

    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, deleted, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "");
    kube_watch_note(watcher->watch, written);
    watcher_check(watcher, "");
}

static void all_namespaces_are_watched_where_none_is_named(void **state)
{
    const struct kube_watch_scope all = {.resource = &client_secrets,
                                         .label_selector = "app=hawser"};
    struct watcher *watcher = *state;
    struct err err = {0};

    client_answer(watcher->client, "GET", "/api/v1/secrets?limit=500&labelSelector=app%3Dhawser",
                  200, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, nothing, API_FOREVER);
    watcher->watch =
        kube_watch_new(watcher->client->kube, &all, watcher_note_change, watcher, &err);
    assert_non_null(watcher->watch);
    watcher_expect(watcher, "a@1");
    watcher_expect_requests(watcher, 2);
    assert_int_equal(api_server_n_unexpected(watcher->client->server), 1); /* the stream */
}

static void a_watch_can_be_freed_at_any_time(void **state)
{
    static const char *const pieces[] = {API_EVENT("ADDED", API_OBJECT("b", "11")), NULL};
    struct watcher *watcher = *state;

    for (unsigned int ms = 0; ms < 20; ms += 2) {
        watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
        watcher_stream(watcher, pieces, API_FOREVER);
        watcher_start(watcher);
        client_run(watcher->client, ms);
        kube_watch_free(watcher->watch);
        watcher->watch = NULL;
        api_server_clear(watcher->client->server);
        loop_step(watcher->client->loop, 0);
    }
}

#define LABELLED(version, label)                                                            \
    "{\"metadata\":{\"namespace\":\"hawser\",\"name\":\"a\",\"resourceVersion\":\"" version \
    "\",\"labels\":{\"l\":\"" label "\"}},\"data\":{}}"

static bool keep_labelled(json_t *object)
{
    const json_t *labels = json_object_get(json_object_get(object, "metadata"), "labels");

    (void)json_object_del(object, "data");
    return strcmp(json_text_of(labels, "l"), "yes") == 0;
}

static void what_is_not_wanted_is_not_kept_and_what_is_is_cut_down(void **state)
{
    static const char *const coming[] = {API_EVENT("MODIFIED", LABELLED("11", "yes")), NULL};
    static const char *const going[] = {API_EVENT("MODIFIED", LABELLED("12", "no")), NULL};
    struct watcher *watcher = *state;
    json_auto_t *written = json_loads(LABELLED("13", "no"), 0, NULL);

    watcher->scope.keep = keep_labelled;
    watcher_list(watcher, API_LIST("10", LABELLED("9", "no")));
    watcher_stream(watcher, coming, 20);
    watcher_stream(watcher, going, API_FOREVER);
    watcher_start(watcher);
    watcher_expect(watcher, "a@11");
    assert_null(json_object_get(kube_watch_item(watcher->watch, 0), "data"));
    watcher_expect(watcher, "");
    kube_watch_note(watcher->watch, written);
    watcher_check(watcher, "");
}

static void metadata_alone_is_listed_and_watched_where_no_more_is_wanted(void **state)
{
    struct watcher *watcher = *state;

    watcher->scope.is_metadata = true;
    watcher_list(watcher, API_LIST("10", API_OBJECT("a", "1")));
    watcher_stream(watcher, nothing, API_FOREVER);
    watcher_start(watcher);
    watcher_expect_requests(watcher, 2);
    assert_non_null(strstr(api_server_request(watcher->client->server, 0)->head,
                           "as=PartialObjectMetadataList;"));
    assert_non_null(
        strstr(api_server_request(watcher->client->server, 1)->head, "as=PartialObjectMetadata;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WATCHER(what_is_there_is_listed_and_then_watched),
        WITH_WATCHER(the_server_is_asked_to_end_streams_at_various_times),
        WITH_WATCHER(several_changes_are_told_at_once),
        WITH_WATCHER(an_event_that_changes_nothing_is_not_told),
        WITH_WATCHER(a_stream_that_ends_is_taken_up_where_it_was),
        WITH_WATCHER(a_list_of_many_pages_is_one_list),
        WITH_WATCHER(what_was_just_written_is_not_undone_by_the_past),
        WITH_WATCHER(what_was_written_after_a_list_outlives_it),
        WITH_WATCHER(what_the_stream_has_seen_go_is_not_brought_back),
        WITH_WATCHER(all_namespaces_are_watched_where_none_is_named),
        WITH_WATCHER(a_watch_can_be_freed_at_any_time),
        WITH_WATCHER(what_is_not_wanted_is_not_kept_and_what_is_is_cut_down),
        WITH_WATCHER(metadata_alone_is_listed_and_watched_where_no_more_is_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
