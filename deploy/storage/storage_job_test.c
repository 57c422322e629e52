/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/storage_job_test.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/kube/rate.h"
#include "deploy/storage/storage_inside.h"
#include "policies/load.h"

#define QUIET_MS    400
#define QUIET_STEPS 60   /* in that time: a process that is not run hears nothing, either */
#define TIMEOUT_MS  2000 /* of a request: one that is lost costs no half minute */
#define PATIENCE_MS 30000

/* In place of deploy/kube/rate.c. */
unsigned int rate_take(struct rate *rate, uint64_t now_ms)
{
    (void)rate;
    (void)now_ms;
    return 0;
}

/*
 * The cluster
 */

static bool is_of_event(const char *target)
{
    return strstr(target, "/events") != NULL;
}

/* Whether the process was killed before. It never learns what came of the request it ends with. */
static bool is_killed(struct job *job, const struct api_request *request)
{
    const bool is_write = strcmp(request->method, "GET") != 0 && !is_of_event(request->target);
    const unsigned int n = atomic_fetch_add(&job->n, is_write ? 1 : 0) + (is_write ? 1 : 0);
    const unsigned int kill_at = atomic_load(&job->kill_at);

    if (kill_at == 0 || n < kill_at) {
        return false;
    }
    atomic_store(&job->leads, false);
    return n > kill_at || !is_write;
}

static void serve(void *data, struct api_reply *reply, const struct api_request *request)
{
    static const char budgets[] = "/apis/policy/v1/";
    struct job *job = data;

    if (is_killed(job, request)) {
        api_reply_send(reply, 403, NULL, API_STATUS(403, "Forbidden", "killed"));
    } else if (atomic_load(&job->is_old) &&
               strncmp(request->target, budgets, sizeof(budgets) - 1) == 0) {
        api_reply_send(reply, 404, NULL, "404 page not found\n");
    } else {
        object_store_serve(job->stand_in.store, reply, request);
    }
}

static void put_namespace(struct job *job, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/%s", name);
    object_store_put(job->stand_in.store, path, json_pack("{s:{s:s}}", "metadata", "name", name));
}

static void fill(struct job *job)
{
    put_namespace(job, "hawser");
    put_namespace(job, "team-a");
    put_namespace(job, "team-b");
    put_namespace(job, "other");
    object_store_put(job->stand_in.store, JOB_CLASS("gp3"),
                     json_pack("{s:{s:s}, s:s, s:b}", "metadata", "name", "gp3", "provisioner",
                               "disks.example", "allowVolumeExpansion", true));
}

int job_begin(void **state)
{
    struct job *job = calloc(1, sizeof(*job));

    assert_non_null(job);
    kube_stand_in_open(&job->stand_in, serve, job);
    fill(job);
    *state = job;
    return 0;
}

int job_end(void **state)
{
    struct job *job = *state;

    job_stop(job);
    loop_free(job->stand_in.loop);
    api_server_free(job->stand_in.server);
    object_store_free(job->stand_in.store);
    free(job);
    return 0;
}

/*
 * The process
 */

static bool may_write(void *data)
{
    const struct job *job = data;

    return atomic_load(&job->leads);
}

void job_start(struct job *job, const char *policies)
{
    static const struct storage_options options = {.home = "hawser"};
    struct err err = {0};

    job->quiet_ms = clock_monotonic_ms();
    job->quiet_steps = 0;
    job->n_before = api_server_count(job->stand_in.server);
    atomic_store(&job->n, 0);
    atomic_store(&job->leads, true);
    job->kube = kube_stand_in_kube(&job->stand_in);
    kube_limits(job->kube)->request_timeout_ms = TIMEOUT_MS;
    kube_guard(job->kube, may_write, job);
    job->events = events_new(job->kube, "hawser-controller", "pod", &err);
    assert_non_null(job->events);
    job->storage = storage_new(job->stand_in.loop, job->kube, job->events, &options, &err);
    assert_non_null(job->storage);
    storage_lead(job->storage);
    if (policies != NULL) {
        job_use(job, policies);
    }
}

void job_stop(struct job *job)
{
    storage_free(job->storage);
    events_free(job->events);
    kube_free(job->kube);
    job->storage = NULL;
    job->events = NULL;
    job->kube = NULL;
}

static void set_member(struct job *job, const char *path, const char *member, json_t *value)
{
    json_t *object = job_get(job, path);
    json_t *present = json_object_get(object, member);

    assert_non_null(object);
    if (present == NULL) {
        assert_int_equal(json_object_set_new(object, member, value), 0);
    } else {
        assert_int_equal(json_object_update_new(present, value), 0);
    }
    object_store_put(job->stand_in.store, path, object);
}

void job_serve(struct job *job, const char *name, uint16_t port)
{
    char path[128];

    for (size_t i = 0; i < job->storage->n_servers; i++) {
        struct server *server = job->storage->servers[i];
        if (strcmp(server->provisioner->name, name) == 0) {
            server->probe.port = port;
        }
    }
    (void)snprintf(path, sizeof(path), JOB_SERVICE("%s"), name);
    set_member(job, path, "spec", json_pack("{s:s}", "clusterIP", "127.0.0.1"));
    (void)snprintf(path, sizeof(path), JOB_SET("%s"), name);
    set_member(job, path, "status", json_pack("{s:i}", "readyReplicas", 1));
}

void job_use(struct job *job, const char *policies)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set = policy_load_text("p.yaml", policies, strlen(policies), &err);

    assert_string_equal(err.msg, "");
    assert_non_null(set);
    storage_use(job->storage, set, 0);
}

