/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/bench_test.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/rate.h"
#include "policies/load.h"

/* In place of deploy/kube/rate.c: what is tested writes more than it lets through. */
unsigned int rate_take(struct rate *rate, uint64_t now_ms)
{
    (void)rate;
    (void)now_ms;
    return 0;
}

static bool is_event(const struct api_request *request)
{
    const char *end = strrchr(request->target, '/');

    return strcmp(request->method, "POST") == 0 && end != NULL && strcmp(end, "/events") == 0;
}

static void serve(void *data, struct api_reply *reply, const struct api_request *request)
{
    struct bench *bench = data;

    if (is_event(request)) {
        api_reply_send(reply, 201, NULL, request->body);
        return;
    }
    object_store_serve(bench->stand_in.store, reply, request);
}

int bench_begin(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct err err = {0};

    assert_non_null(bench);
    kube_stand_in_open(&bench->stand_in, serve, bench);
    bench->kube = kube_stand_in_kube(&bench->stand_in);
    bench->events = events_new(bench->kube, "hawser-controller", "pod-1", &err);
    assert_non_null(bench->events);
    bench->news.events = bench->events;
    bench->context = (struct server_context){
        .kube = bench->kube,
        .watches = &bench->watches,
        .news = &bench->news,
        .terms = {.home = "home", .has_policy_v1 = true},
    };
    *state = bench;
    return 0;
}

int bench_end(void **state)
{
    struct bench *bench = *state;

    watches_clear(&bench->watches);
    events_free(bench->events);
    kube_free(bench->kube);
    loop_free(bench->stand_in.loop);
    api_server_free(bench->stand_in.server);
    object_store_free(bench->stand_in.store);
    free(bench);
    return 0;
}

void bench_wait(struct bench *bench, bool (*is_so)(void *data), void *data)
{
    kube_stand_in_wait(&bench->stand_in, is_so, data, BENCH_TIMEOUT_MS);
}

static void note_change(void *data)
{
    ((struct bench *)data)->n_changed++;
}

static void note_workflows(void *data)
{
    ((struct bench *)data)->n_workflows_changed++;
}

static bool are_read(void *data)
{
    return watches_are_whole(data) && watches_know(data, WATCHES_VOLUMES) &&
           watches_know(data, WATCHES_WORKFLOWS);
}

void bench_open(struct bench *bench, const char *const *names, size_t n)
{
    const struct watches_listener listener = {
        .workflows_changed = note_workflows, .changed = note_change, .data = bench};
    struct err err = {0};

    assert_int_equal(watches_open(&bench->watches, bench->kube, true, &listener, &err), 0);
    assert_int_equal(watches_set_claims(&bench->watches, names, n, &err), 0);
    bench_wait(bench, are_read, &bench->watches);
}

struct expected {
    const struct kube_watch *watch;
    const json_t *object; /* NULL: so many */
    size_t n;
};

static bool has_expected(void *data)
{
    const struct expected *expected = data;
    const json_t *metadata = json_object_get(expected->object, "metadata");
    const json_t *present;

    if (expected->object == NULL) {
        return kube_watch_count(expected->watch) == expected->n;
    }
    present =
        kube_watch_get(expected->watch, json_string_value(json_object_get(metadata, "namespace")),
                       json_text_of(metadata, "name"));
    return strcmp(json_text_of(json_object_get(present, "metadata"), "resourceVersion"),
                  json_text_of(metadata, "resourceVersion")) == 0;
}

void bench_wait_count(struct bench *bench, const struct kube_watch *watch, size_t n)
{
    struct expected expected = {.watch = watch, .n = n};

    bench_wait(bench, has_expected, &expected);
}

json_t *bench_json(const char *format, ...)
{
    char text[4096];
    struct err err = {0};
    json_t *value;
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert_in_range(len, 0, sizeof(text) - 1);
    for (char *at = strchr(text, '\''); at != NULL; at = strchr(at, '\'')) {
        *at = '"';
    }
    value = json_parse(text, strlen(text), &err);
    assert_string_equal(err.msg, "");
    return value;
}

void bench_put(struct bench *bench, const char *path, json_t *object)
{
    object_store_put(bench->stand_in.store, path, object);
}

void bench_show(struct bench *bench,
                const struct kube_watch *watch,
                const char *path,
                json_t *object)
{
    struct expected expected = {.watch = watch};
    json_auto_t *stored = NULL;

    bench_put(bench, path, object);
    stored = object_store_get(bench->stand_in.store, path);
    expected.object = stored;
    bench_wait(bench, has_expected, &expected);
}

bool bench_has(struct bench *bench, const char *path)
{
    json_auto_t *object = object_store_get(bench->stand_in.store, path);

    return object != NULL;
}

/* The last of those, and in @n how many. */
static const struct api_request *
find_requests(struct bench *bench, const char *method, const char *part, size_t *n)
{
    const struct api_request *last = NULL;

    *n = 0;
    for (size_t i = 0; i < api_server_count(bench->stand_in.server); i++) {
        const struct api_request *request = api_server_request(bench->stand_in.server, i);
        if (strcmp(request->method, method) == 0 && strstr(request->target, part) != NULL &&
            !is_event(request)) {
            last = request;
            (*n)++;
        }
    }
    return last;
}

size_t bench_count(struct bench *bench, const char *method, const char *part)
{
    size_t n;

    (void)find_requests(bench, method, part, &n);
    return n;
}

const struct api_request *bench_last(struct bench *bench, const char *method, const char *part)
{
    size_t n;
    const struct api_request *last = find_requests(bench, method, part, &n);

    if (last == NULL) {
        fail_msg("no %s of '%s'", method, part);
        abort(); /* not reached; the analyzer does not know */
    }
    return last;
}

static bool all_sent(void *data)
{
    return events_count(data) == 0;
}

size_t bench_events(struct bench *bench, const char *reason, const char *kind, const char *name)
{
    size_t n = 0;

    bench_wait(bench, all_sent, bench->events);
    for (size_t i = 0; i < api_server_count(bench->stand_in.server); i++) {
        const struct api_request *request = api_server_request(bench->stand_in.server, i);
        json_auto_t *body = is_event(request) ? json_loads(request->body, 0, NULL) : NULL;
        const json_t *about = json_object_get(body, "involvedObject");
        n += strcmp(json_text_of(body, "reason"), reason) == 0 &&
                     strcmp(json_text_of(about, "kind"), kind) == 0 &&
                     strcmp(json_text_of(about, "name"), name) == 0
                 ? 1
                 : 0;
    }
    return n;
}

struct policy_set *bench_policies(const char *text)
{
    struct err err = {0};
    struct policy_set *set = policy_load_text("p.yaml", text, strlen(text), &err);

    assert_string_equal(err.msg, "");
    return set;
}
