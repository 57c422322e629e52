/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/storage_inside.h"
#include "deploy/storage/storage_job_test.h"

/* Who else writes the objects of a server, and when. */

#define TROUBLES(reason) "hawser_controller_storage_troubles_total{reason=\"" reason "\"}"
#define NAMESPACE        "/api/v1/namespaces/nfs"

static void settle_anew(struct job *job)
{
    storage_lead(job->storage);
    job_settle(job);
}

/* Run the loop and nothing of the job: its copies are told, and nothing is done. */
static void let_it_hear(struct job *job)
{
    for (unsigned int i = 0; i < 60; i++) {
        loop_step(job->stand_in.loop, 5);
    }
}

static json_t *make_stranger(const char *kind, const char *spec)
{
    return json_pack("{s:s, s:{s:s, s:s}, s:o}", "kind", kind, "metadata", "namespace", "nfs",
                     "name", "hawser-nfs-scratch", "spec", json_loads(spec, 0, NULL));
}

/* That what is at @path is a stranger, and nothing was written to it. */
static void is_as_it_was(struct job *job, const char *path)
{
    json_auto_t *object = job_get(job, path);

    assert_non_null(object);
    assert_null(json_object_get(json_object_get(object, "metadata"), "managedFields"));
    assert_null(json_object_get(json_object_get(object, "metadata"), "labels"));
}

/*
 * Somebody else is faster
 */

static void what_somebody_makes_after_it_was_looked_for_is_not_taken_over(void **state)
{
    static const struct api_step absent = {
        .method = "GET",
        .target = JOB_SERVICE("scratch"),
        .status = 404,
        .body = API_STATUS(404, "NotFound", "not there"),
        .times = 1,
    };
    struct job *job = *state;

    api_server_add(job->stand_in.server, &absent);
    object_store_put(job->stand_in.store, JOB_SERVICE("scratch"),
                     make_stranger("Service", "{\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}]}"));
    job_start(job, JOB_IN_POD);
    job_settle(job);
    is_as_it_was(job, JOB_SERVICE("scratch"));
    assert_true(job_was_told(job, "NameClash"));
    assert_int_equal(job_metric(job, TROUBLES("failed")), 0);
}

static void reduce(struct job *job)
{
    json_t *set = job_get(job, JOB_SET("scratch"));

    json_object_set_new(json_object_get(set, "spec"), "replicas", json_integer(0));
    object_store_put(job->stand_in.store, JOB_SET("scratch"), set);
}

/* Ours was deleted, and another made, when the copy has neither. */
static void one_that_was_put_in_the_place_of_ours_is_not_taken_over(void **state)
{
    struct job *job = *state;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    reduce(job);
    let_it_hear(job);
    object_store_delete(job->stand_in.store, JOB_SET("scratch"));
    object_store_put(job->stand_in.store, JOB_SET("scratch"),
                     make_stranger("StatefulSet", "{\"replicas\":3}"));
    storage_run(job->storage);
    job_settle(job);
    is_as_it_was(job, JOB_SET("scratch"));
    assert_true(job_was_told(job, "NameClash"));
    assert_int_equal(job_metric(job, TROUBLES("failed")), 0);
}

static void what_changed_meanwhile_is_looked_at_again_at_once(void **state)
{
    struct job *job = *state;
    json_auto_t *picture = NULL;
    json_t *set;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    picture = job_picture(job);
    reduce(job);
    let_it_hear(job);
    set = job_get(job, JOB_SET("scratch"));
    json_object_set_new(set, "status", json_pack("{s:i}", "replicas", 0));
    json_object_set_new(json_object_get(picture, JOB_SET("scratch")), "status",
                        json_pack("{s:i}", "replicas", 0));
    object_store_put(job->stand_in.store, JOB_SET("scratch"), set);
    storage_run(job->storage);
    assert_true(storage_is_due(job->storage));
    job_becomes(job, picture);
    assert_int_equal(job_metric(job, TROUBLES("failed")), 0);
    assert_false(job_was_told(job, "ApplyFailed"));
}

