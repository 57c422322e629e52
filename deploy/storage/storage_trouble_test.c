/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/storage_job_test.h"

#define FORBIDDEN(verb, path)                                                    \
    {                                                                            \
        .method = (verb), .target = (path), .times = API_FOREVER, .status = 403, \
        .body = API_STATUS(403, "Forbidden", "not for you"),                     \
    }

#define LOST   "hawser_controller_lost_volumes"
#define MISSED "hawser_controller_missed_workflows"

/*
 * Killed
 */

/* Kill a process at its request @k that writes, and let another go on. False: there are not so
 * many. */
static bool goes_on_after(const json_t *golden, unsigned int k)
{
    void *state = NULL;
    struct job *job;
    bool was_killed;

    assert_int_equal(job_begin(&state), 0);
    job = state;
    atomic_store(&job->kill_at, k);
    job_start(job, JOB_POLICIES);
    was_killed = job_run_until(job, job_is_killed_or_quiet) && job_is_killed(job);
    job_stop(job);
    atomic_store(&job->kill_at, 0);
    job_start(job, JOB_POLICIES);
    job_becomes(job, golden);
    assert_int_equal(job_count(job, "DELETE", ""), 0);
    assert_int_equal(job_count_writes(job, "") + k,
                     was_killed ? json_object_size(golden) - JOB_N_THERE : k);
    assert_int_equal(job_end(&state), 0);
    return was_killed;
}

/* What it leaves behind is the cluster, which only writes change: a request that was lost leaves
 * what the one before it did. */
static void whoever_is_killed_another_finishes_it(void **state)
{
    json_auto_t *golden = job_golden(JOB_POLICIES);
    unsigned int k = 1;

    (void)state;
    while (goes_on_after(golden, k)) {
        k++;
    }
    assert_int_equal(k, json_object_size(golden) - JOB_N_THERE + 1);
}

/*
 * Somebody else's
 */

static json_t *make_stranger(const char *kind, const char *name)
{
    return json_pack("{s:s, s:{s:s, s:s}, s:{}}", "kind", kind, "metadata", "namespace", "nfs",
                     "name", name, "spec");
}

/* That nothing but @path was written of the server "ebs". */
static void is_untouched(struct job *job)
{
    json_auto_t *picture = job_picture(job);
    const char *path;
    json_t *object;

    json_object_foreach (picture, path, object) {
        if (strstr(path, "-ebs") != NULL) {
            assert_int_equal(job_count_writes(job, path), 0);
        }
    }
}

static void a_server_whose_name_is_taken_is_left_until_it_is_free(void **state)
{
    static const struct {
        const char *kind;
        const char *path;
    } rows[] = {
        {"Service", JOB_SERVICE("ebs")},
        {"StatefulSet", JOB_SET("ebs")},
        {"StorageClass", JOB_CLASS("nfs-ebs")},
        {"PersistentVolumeClaim", JOB_DISK},
    };
    json_auto_t *golden = job_golden(JOB_POLICIES);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *begun = NULL;
        struct job *job;
        print_message("# %s\n", rows[i].kind);
        assert_int_equal(job_begin(&begun), 0);
        job = begun;
        object_store_put(job->stand_in.store, rows[i].path,
                         make_stranger(rows[i].kind, strrchr(rows[i].path, '/') + 1));
        job_start(job, JOB_POLICIES);
        job_settle(job);
        is_untouched(job);
        assert_true(job_has(job, JOB_SET("scratch")));
        assert_int_equal(
            job_metric(job, "hawser_controller_storage_troubles_total{reason=\"clash\"}"), 1);
        assert_true(job_was_told(job, "NameClash"));
        assert_false(job_was_told(job, "CannotBeChanged"));
        job_wait(job);
        is_untouched(job);
        object_store_delete(job->stand_in.store, rows[i].path);
        job_wait(job);
        job_becomes(job, golden);
        assert_int_equal(job_end(&begun), 0);
    }
}