static void step(struct job *job)
{
    loop_step(job->stand_in.loop, 5);
    if (storage_is_due(job->storage)) {
        storage_run(job->storage);
    }
}

void job_run(struct job *job, unsigned int ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + ms;

    while (clock_monotonic_ms() < end_ms) {
        step(job);
    }
}

bool job_run_until(struct job *job, bool (*is_true)(struct job *job))
{
    const uint64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!is_true(job) && clock_monotonic_ms() < end_ms) {
        step(job);
    }
    return clock_monotonic_ms() < end_ms || is_true(job);
}

static bool is_quiet(struct job *job)
{
    const size_t n = api_server_count(job->stand_in.server);
    const uint64_t now_ms = clock_monotonic_ms();

    if (n != job->n_last || storage_is_due(job->storage)) {
        job->n_last = n;
        job->quiet_ms = now_ms;
        job->quiet_steps = 0;
    }
    return ++job->quiet_steps > QUIET_STEPS && now_ms - job->quiet_ms >= QUIET_MS;
}

void job_settle(struct job *job)
{
    job->quiet_ms = clock_monotonic_ms();
    job->quiet_steps = 0;
    assert_true(job_run_until(job, is_quiet));
}

bool job_is_killed(struct job *job)
{
    return atomic_load(&job->kill_at) != 0 && !atomic_load(&job->leads);
}

bool job_is_killed_or_quiet(struct job *job)
{
    return job_is_killed(job) || is_quiet(job);
}

void job_wait(struct job *job)
{
    struct storage *storage = job->storage;

    for (size_t i = 0; i < storage->n_servers; i++) {
        const struct server *server = storage->servers[i];
        for (size_t k = 0; k < json_array_size(server->desired); k++) {
            server->parts[k].not_before_ms = 0;
        }
    }
    later_clear(&storage->claims.later);
    storage->claims.not_before_ms = 0;
    storage_lead(storage);
    job_settle(job);
}

/*
 * What came of it
 */

json_t *job_picture(struct job *job)
{
    json_t *all = object_store_all(job->stand_in.store);
    const char *path;
    json_t *object;
    void *next;

    json_object_foreach_safe(all, next, path, object)
    {
        json_t *metadata = json_object_get(object, "metadata");
        (void)json_object_del(metadata, "uid");
        (void)json_object_del(metadata, "resourceVersion");
        (void)json_object_del(metadata, "creationTimestamp");
        if (is_of_event(path)) {
            (void)json_object_del(all, path);
        }
    }
    return all;
}

static bool is_as(struct job *job, const json_t *picture)
{
    json_auto_t *now = job_picture(job);

    return json_equal(now, picture);
}

static void assert_same(const json_t *now, const json_t *picture)
{
    CLEANUP(free) char *expected = json_dumps(picture, JSON_SORT_KEYS | JSON_INDENT(1));
    CLEANUP(free) char *found = json_dumps(now, JSON_SORT_KEYS | JSON_INDENT(1));

    assert_string_equal(found, expected);
}

void job_becomes(struct job *job, const json_t *picture)
{
    const uint64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    json_auto_t *now = NULL;

    while (!is_as(job, picture) && clock_monotonic_ms() < end_ms) {
        step(job);
    }
    job_settle(job);
    now = job_picture(job);
    assert_same(now, picture);
}

json_t *job_golden(const char *policies)
{
    void *other = NULL;
    json_t *picture;

    assert_int_equal(job_begin(&other), 0);
    job_start(other, policies);
    job_settle(other);
    picture = job_picture(other);
    assert_int_equal(job_end(&other), 0);
    return picture;
}

json_t *job_get(struct job *job, const char *path)
{
    return object_store_get(job->stand_in.store, path);
}

bool job_has(struct job *job, const char *path)
{
    json_auto_t *object = job_get(job, path);

    return object != NULL;
}

/* @method NULL: all that write. */
static size_t count(struct job *job, const char *method, const char *path)
{
    struct api_server *server = job->stand_in.server;
    size_t n = 0;

    for (size_t i = job->n_before; i < api_server_count(server); i++) {
        const struct api_request *request = api_server_request(server, i);
        const bool is_meant = method != NULL ? strcmp(request->method, method) == 0
                                             : strcmp(request->method, "GET") != 0;
        n += is_meant && !is_of_event(request->target) &&
             strncmp(request->target, path, strlen(path)) == 0;
    }
    return n;
}

size_t job_count(struct job *job, const char *method, const char *path)
{
    return count(job, method, path);
}

size_t job_count_writes(struct job *job, const char *path)
{
    return count(job, NULL, path);
}

bool job_was_told(struct job *job, const char *reason)
{
    char text[128];

    (void)snprintf(text, sizeof(text), "\"reason\":\"%s\"", reason);
    for (size_t i = 0; i < api_server_count(job->stand_in.server); i++) {
        const struct api_request *request = api_server_request(job->stand_in.server, i);
        if (is_of_event(request->target) && strstr(request->body, text) != NULL) {
            return true;
        }
    }
    return false;
}

long job_metric(struct job *job, const char *name)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(64UL * 1024);
    const size_t len = strlen(name);

    storage_write_metrics(job->storage, &text);
    for (const char *line = buf_text(&text); line != NULL && *line != '\0';) {
        if (strncmp(line, name, len) == 0 && line[len] == ' ') {
            return strtol(line + len, NULL, 10);
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return -1;
}
