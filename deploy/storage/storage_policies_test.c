/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/nfs_server_test.h"
#include "deploy/storage/storage_job_test.h"

#define CLAIMS(state) "hawser_controller_claims{state=\"" state "\"}"
#define READY(server) "hawser_controller_nfs_server_ready{server=\"" server "\"}"

/* Give the object at @path the status @status, in JSON. */
static void set_status(struct job *job, const char *path, const char *status)
{
    json_t *object = job_get(job, path);

    assert_non_null(object);
    assert_int_equal(json_object_set_new(object, "status", json_loads(status, 0, NULL)), 0);
    object_store_put(job->stand_in.store, path, object);
}

static const char *size_of(const json_t *claim)
{
    const json_t *resources = json_object_get(json_object_get(claim, "spec"), "resources");

    return json_text_of(json_object_get(resources, "requests"), "storage");
}

/* The job's part of the status. Owner: the caller. */
static json_t *make_status(struct job *job)
{
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    struct err err = {0};
    json_t *made;

    assert_non_null(status);
    assert_true(storage_add_status(job->storage, status));
    assert_int_equal(status_write(status, &text, &err), 0);
    made = json_loadb(buf_text(&text), text.len, 0, NULL);
    assert_non_null(made);
    return made;
}

/* The item with this name in a list of @status: "servers", "claims". */
static const json_t *
find_item(const json_t *status, const char *list, const char *key, const char *value)
{
    const json_t *items = json_object_get(json_object_get(status, list), "items");
    const json_t *item;
    size_t i;

    json_array_foreach (items, i, item) {
        if (strcmp(json_text_of(item, key), value) == 0) {
            return item;
        }
    }
    return NULL;
}

/*
 * Policies change
 */

static void a_server_that_stays_the_same_is_not_touched(void **state)
{
    struct job *job = *state;
    size_t n;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    n = job_count_writes(job, "");
    job_use(job, JOB_POLICIES);
    job_settle(job);
    assert_true(job_has(job, JOB_SET("ebs")));
    assert_true(job_has(job, JOB_CLAIM("team-a")));
    assert_int_equal(job_count_writes(job, ""), n + 11 + 2);
    assert_int_equal(job_count_writes(job, JOB_SET("scratch")), 1);
}

static void a_server_that_nobody_asks_for_any_more_stays(void **state)
{
    struct job *job = *state;
    json_auto_t *picture = NULL;
    size_t n;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    picture = job_picture(job);
    n = job_count_writes(job, "");
    job_use(job, JOB_IN_POD);
    job_becomes(job, picture);
    assert_int_equal(job_count_writes(job, ""), n);
    assert_int_equal(job_metric(job, READY("ebs")), -1);
    assert_int_equal(job_metric(job, READY("scratch")), 0);
    assert_int_equal(job_metric(job, CLAIMS("orphaned")), 2);
    assert_int_equal(job_metric(job, CLAIMS("right")), 0);
}

static void an_orphan_that_went_is_told_of_until_the_next_run(void **state)
{
    struct job *job = *state;
    json_auto_t *status = NULL;
    const json_t *claim;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    job_use(job, JOB_IN_POD);
    job_settle(job);
    object_store_delete(job->stand_in.store, JOB_CLAIM("team-a"));
    object_store_delete(job->stand_in.store, JOB_CLAIM("team-b"));
    while (!storage_is_due(job->storage)) {
        loop_step(job->stand_in.loop, 5);
    }
    for (unsigned int i = 0; i < 20; i++) {
        loop_step(job->stand_in.loop, 5);
    }
    status = make_status(job);
    claim = find_item(status, "claims", "namespace", "team-a");
    assert_string_equal(json_text_of(claim, "state"), "orphaned");
    assert_string_equal(json_text_of(claim, "name"), "shared");
    assert_string_equal(json_text_of(claim, "policy"), "shared");
}

static void a_disk_grows_where_its_class_allows_it(void **state)
{
    struct job *job = *state;
    json_auto_t *disk = NULL;

    job_start(job, JOB_ON_DISK("200Gi"));
    job_settle(job);
    set_status(job, JOB_DISK, "{\"phase\": \"Bound\"}");
    job_settle(job);
    job_use(job, JOB_ON_DISK("300Gi"));
    job_settle(job);
    disk = job_get(job, JOB_DISK);
    assert_string_equal(size_of(disk), "300Gi");
    assert_int_equal(job_metric(job, "hawser_controller_storage_changes_total{change=\"grown\"}"),
                     1);
    assert_true(job_was_told(job, "Grown"));
}