static void conflicts_without_end_are_told_and_waited_out(void **state)
{
    static const struct api_step conflict = {
        .method = "PATCH",
        .target = JOB_SET("scratch"),
        .times = API_FOREVER,
        .status = 409,
        .body = API_STATUS(409, "Conflict", "the object has been modified"),
    };
    struct job *job = *state;

    api_server_add(job->stand_in.server, &conflict);
    job_start(job, JOB_IN_POD);
    job_run(job, 1500);
    assert_in_range(job_count(job, "PATCH", JOB_SET("scratch")), SERVER_CONFLICTS + 1,
                    SERVER_CONFLICTS + 3);
    assert_int_equal(job_metric(job, TROUBLES("failed")), 1);
}

static void who_makes_a_disk_small_again_is_let_win(void **state)
{
    struct job *job = *state;
    const uint64_t end_ms = clock_monotonic_ms() + 2000;

    job_start(job, JOB_ON_DISK("200Gi"));
    job_settle(job);
    while (clock_monotonic_ms() < end_ms) {
        json_t *disk = job_get(job, JOB_DISK);
        json_t *resources = json_object_get(json_object_get(disk, "spec"), "resources");
        json_object_set_new(json_object_get(resources, "requests"), "storage",
                            json_string("100Gi"));
        json_object_set_new(disk, "status", json_pack("{s:s}", "phase", "Bound"));
        object_store_put(job->stand_in.store, JOB_DISK, disk);
        job_run(job, 20);
    }
    assert_in_range(job_count_writes(job, JOB_DISK), 10, 25);
    assert_true(job_metric(job, TROUBLES("failed")) > 0);
}

/*
 * Ends
 */

static void begin_to_delete(struct job *job, const char *path)
{
    json_t *object = job_get(job, path);

    json_object_set_new(json_object_get(object, "metadata"), "deletionTimestamp",
                        json_string("2024-05-01T12:00:00Z"));
    object_store_put(job->stand_in.store, path, object);
}

static void what_goes_with_its_namespace_is_no_trouble_and_not_looked_for(void **state)
{
    struct job *job = *state;
    size_t n;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    begin_to_delete(job, NAMESPACE);
    job_settle(job);
    n = job_count(job, "GET", JOB_SET("scratch"));
    object_store_delete(job->stand_in.store, JOB_SET("scratch"));
    job_settle(job);
    settle_anew(job);
    assert_int_equal(job_count(job, "GET", JOB_SET("scratch")), n);
    assert_int_equal(job_metric(job, TROUBLES("failed")), 0);
    assert_false(job_was_told(job, "ApplyFailed"));
}

static void a_namespace_that_goes_before_it_is_known_is_no_trouble(void **state)
{
    static const struct api_step terminating = {
        .method = "PATCH",
        .target = JOB_SET("scratch"),
        .times = 1,
        .status = 403,
        .body = "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"code\":403,\"message\":\"no\","
                "\"details\":{\"causes\":[{\"reason\":\"NamespaceTerminating\"}]}}",
    };
    struct job *job = *state;

    api_server_add(job->stand_in.server, &terminating);
    job_start(job, JOB_IN_POD);
    job_settle(job);
    assert_false(job_has(job, JOB_SET("scratch")));
    assert_int_equal(job_metric(job, TROUBLES("failed")), 0);
    job_wait(job);
    assert_true(job_has(job, JOB_SET("scratch")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_JOB(what_somebody_makes_after_it_was_looked_for_is_not_taken_over),
        WITH_JOB(one_that_was_put_in_the_place_of_ours_is_not_taken_over),
        WITH_JOB(what_changed_meanwhile_is_looked_at_again_at_once),
        WITH_JOB(conflicts_without_end_are_told_and_waited_out),
        WITH_JOB(who_makes_a_disk_small_again_is_let_win),
        WITH_JOB(what_goes_with_its_namespace_is_no_trouble_and_not_looked_for),
        WITH_JOB(a_namespace_that_goes_before_it_is_known_is_no_trouble),
    };

    return cmocka_run_group_tests_name("storage_server", tests, NULL, NULL);
}
