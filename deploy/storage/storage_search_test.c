/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/storage_inside.h"
#include "deploy/storage/storage_job_test.h"

/* Workflows change each few seconds while they run, and of servers and claims that tells nothing.
 */

#define MISSED   "hawser_controller_missed_workflows"
#define WORKFLOW "/apis/argoproj.io/v1alpha1/namespaces/team-a/workflows/w"
#define FIELDS                                                                          \
    "[{\"manager\":\"kubectl-create\",\"time\":\"2024-05-01T10:00:01Z\",\"fieldsV1\":{" \
    "\"f:spec\":{},\"f:metadata\":{\"f:annotations\":{\"f:hawser.dev/policy\":{}}}}}]"

/* Of one that asks for the policy "shared". */
static void put_workflow(struct job *job, const char *phase)
{
    json_t *workflow =
        json_pack("{s:{s:s, s:s, s:s, s:{s:s}}, s:{s:s}}", "metadata", "namespace", "team-a",
                  "name", "w", "creationTimestamp", "2024-05-01T10:00:00Z", "annotations",
                  "hawser.dev/policy", "shared", "status", "phase", phase);

    json_object_set_new(json_object_get(workflow, "metadata"), "managedFields",
                        json_loads(FIELDS, 0, NULL));
    object_store_put(job->stand_in.store, WORKFLOW, workflow);
}

/* As if the last search were long ago. */
static void be_late(struct job *job)
{
    job->storage->searched_ms = 0;
}

static void let_it_hear(struct job *job)
{
    for (unsigned int i = 0; i < 60; i++) {
        loop_step(job->stand_in.loop, 5);
    }
}

static bool is_found(struct job *job)
{
    return job_metric(job, MISSED) == 1;
}

static void a_workflow_that_is_missed_is_found_by_a_search_alone(void **state)
{
    struct job *job = *state;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    assert_int_equal(job_metric(job, MISSED), 0);
    (void)storage_take_news(job->storage);
    be_late(job);
    put_workflow(job, "Running");
    let_it_hear(job);
    assert_false(job->storage->is_due);
    assert_true(storage_is_due(job->storage));
    assert_true(job_run_until(job, is_found));
    assert_true(storage_take_news(job->storage));
    job_settle(job);
    assert_true(job_was_told(job, "NotInjected"));
}

static void workflows_that_change_are_looked_at_now_and_then(void **state)
{
    struct job *job = *state;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    put_workflow(job, "Pending");
    let_it_hear(job);
    assert_false(storage_is_due(job->storage));
    put_workflow(job, "Running");
    let_it_hear(job);
    assert_false(storage_is_due(job->storage));
    assert_true(job->storage->searching.is_set);
    assert_in_range(job->storage->searching.due_ms - job->storage->searched_ms, STORAGE_SEARCH_MS,
                    STORAGE_SEARCH_MS);
}

static void a_search_that_finds_nothing_new_is_no_news(void **state)
{
    struct job *job = *state;

    job_start(job, JOB_POLICIES);
    put_workflow(job, "Pending");
    job_settle(job);
    assert_true(is_found(job));
    (void)storage_take_news(job->storage);
    be_late(job);
    put_workflow(job, "Running");
    let_it_hear(job);
    assert_true(storage_is_due(job->storage));
    storage_run(job->storage);
    assert_true(is_found(job));
    assert_false(storage_take_news(job->storage));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_JOB(a_workflow_that_is_missed_is_found_by_a_search_alone),
        WITH_JOB(workflows_that_change_are_looked_at_now_and_then),
        WITH_JOB(a_search_that_finds_nothing_new_is_no_news),
    };

    return cmocka_run_group_tests_name("storage_search", tests, NULL, NULL);
}