static void a_disk_that_cannot_grow_is_told_of_and_left(void **state)
{
    struct job *job = *state;
    json_auto_t *disk = NULL;
    json_auto_t *status = NULL;
    const json_t *server;
    size_t n;

    object_store_put(job->stand_in.store, JOB_CLASS("gp3"),
                     json_pack("{s:{s:s}, s:s}", "metadata", "name", "gp3", "provisioner", "x"));
    job_start(job, JOB_ON_DISK("200Gi"));
    job_settle(job);
    set_status(job, JOB_DISK, "{\"phase\": \"Bound\"}");
    job_settle(job);
    job_use(job, JOB_ON_DISK("300Gi"));
    job_settle(job);
    disk = job_get(job, JOB_DISK);
    assert_string_equal(size_of(disk), "200Gi");
    assert_int_equal(
        job_metric(job, "hawser_controller_storage_troubles_total{reason=\"mismatched\"}"), 1);
    assert_true(job_was_told(job, "ClaimMismatch"));
    status = make_status(job);
    server = find_item(status, "servers", "name", "ebs");
    assert_string_equal(json_text_of(server, "state"), "wrong");
    assert_true(json_is_true(json_object_get(server, "trouble")));
    n = job_count_writes(job, "");
    job_use(job, JOB_ON_DISK("100Gi"));
    job_settle(job);
    json_decref(disk);
    disk = job_get(job, JOB_DISK);
    assert_string_equal(size_of(disk), "200Gi");
    assert_true(job_count_writes(job, "") > n); /* the hash */
}

/*
 * What the API server knows
 */

/* Its absence is the last that is learned of the cluster. */
static void a_cluster_without_argo_is_kept_all_the_same(void **state)
{
    const struct api_step absent = {
        .method = "GET",
        .target = "/apis/argoproj.io/v1alpha1/workflows",
        .status = 404,
        .body = API_STATUS(404, "NotFound", "the server could not find the requested resource"),
        .delay_ms = 500,
        .times = API_FOREVER,
    };
    struct job *job = *state;

    api_server_add(job->stand_in.server, &absent);
    job_start(job, JOB_IN_POD);
    job_run(job, 2500);
    assert_true(job_has(job, JOB_SET("scratch")));
}

static void before_policy_v1_there_was_v1beta1(void **state)
{
    static const char old[] =
        "/apis/policy/v1beta1/namespaces/nfs/poddisruptionbudgets/hawser-nfs-ebs";
    struct job *job = *state;
    json_auto_t *budget = NULL;
    struct err err = {0};

    atomic_store(&job->is_old, true);
    job_start(job, JOB_POLICIES);
    job_settle(job);
    budget = job_get(job, old);
    assert_string_equal(json_text_of(budget, "apiVersion"), "policy/v1beta1");
    assert_false(job_has(job, JOB_BUDGET("ebs")));
    assert_int_equal(storage_check(job->storage, &err), 0);
    object_store_delete(job->stand_in.store, old);
    job_settle(job);
    assert_true(job_has(job, old));
}

static bool is_read(struct job *job)
{
    struct err err = {0};

    return storage_check(job->storage, &err) == 0;
}

static bool has_trouble(struct job *job)
{
    struct err err = {0};

    return storage_check(job->storage, &err) < 0 && strstr(err.msg, "not for you") != NULL;
}

static void what_was_not_read_yet_is_told(void **state)
{
    static const struct api_step steps[] = {
        {.method = "GET",
         .target = "/apis/policy/v1/poddisruptionbudgets",
         .times = 2,
         .status = 403,
         .body = API_STATUS(403, "Forbidden", "not for you")},
        {.method = "GET",
         .target = "/api/v1/services",
         .times = 2,
         .status = 403,
         .body = API_STATUS(403, "Forbidden", "not for you, services")},
    };
    struct job *job = *state;
    struct err err = {0};

    api_server_add(job->stand_in.server, &steps[0]);
    api_server_add(job->stand_in.server, &steps[1]);
    job_start(job, JOB_POLICIES);
    assert_int_equal(storage_check(job->storage, &err), -1);
    assert_non_null(strstr(err.msg, "not asked"));
    assert_true(job_run_until(job, has_trouble));
    assert_true(job_run_until(job, is_read));
    job_settle(job);
    assert_int_equal(storage_check(job->storage, &err), 0);
    assert_true(job_has(job, JOB_SET("ebs")));
}

static void without_policies_nothing_is_done(void **state)
{
    struct job *job = *state;

    job_start(job, NULL);
    job_settle(job);
    assert_true(is_read(job));
    assert_int_equal(job_count_writes(job, ""), 0);
    job_use(job, JOB_IN_POD);
    job_settle(job);
    assert_true(job_has(job, JOB_SET("scratch")));
}

/*
 * What it says
 */

static bool is_ready(struct job *job)
{
    return job_metric(job, READY("ebs")) == 1;
}

