/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/claim_keeper.h"
#include "deploy/storage/keeper_test.h"

#define QUOTA API_STATUS(403, "Forbidden", "exceeded quota")
#define THERE API_STATUS(409, "AlreadyExists", "it is there")

/* As if the time that it waits for had come. */
static void end_wait(struct work *work, const char *key)
{
    assert_true(later_must_wait(&work->keeper.later, key));
    later_note(&work->keeper.later, key, 1);
}

static void one_that_is_refused_is_told_once_and_holds_up_no_other(void **state)
{
    struct work *work = *state;
    const uint64_t begun_ms = clock_monotonic_ms();
    uint64_t until_ms;

    keeper_add_namespace(work, "team-a");
    keeper_add_namespace(work, "team-b");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 403, QUOTA);
    keeper_run(work);
    assert_true(keeper_has_claim(work, "team-b"));
    assert_int_equal(keeper_n_creates(work), 2);
    until_ms = later_first_ms(&work->keeper.later);
    assert_in_range(until_ms, begun_ms + CLAIM_KEEPER_REFUSED_MS,
                    clock_monotonic_ms() + CLAIM_KEEPER_REFUSED_MS);
    assert_in_range(claim_keeper_wait_ms(&work->keeper), 1, CLAIM_KEEPER_REFUSED_MS);
    keeper_run(work);
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 2);
    assert_int_equal(later_first_ms(&work->keeper.later), until_ms);
    end_wait(work, "team-a/work");
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 3);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 1);
    assert_int_equal(bench_events(work->bench, "ApplyFailed", "PersistentVolumeClaim", "work"), 1);
}

static void one_that_was_refused_is_made_when_it_is_allowed(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 403, QUOTA);
    keeper_run(work);
    api_server_clear(work->bench->stand_in.server);
    end_wait(work, "team-a/work");
    keeper_run(work);
    assert_true(keeper_has_claim(work, "team-a"));
    assert_int_equal(json_object_size(work->keeper.later.until_ms), 0);
    assert_int_equal(claim_keeper_wait_ms(&work->keeper), UINT64_MAX);
}

static void the_wait_ends_when_the_first_refused_one_may_be_tried(void **state)
{
    struct work *work = *state;
    const uint64_t now_ms = clock_monotonic_ms();

    later_note(&work->keeper.later, "a/work", now_ms + 50000);
    later_note(&work->keeper.later, "b/work", now_ms + 20000);
    assert_in_range(claim_keeper_wait_ms(&work->keeper), 10000, 20000);
}

/* An answer may take longer than there is to wait after it. */
static void the_wait_begins_with_the_answer(void **state)
{
    static const struct {
        unsigned int status;
        const char *body;
        uint64_t least_ms;
    } rows[] = {
        {403, QUOTA, CLAIM_KEEPER_REFUSED_MS},
        {409, THERE, CLAIM_KEEPER_LATE_MS},
        {401, API_STATUS(401, "Unauthorized", "who is it"), BACKOFF_FIRST_MS / 2},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct work *work = *state;
        const struct api_step step = {.method = "POST",
                                      .target = "/api/v1/namespaces/team-a" KEEPER_CLAIMS,
                                      .status = rows[i].status,
                                      .body = rows[i].body,
                                      .delay_ms = 300,
                                      .times = API_FOREVER};
        uint64_t begun_ms;
        uint64_t until_ms;

        print_message("# row %zu\n", i);
        keeper_add_namespace(work, "team-a");
        api_server_add(work->bench->stand_in.server, &step);
        begun_ms = clock_monotonic_ms();
        keeper_run(work);
        until_ms = work->keeper.not_before_ms != 0 ? work->keeper.not_before_ms
                                                   : later_first_ms(&work->keeper.later);
        assert_in_range(until_ms, begun_ms + step.delay_ms + rows[i].least_ms, UINT64_MAX - 1);
        assert_int_equal(keeper_end(state), 0);
        assert_int_equal(keeper_begin(state), 0);
    }
}

/* Our copy is late. Its stream, or in the end another try, will tell. */
static void
one_that_is_there_already_is_not_asked_for_in_each_run_and_holds_up_no_other(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_namespace(work, "team-b");
    keeper_add_namespace(work, "team-c");
    keeper_add_namespace(work, "team-d");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 409, THERE);
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-b" KEEPER_CLAIMS, 409, THERE);
    for (size_t i = 0; i < 4; i++) {
        keeper_run(work);
    }
    assert_true(keeper_has_claim(work, "team-c"));
    assert_true(keeper_has_claim(work, "team-d"));
    assert_int_equal(keeper_n_creates(work), 4);
    assert_false(work->keeper.has_more);
    assert_in_range(claim_keeper_wait_ms(&work->keeper), 1, CLAIM_KEEPER_LATE_MS);
    end_wait(work, "team-a/work");
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 5);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 0);
}

