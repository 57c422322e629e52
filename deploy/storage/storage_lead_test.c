/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/nfs_server_test.h"
#include "deploy/storage/storage_inside.h"
#include "deploy/storage/storage_job_test.h"

/* When what is known is known, and when it is past. */

#define CLAIMS(state) "hawser_controller_claims{state=\"" state "\"}"
#define READY(server) "hawser_controller_nfs_server_ready{server=\"" server "\"}"

static bool is_known(struct job *job)
{
    CLEANUP(status_free) struct status *status = status_new();
    const bool has_status = storage_add_status(job->storage, status);

    assert_int_equal(job_metric(job, CLAIMS("right")) >= 0, has_status);
    return has_status;
}

/* A process that loses its lease while it waits for an answer to this request. */
struct loss {
    struct job *job;
    const char *target;
    struct loop_timer timer;
    bool has_come;
};

static void watch_for_loss(void *data)
{
    struct loss *loss = data;

    if (job_count(loss->job, "GET", loss->target) > 0) {
        storage_rest(loss->job->storage);
        loss->has_come = true;
        return;
    }
    loop_set_timer(loss->job->stand_in.loop, &loss->timer, clock_monotonic_ms() + 2);
}

/* One that writes is told by kube_guard(); this one finds that "ebs" is somebody else's. */
static void a_run_that_outlives_its_lease_knows_nothing(void **state)
{
    static const struct api_step slow = {
        .method = "GET",
        .target = JOB_SERVICE("ebs"),
        .status = 200,
        .delay_ms = 300,
        .body = "{\"kind\":\"Service\",\"metadata\":{\"name\":\"hawser-nfs-ebs\"}}",
    };
    struct job *job = *state;
    struct loss loss = {
        .job = job, .target = JOB_SERVICE("ebs"), .timer = {.ring = watch_for_loss, .data = &loss}};

    api_server_add(job->stand_in.server, &slow);
    job_start(job, JOB_ON_DISK("200Gi"));
    watch_for_loss(&loss);
    job_settle(job);
    assert_true(loss.has_come);
    assert_int_equal(job_count_writes(job, ""), 0);
    assert_false(is_known(job));
    storage_lead(job->storage);
    job_settle(job);
    assert_true(is_known(job));
}

static bool is_asked(struct job *job)
{
    return job->storage->servers[0]->probe.is_known;
}

static void who_leads_no_more_asks_no_server(void **state)
{
    struct nfs_server nfs = {.port = 0};
    struct job *job = *state;

    nfs_server_start(&nfs);
    job_start(job, JOB_IN_POD);
    job_settle(job);
    job_serve(job, "scratch", nfs.port);
    assert_true(job_run_until(job, is_asked));
    storage_rest(job->storage);
    assert_false(is_asked(job));
    assert_null(job->storage->servers[0]->probe.question);
    job_settle(job);
    assert_false(is_asked(job));
    assert_int_equal(atomic_load(&nfs.n_connections), 1);
    storage_lead(job->storage);
    assert_true(job_run_until(job, is_asked));
    job_stop(job);
    nfs_server_stop(&nfs);
}

static void of_new_policies_nothing_is_known_before_they_were_looked_at(void **state)
{
    static const struct api_step slow = {
        .method = "GET",
        .target = "/api/v1/persistentvolumeclaims?limit=500&fieldSelector",
        .status = 200,
        .delay_ms = 500,
        .body = "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}",
    };
    struct job *job = *state;

    job_start(job, JOB_IN_POD);
    job_settle(job);
    assert_true(is_known(job));
    api_server_add(job->stand_in.server, &slow);
    job_use(job, JOB_POLICIES);
    job_run(job, 200);
    assert_false(is_known(job));
    assert_int_equal(job_metric(job, READY("scratch")), -1);
    assert_true(job_run_until(job, is_known));
    job_settle(job);
    assert_int_equal(job_metric(job, CLAIMS("right")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_JOB(a_run_that_outlives_its_lease_knows_nothing),
        WITH_JOB(who_leads_no_more_asks_no_server),
        WITH_JOB(of_new_policies_nothing_is_known_before_they_were_looked_at),
    };

    return cmocka_run_group_tests_name("storage_lead", tests, NULL, NULL);
}
