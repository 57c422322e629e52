/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/claim_keeper.h"
#include "deploy/storage/keeper_test.h"

static void delete_claim(struct work *work, const char *namespace_)
{
    char path[128];

    keeper_write_path(namespace_, path);
    object_store_delete(work->bench->stand_in.store, path);
    bench_wait_count(work->bench, work->claims, 0);
}

/* Until a run is worth it. */
static void sleep_out(struct work *work)
{
    const uint64_t ms = claim_keeper_wait_ms(&work->keeper);
    const struct timespec time = {.tv_sec = (time_t)(ms / 1000),
                                  .tv_nsec = (long)(ms % 1000) * 1000000};

    assert_in_range(ms, 1, 2 * BACKOFF_FIRST_MS);
    assert_int_equal(nanosleep(&time, NULL), 0);
}

/* When it was asked for, having been @n times before. */
static uint64_t created_ms(struct work *work, size_t n)
{
    struct api_server *server = work->bench->stand_in.server;

    for (size_t i = 0; i < api_server_count(server); i++) {
        const struct api_request *request = api_server_request(server, i);
        if (strcmp(request->method, "POST") == 0 &&
            strstr(request->target, KEEPER_CLAIMS) != NULL && n-- == 0) {
            return request->at_ms;
        }
    }
    fail();
    return 0;
}

/* A clean-up job, or a policy engine. */
static void one_that_somebody_deletes_each_time_is_let_be_for_longer_each_time(void **state)
{
    const size_t n = CLAIM_KEEPER_PEACE;
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    for (size_t i = 0; i < n + 2; i++) {
        keeper_run(work);
        assert_false(work->keeper.has_more);
        if (!keeper_has_claim(work, "team-a")) {
            assert_true(i >= n);
            sleep_out(work);
            keeper_run(work);
        }
        assert_int_equal(keeper_n_creates(work), i + 1);
        delete_claim(work, "team-a");
    }
    assert_true(created_ms(work, n) - created_ms(work, n - 1) >= BACKOFF_FIRST_MS / 2);
    assert_true(created_ms(work, n + 1) - created_ms(work, n) >= BACKOFF_FIRST_MS);
    assert_in_range(work->bench->news.troubles[NEWS_FAILED], 1, 2);
    assert_int_equal(bench_events(work->bench, "ApplyFailed", "PersistentVolumeClaim", "work"), 1);
}

static void one_that_is_fought_for_is_told_once_and_holds_up_no_other(void **state)
{
    struct work *work = *state;
    const uint64_t now_ms = clock_monotonic_ms();

    for (size_t i = 0; i < 20; i++) {
        fights_note(&work->keeper.fights, "team-a/work", now_ms, 0);
    }
    keeper_add_namespace(work, "team-a");
    for (size_t i = 0; i < CLAIM_KEEPER_AT_ONCE; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "team-b%zu", i);
        keeper_add_namespace(work, name);
    }
    for (size_t i = 0; i < 3; i++) {
        keeper_run(work);
        assert_int_equal(keeper_n_creates(work), CLAIM_KEEPER_AT_ONCE);
        assert_false(work->keeper.has_more);
    }
    assert_false(keeper_has_claim(work, "team-a"));
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 1);
    assert_in_range(claim_keeper_wait_ms(&work->keeper), 1, BACKOFF_MOST_MS);
}

/* As by an admission webhook that sets the size. */
static void one_that_never_becomes_what_was_applied_is_not_applied_for_ever(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "s", "1Gi", KEEPER_OURS);
    keeper_refuse(work, "PATCH", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 200, "{}");
    for (size_t i = 0; i < CLAIM_KEEPER_PEACE + 3; i++) {
        keeper_run(work);
    }
    assert_in_range(keeper_n_writes(work), CLAIM_KEEPER_PEACE, CLAIM_KEEPER_PEACE + 1);
    assert_int_equal(bench_events(work->bench, "ApplyFailed", "PersistentVolumeClaim", "work"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEEPER(one_that_somebody_deletes_each_time_is_let_be_for_longer_each_time),
        WITH_KEEPER(one_that_is_fought_for_is_told_once_and_holds_up_no_other),
        WITH_KEEPER(one_that_never_becomes_what_was_applied_is_not_applied_for_ever),
    };

    return cmocka_run_group_tests_name("claim_keeper_fight", tests, NULL, NULL);
}