static void while_it_is_not_known_whose_an_object_is_nothing_is_done(void **state)
{
    static const struct api_step broken = {
        .method = "GET", .target = JOB_SET("ebs"), .times = API_FOREVER, .status = 500, .body = ""};
    struct job *job = *state;

    api_server_add(job->stand_in.server, &broken);
    object_store_put(job->stand_in.store, JOB_SET("ebs"),
                     make_stranger("StatefulSet", "hawser-nfs-ebs"));
    job_start(job, JOB_POLICIES);
    for (unsigned int i = 0; i < 10; i++) {
        job_run(job, 100);
        storage_lead(job->storage); /* as whatever happens in a cluster has it */
    }
    is_untouched(job);
    assert_true(job_has(job, JOB_SET("scratch")));
    api_server_clear(job->stand_in.server);
    job_wait(job);
    is_untouched(job);
    assert_true(job_was_told(job, "NameClash"));
}

/*
 * An API server that does not want
 */

static bool is_searched(struct job *job)
{
    return job_metric(job, LOST) == 0 && job_metric(job, MISSED) == 0;
}

static void is_not_in_a_hurry(struct job *job)
{
    const size_t n = api_server_count(job->stand_in.server);

    job_run(job, 1000);
    for (unsigned int i = 0; i < 10; i++) {
        storage_lead(job->storage);
        job_run(job, 100);
    }
    assert_true(api_server_count(job->stand_in.server) - n < 5);
}

static void what_is_refused_holds_up_nothing_else(void **state)
{
    static const struct api_step steps[] = {
        FORBIDDEN("PATCH", "/apis/networking.k8s.io/"),
        FORBIDDEN("POST", "/api/v1/namespaces/team-a/"),
    };
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_POLICIES);
    json_auto_t *picture = NULL;

    api_server_add(job->stand_in.server, &steps[0]);
    api_server_add(job->stand_in.server, &steps[1]);
    job_start(job, JOB_POLICIES);
    job_settle(job);
    picture = job_picture(job);
    assert_int_equal(json_object_size(picture), json_object_size(golden) - 3);
    assert_int_equal(job_metric(job, "hawser_controller_storage_troubles_total{reason=\"failed\"}"),
                     3);
    assert_true(job_was_told(job, "ApplyFailed"));
    is_not_in_a_hurry(job);
    job_wait(job);
    assert_int_equal(job_metric(job, "hawser_controller_storage_troubles_total{reason=\"failed\"}"),
                     3);
    api_server_clear(job->stand_in.server);
    job_wait(job);
    job_becomes(job, golden);
}

static void what_cannot_be_searched_keeps_nothing_from_being_kept(void **state)
{
    static const struct api_step steps[] = {
        FORBIDDEN("GET", "/api/v1/persistentvolumes"),
        FORBIDDEN("GET", "/apis/argoproj.io/"),
    };
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_POLICIES);
    struct err err = {0};

    api_server_add(job->stand_in.server, &steps[0]);
    api_server_add(job->stand_in.server, &steps[1]);
    job_start(job, JOB_POLICIES);
    job_becomes(job, golden);
    assert_int_equal(storage_check(job->storage, &err), -1);
    assert_int_equal(job_metric(job, "hawser_controller_claims{state=\"right\"}"), 2);
    assert_int_equal(job_metric(job, LOST), -1);
    assert_int_equal(job_metric(job, MISSED), -1);
    api_server_clear(job->stand_in.server);
    assert_true(job_run_until(job, is_searched));
}

static void who_may_not_look_for_an_object_leaves_its_server_in_peace(void **state)
{
    static const struct api_step step = FORBIDDEN("GET", JOB_SERVICE("ebs"));
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_POLICIES);

    api_server_add(job->stand_in.server, &step);
    job_start(job, JOB_POLICIES);
    job_settle(job);
    is_untouched(job);
    assert_true(job_has(job, JOB_SET("scratch")));
    is_not_in_a_hurry(job);
    api_server_clear(job->stand_in.server);
    job_wait(job);
    job_becomes(job, golden);
}

static void an_outage_is_waited_out(void **state)
{
    static const struct api_step broken[] = {
        {.method = "PATCH",
         .times = 30,
         .status = 500,
         .body = API_STATUS(500, "InternalError", "etcd is gone")},
        {.method = "POST",
         .target = "/api/v1/namespaces/team",
         .times = 5,
         .status = 503,
         .body = ""},
        {.method = "GET", .target = JOB_SET(""), .times = 5, .status = 504, .body = ""},
        {.method = "PATCH", .target = JOB_SET(""), .times = 5, .end = API_RESET},
    };
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_POLICIES);

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        api_server_add(job->stand_in.server, &broken[i]);
    }
    job_start(job, JOB_POLICIES);
    job_becomes(job, golden);
    assert_true(job_count_writes(job, "") <= 40 + json_object_size(golden));
    assert_true(job_was_told(job, "ApplyFailed"));
}

