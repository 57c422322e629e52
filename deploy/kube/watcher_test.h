/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A watch and the API server that it watches
 *
 * The watch is of the Secrets in the namespace hawser that are called "a"; the server does not mind
 * and tells of others too.
 */

#include "deploy/kube/client_test.h"
#include "deploy/kube/kube_watch.h"

#define WATCHER_LIST   "/api/v1/namespaces/hawser/secrets?limit="
#define WATCHER_STREAM "/api/v1/namespaces/hawser/secrets?fieldSelector="

struct watcher {
    struct client *client;
    struct kube_watch_scope scope; /* may be changed before watcher_start() */
    struct kube_watch *watch;
    unsigned int n_changes; /* told */
    const char *expected;
    size_t n_expected;
};

/* A set-up and a tear-down as cmocka wants them: all but the watch. */
int watcher_set_up(void **state);
int watcher_tear_down(void **state);

/* The next list is answered with @body; the next stream with @pieces, which must live on, and lasts
 * @pause_ms after each, or forever after the last. */
void watcher_list(struct watcher *watcher, const char *body);
void watcher_stream(struct watcher *watcher, const char *const *pieces, unsigned int pause_ms);

/* Begin, in place of a watch before. */
void watcher_start(struct watcher *watcher);

/* What the watch calls. */
void watcher_note_change(void *data);

/* That the copy is "name@version name@version ..." now; that it becomes so. */
void watcher_check(const struct watcher *watcher, const char *expected);
void watcher_expect(struct watcher *watcher, const char *expected);

/* That so many requests come, and not more than these. */
void watcher_expect_requests(struct watcher *watcher, size_t n);

/* That so many lists and streams there were. */
void watcher_check_counts(const struct watcher *watcher, uint64_t n_lists, uint64_t n_streams);

/* From which version request @i, a stream, went on. */
unsigned long watcher_version(const struct watcher *watcher, size_t i);

#define WITH_WATCHER(test) cmocka_unit_test_setup_teardown(test, watcher_set_up, watcher_tear_down)