static void one_that_is_changed_again_and_again_is_not_written_in_each_run(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "s", "1Gi", KEEPER_OURS);
    keeper_refuse(work, "PATCH", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 409,
                  API_STATUS(409, "Conflict", "it was changed"));
    keeper_run(work);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 1);
    end_wait(work, "team-a/work");
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 2);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 0);
}

static void a_server_that_is_busy_stops_all_writing_for_a_while(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_namespace(work, "team-b");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 503, "");
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), KUBE_TRIES_MAX);
    assert_false(work->keeper.has_more);
    assert_true(work->keeper.not_before_ms > clock_monotonic_ms());
    assert_in_range(claim_keeper_wait_ms(&work->keeper), 1, BACKOFF_MOST_MS);
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), KUBE_TRIES_MAX);
    work->keeper.not_before_ms = 0; /* it is over */
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 2 * (size_t)KUBE_TRIES_MAX);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 1);
    api_server_clear(work->bench->stand_in.server);
    work->keeper.not_before_ms = 0;
    keeper_run(work);
    assert_true(keeper_has_claim(work, "team-a"));
    assert_true(keeper_has_claim(work, "team-b"));
}

/* Otherwise they would all be told anew when it is over. */
static void what_is_refused_stays_so_while_the_server_is_busy(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 403, QUOTA);
    keeper_run(work);
    end_wait(work, "team-a/work");
    work->keeper.not_before_ms = clock_monotonic_ms() + 10000;
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 1);
    work->keeper.not_before_ms = 0;
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 2);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 1);
}

/* One that goes while it is written to is no trouble that anybody could end. */
static void a_namespace_that_went_meanwhile_is_not_told(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 404,
                  API_STATUS(404, "NotFound", "no such namespace"));
    keeper_run(work);
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 1);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 0);
}

static void the_wait_is_never_nothing(void **state)
{
    const uint64_t now_ms = clock_monotonic_ms();
    const long long now_s = clock_wall_s();
    const struct {
        long long again_s;
        uint64_t not_before_ms;
        uint64_t refused_ms; /* 0: none is */
        uint64_t least;
        uint64_t most;
    } rows[] = {
        {0, 0, 0, UINT64_MAX, UINT64_MAX},
        {now_s - 5, 0, 0, 1000, 1000},
        {now_s + 9, 0, 0, 5000, 9000},
        {0, now_ms, 0, 1, 1}, /* it was not over when the last run began */
        {0, now_ms + 9000, 0, 5000, 9000},
        {now_s + 20, now_ms + 9000, 0, 5000, 9000},
        {0, 0, 1, 1, 1}, /* which is tried in the next run */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct claim_keeper keeper = {.not_before_ms = rows[i].not_before_ms};
        keeper.plan.again_s = rows[i].again_s;
        if (rows[i].refused_ms != 0) {
            later_note(&keeper.later, "a/work", rows[i].refused_ms);
        }
        assert_in_range(claim_keeper_wait_ms(&keeper), rows[i].least, rows[i].most);
        later_clear(&keeper.later);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEEPER(one_that_is_refused_is_told_once_and_holds_up_no_other),
        WITH_KEEPER(one_that_was_refused_is_made_when_it_is_allowed),
        WITH_KEEPER(the_wait_ends_when_the_first_refused_one_may_be_tried),
        WITH_KEEPER(the_wait_begins_with_the_answer),
        WITH_KEEPER(one_that_is_there_already_is_not_asked_for_in_each_run_and_holds_up_no_other),
        WITH_KEEPER(one_that_is_changed_again_and_again_is_not_written_in_each_run),
        WITH_KEEPER(a_server_that_is_busy_stops_all_writing_for_a_while),
        WITH_KEEPER(what_is_refused_stays_so_while_the_server_is_busy),
        WITH_KEEPER(a_namespace_that_went_meanwhile_is_not_told),
        cmocka_unit_test(the_wait_is_never_nothing),
    };

    return cmocka_run_group_tests_name("claim_keeper_refused", tests, NULL, NULL);
}
