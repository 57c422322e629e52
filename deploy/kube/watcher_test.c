/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/watcher_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/test.h"

int watcher_set_up(void **state)
{
    struct watcher *watcher = calloc(1, sizeof(*watcher));
    void *client = NULL;

    assert_non_null(watcher);
    *state = watcher;
    watcher->scope = (struct kube_watch_scope){
        .resource = &client_secrets, .namespace_ = "hawser", .field_selector = "metadata.name=a"};
    if (client_set_up(&client) != 0) {
        return -1;
    }
    watcher->client = client;
    client_connect(watcher->client);
    return 0;
}

int watcher_tear_down(void **state)
{
    struct watcher *watcher = *state;
    void *client = watcher->client;

    kube_watch_free(watcher->watch);
    free(watcher);
    return client_tear_down(&client);
}

void watcher_list(struct watcher *watcher, const char *body)
{
    client_answer(watcher->client, "GET", WATCHER_LIST, 200, body);
}

void watcher_stream(struct watcher *watcher, const char *const *pieces, unsigned int pause_ms)
{
    const struct api_step step = {
        .method = "GET", .target = WATCHER_STREAM, .pieces = pieces, .pause_ms = pause_ms};

    api_server_add(watcher->client->server, &step);
}

void watcher_note_change(void *data)
{
    ((struct watcher *)data)->n_changes++;
}

void watcher_start(struct watcher *watcher)
{
    struct err err = {0};

    kube_watch_free(watcher->watch);
    watcher->watch =
        kube_watch_new(watcher->client->kube, &watcher->scope, watcher_note_change, watcher, &err);
    assert_non_null(watcher->watch);
}

static void write_copy(const struct watcher *watcher, struct buf *out)
{
    for (size_t i = 0; i < kube_watch_count(watcher->watch); i++) {
        const json_t *metadata = json_object_get(kube_watch_item(watcher->watch, i), "metadata");
        buf_printf(out, "%s%s@%s", i > 0 ? " " : "",
                   json_string_value(json_object_get(metadata, "name")),
                   json_string_value(json_object_get(metadata, "resourceVersion")));
    }
}

void watcher_check(const struct watcher *watcher, const char *expected)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);

    write_copy(watcher, &text);
    assert_string_equal(buf_text(&text), expected);
}

static bool is_as_expected(void *data)
{
    const struct watcher *watcher = data;
    CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);

    write_copy(watcher, &text);
    return kube_watch_is_whole(watcher->watch) && strcmp(buf_text(&text), watcher->expected) == 0;
}

void watcher_expect(struct watcher *watcher, const char *expected)
{
    watcher->expected = expected;
    (void)client_wait(watcher->client, is_as_expected, watcher);
    watcher_check(watcher, expected);
}

static bool has_requests(void *data)
{
    const struct watcher *watcher = data;

    return api_server_count(watcher->client->server) >= watcher->n_expected;
}

void watcher_expect_requests(struct watcher *watcher, size_t n)
{
    watcher->n_expected = n;
    (void)client_wait(watcher->client, has_requests, watcher);
    assert_int_equal(api_server_count(watcher->client->server), n);
}

void watcher_check_counts(const struct watcher *watcher, uint64_t n_lists, uint64_t n_streams)
{
    assert_int_equal(kube_watch_state(watcher->watch)->n_lists, n_lists);
    assert_int_equal(kube_watch_state(watcher->watch)->n_streams, n_streams);
}

unsigned long watcher_version(const struct watcher *watcher, size_t i)
{
    static const char key[] = "&resourceVersion=";
    const struct api_request *request = api_server_request(watcher->client->server, i);
    const char *found = request != NULL ? strstr(request->target, key) : NULL;

    if (found == NULL) {
        fail_msg("request %zu is no stream", i);
        return 0;
    }
    return strtoul(found + strlen(key), NULL, 10);
}