static void a_server_is_ready_when_its_pod_is_and_it_has_answered(void **state)
{
    struct nfs_server nfs = {.port = 0};
    struct job *job = *state;
    json_auto_t *before = NULL;
    json_auto_t *between = NULL;
    json_auto_t *after = NULL;
    const json_t *server;

    nfs_server_start(&nfs);
    job_start(job, JOB_POLICIES);
    assert_int_equal(job_metric(job, READY("ebs")), -1);
    job_settle(job);
    before = make_status(job);
    server = find_item(before, "servers", "name", "ebs");
    assert_string_equal(json_text_of(server, "state"), "not ready");
    assert_string_equal(json_text_of(server, "message"), "there is no pod");
    assert_true(json_is_true(json_object_get(server, "trouble")));
    assert_string_equal(json_text_of(server, "namespace"), "nfs");
    assert_string_equal(json_text_of(server, "storageClass"), "nfs-ebs");
    assert_int_equal(json_array_size(json_object_get(server, "parts")), 13);
    assert_int_equal(job_metric(job, READY("ebs")), 0);
    set_status(job, JOB_SET("ebs"), "{\"readyReplicas\": 1}");
    job_settle(job);
    between = make_status(job);
    server = find_item(between, "servers", "name", "ebs");
    assert_string_equal(json_text_of(server, "state"), "not asked");
    assert_null(json_object_get(server, "trouble"));
    assert_null(json_object_get(server, "answers"));
    assert_int_equal(job_metric(job, READY("ebs")), 0);
    job_serve(job, "ebs", nfs.port);
    assert_true(job_run_until(job, is_ready));
    after = make_status(job);
    server = find_item(after, "servers", "name", "ebs");
    assert_string_equal(json_text_of(server, "state"), "ready");
    assert_null(json_object_get(server, "trouble"));
    assert_true(json_is_true(json_object_get(server, "answers")));
    assert_int_equal(job_metric(job, READY("scratch")), 0);
    job_stop(job);
    nfs_server_stop(&nfs);
}

static void a_part_that_was_not_looked_at_is_unknown(void **state)
{
    static const struct api_step refused = {
        .method = "GET",
        .target = JOB_SERVICE("ebs"),
        .times = API_FOREVER,
        .status = 403,
        .body = API_STATUS(403, "Forbidden", "not for you"),
    };
    struct job *job = *state;
    json_auto_t *status = NULL;
    const json_t *parts;
    const json_t *part;
    size_t i;

    api_server_add(job->stand_in.server, &refused);
    job_start(job, JOB_ON_DISK("200Gi"));
    job_settle(job);
    status = make_status(job);
    parts = json_object_get(find_item(status, "servers", "name", "ebs"), "parts");
    assert_int_equal(json_array_size(parts), 13);
    json_array_foreach (parts, i, part) {
        const bool is_refused = strcmp(json_text_of(part, "kind"), "Service") == 0;
        assert_string_equal(json_text_of(part, "state"), is_refused ? "waiting" : "unknown");
    }
}

static void every_part_says_how_it_is_and_what_was_done(void **state)
{
    static const struct api_step refused = {
        .method = "PATCH",
        .target = JOB_SERVICE("ebs"),
        .times = API_FOREVER,
        .status = 403,
        .body = API_STATUS(403, "Forbidden", "not for you"),
    };
    struct job *job = *state;
    json_auto_t *status = NULL;
    const json_t *part;
    size_t i;

    api_server_add(job->stand_in.server, &refused);
    job_start(job, JOB_POLICIES);
    job_settle(job);
    status = make_status(job);
    assert_string_equal(json_text_of(find_item(status, "servers", "name", "ebs"), "state"),
                        "failing");
    json_array_foreach (json_object_get(find_item(status, "servers", "name", "ebs"), "parts"), i,
                        part) {
        const bool is_refused = strcmp(json_text_of(part, "kind"), "Service") == 0;
        const bool is_shared = i < 2;
        assert_string_equal(json_text_of(part, "state"), is_refused ? "waiting" : "right");
        assert_int_equal(json_text_of(part, "created")[0] != '\0', !is_refused);
        assert_int_equal(strstr(json_text_of(part, "message"), "not for you") != NULL, is_refused);
        if (!is_refused && !is_shared) {
            assert_string_equal(json_text_of(part, "lastAction"), "created: it was absent");
        }
    }
    assert_string_equal(json_text_of(find_item(status, "claims", "namespace", "team-a"), "state"),
                        "right");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_JOB(a_server_that_stays_the_same_is_not_touched),
        WITH_JOB(a_server_that_nobody_asks_for_any_more_stays),
        WITH_JOB(an_orphan_that_went_is_told_of_until_the_next_run),
        WITH_JOB(a_disk_grows_where_its_class_allows_it),
        WITH_JOB(a_disk_that_cannot_grow_is_told_of_and_left),
        WITH_JOB(a_cluster_without_argo_is_kept_all_the_same),
        WITH_JOB(before_policy_v1_there_was_v1beta1),
        WITH_JOB(what_was_not_read_yet_is_told),
        WITH_JOB(without_policies_nothing_is_done),
        WITH_JOB(a_server_is_ready_when_its_pod_is_and_it_has_answered),
        WITH_JOB(a_part_that_was_not_looked_at_is_unknown),
        WITH_JOB(every_part_says_how_it_is_and_what_was_done),
    };

    return cmocka_run_group_tests_name("storage_policies", tests, NULL, NULL);
}