static void a_server_that_went_away_is_come_back_to(void **state)
{
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_POLICIES);
    struct err err = {0};

    job_start(job, JOB_POLICIES);
    job_settle(job);
    api_server_stop(job->stand_in.server);
    object_store_delete(job->stand_in.store, JOB_SET("ebs"));
    job_run(job, 300);
    assert_int_equal(api_server_start(job->stand_in.server, &err), 0);
    job_becomes(job, golden);
}

/*
 * Fights, and ends
 */

static void who_undoes_everything_is_let_win(void **state)
{
    struct job *job = *state;
    const uint64_t end_ms = clock_monotonic_ms() + 2000;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    while (clock_monotonic_ms() < end_ms) {
        json_t *set = job_get(job, JOB_SET("scratch"));
        json_object_set_new(json_object_get(set, "spec"), "replicas", json_integer(0));
        object_store_put(job->stand_in.store, JOB_SET("scratch"), set);
        job_run(job, 20);
    }
    assert_in_range(job_count_writes(job, JOB_SET("scratch")), 10, 25);
    assert_true(job_metric(job, "hawser_controller_storage_troubles_total{reason=\"failed\"}") > 0);
}

static void in_a_namespace_that_is_going_nothing_is_made(void **state)
{
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_IN_POD);
    json_t *namespace_ = NULL;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    namespace_ = job_get(job, "/api/v1/namespaces/nfs");
    json_object_set_new(json_object_get(namespace_, "metadata"), "deletionTimestamp",
                        json_string("2024-05-01T12:00:00Z"));
    object_store_put(job->stand_in.store, "/api/v1/namespaces/nfs", namespace_);
    job_settle(job);
    object_store_delete(job->stand_in.store, JOB_SET("scratch"));
    object_store_delete(job->stand_in.store, JOB_SERVICE("scratch"));
    job_settle(job);
    assert_int_equal(job_count_writes(job, JOB_SET("scratch")), 1);
    assert_int_equal(job_count_writes(job, "/api/v1/namespaces/nfs?"), 1);
    assert_false(job_was_told(job, "ApplyFailed"));
    object_store_delete(job->stand_in.store, "/api/v1/namespaces/nfs");
    job_becomes(job, golden);
}

/*
 * Leading
 */

static void who_does_not_lead_writes_nothing(void **state)
{
    struct job *job = *state;
    json_auto_t *golden = job_golden(JOB_POLICIES);
    CLEANUP(status_free) struct status *status = status_new();

    job_start(job, JOB_POLICIES);
    atomic_store(&job->leads, false);
    job_settle(job);
    storage_lead(job->storage);
    job_settle(job);
    assert_int_equal(job_count_writes(job, ""), 0);
    assert_false(storage_add_status(job->storage, status));
    assert_int_equal(job_metric(job, "hawser_controller_storage_troubles_total{reason=\"failed\"}"),
                     0);
    atomic_store(&job->leads, true);
    storage_lead(job->storage);
    job_becomes(job, golden);
    assert_true(storage_add_status(job->storage, status));
    storage_rest(job->storage);
    assert_false(storage_add_status(job->storage, status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_killed_another_finishes_it),
        cmocka_unit_test(a_server_whose_name_is_taken_is_left_until_it_is_free),
        WITH_JOB(while_it_is_not_known_whose_an_object_is_nothing_is_done),
        WITH_JOB(what_is_refused_holds_up_nothing_else),
        WITH_JOB(what_cannot_be_searched_keeps_nothing_from_being_kept),
        WITH_JOB(who_may_not_look_for_an_object_leaves_its_server_in_peace),
        WITH_JOB(an_outage_is_waited_out),
        WITH_JOB(a_server_that_went_away_is_come_back_to),
        WITH_JOB(who_undoes_everything_is_let_win),
        WITH_JOB(in_a_namespace_that_is_going_nothing_is_made),
        WITH_JOB(who_does_not_lead_writes_nothing),
    };

    return cmocka_run_group_tests_name("storage_trouble", tests, NULL, NULL);
}
