/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/json.h"
#include "deploy/storage/lost.h"
#include "deploy/storage/search_test.h"

/* What is done about volumes whose claim is gone. */

static void one_that_nobody_uses_any_more_is_deleted(void **state)
{
    struct search *search = *state;
    json_auto_t *options = NULL;
    const json_t *preconditions;

    search_add_user(search, "v-claim", "Succeeded");
    search_add_one(search, "Released");
    search_run(search);
    assert_int_equal(search_n_deletions(search), 1);
    options =
        json_loads(bench_last(search->bench, "DELETE", "/persistentvolumes/v")->body, 0, NULL);
    preconditions = json_object_get(options, "preconditions");
    assert_string_equal(json_text_of(preconditions, "uid"), "uid-v");
    assert_string_not_equal(json_text_of(preconditions, "resourceVersion"), "");
    assert_false(bench_has(search->bench, "/api/v1/persistentvolumes/v"));
    assert_int_equal(bench_events(search->bench, "Deleted", "PersistentVolume", "v"), 1);
    assert_int_equal(search->bench->news.changes[NEWS_DELETED], 1);
    bench_wait_count(search->bench, search->volumes, 0);
    search_run(search);
    assert_int_equal(search->lost.n, 0);
    assert_false(search->lost.has_more);
}

/* As if the time that it waits for had come. */
static void end_wait(struct search *search, const char *uid)
{
    assert_true(later_must_wait(&search->lost.again, uid));
    later_note(&search->lost.again, uid, 1);
}

static void one_that_a_pod_uses_is_kept_until_it_has_ended(void **state)
{
    struct search *search = *state;

    search_add_user(search, "v-claim", "Running");
    search_add_one(search, "Released");
    search_run(search);
    search_run(search);
    assert_int_equal(search_n_deletions(search), 0);
    assert_int_equal(bench_count(search->bench, "GET", "/namespaces/team/pods"), 1);
    search_add_user(search, "v-claim", "Succeeded");
    end_wait(search, "uid-v");
    search_run(search);
    assert_int_equal(search_n_deletions(search), 1);
    assert_int_equal(SEARCH_GONE("PersistentVolume", "v"), 1);
}

static void those_that_are_refused_are_told_once_and_hold_up_no_other(void **state)
{
    const struct api_step step = {.method = "DELETE",
                                  .target = "/api/v1/persistentvolumes/a",
                                  .status = 403,
                                  .body = API_STATUS(403, "Forbidden", "not you"),
                                  .times = API_FOREVER};
    struct search *search = *state;

    api_server_add(search->bench->stand_in.server, &step);
    for (size_t i = 0; i < LOST_AT_ONCE; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "a%zu", i);
        search_add_volume(search, &(struct volume){.name = name, .phase = "Released"});
    }
    search_add_volume(search, &(struct volume){.name = "v", .phase = "Released"});
    bench_wait_count(search->bench, search->volumes, LOST_AT_ONCE + 1);
    search_run(search);
    assert_int_equal(search_n_deletions(search), LOST_AT_ONCE);
    assert_true(search->lost.has_more);
    search_run(search);
    assert_false(bench_has(search->bench, "/api/v1/persistentvolumes/v"));
    assert_int_equal(search_n_deletions(search), LOST_AT_ONCE + 1);
    assert_false(search->lost.has_more);
    end_wait(search, "uid-a0");
    search_run(search);
    assert_int_equal(search_n_deletions(search), LOST_AT_ONCE + 2);
    assert_int_equal(search->bench->news.troubles[NEWS_FAILED], LOST_AT_ONCE);
    assert_int_equal(bench_events(search->bench, "ApplyFailed", "PersistentVolume", "a0"), 1);
}

/* Who cannot be asked may have it mounted. */
static void one_whose_users_are_not_known_is_kept(void **state)
{
    const struct api_step step = {.method = "GET",
                                  .target = "/api/v1/namespaces/team/pods",
                                  .status = 403,
                                  .body = API_STATUS(403, "Forbidden", "not you"),
                                  .times = API_FOREVER};
    struct search *search = *state;

    api_server_add(search->bench->stand_in.server, &step);
    search_add_one(search, "Released");
    search_run(search);
    assert_int_equal(bench_count(search->bench, "GET", "/namespaces/team/pods"), 1);
    assert_int_equal(search_n_deletions(search), 0);
}

/* Another of its name: what is known of the one says nothing of the other. */
static void one_that_was_replaced_meanwhile_is_kept(void **state)
{
    const struct api_step step = {
        .method = "DELETE", .status = 409, .body = API_STATUS(409, "Conflict", "another uid")};
    struct search *search = *state;

    api_server_add(search->bench->stand_in.server, &step);
    search_add_one(search, "Released");
    search_run(search);
    assert_int_equal(search_n_deletions(search), 1);
    assert_int_equal(search->bench->news.changes[NEWS_DELETED], 0);
}

/* Somebody chose to retain it, and our copy is late. */
static void one_that_was_changed_since_it_was_looked_at_is_kept(void **state)
{
    struct search *search = *state;

    search_add_one(search, "Released");
    search_add_volume(search,
                      &(struct volume){.name = "v", .phase = "Released", .policy = "Retain"});
    search_run(search);
    assert_int_equal(search_n_deletions(search), 1);
    assert_true(bench_has(search->bench, "/api/v1/persistentvolumes/v"));
    assert_int_equal(search->bench->news.changes[NEWS_DELETED], 0);
    assert_int_equal(search->bench->news.troubles[NEWS_FAILED], 0);
}

/* What is looked at first may be gone from our copies when the next one is. */
static void a_change_of_its_server_meanwhile_does_no_harm(void **state)
{
    static const struct volume volumes[] = {
        {.name = "v", .phase = "Released"},
        {.name = "w", .phase = "Released"},
    };
    struct search *search = *state;

    search_add_volumes(search, volumes, 2);
    bench_wait_count(search->bench, search->volumes, 2);
    bench_put(search->bench, "/api/v1/namespaces/nfs/services/hawser-nfs-fast", json_object());
    bench_put(search->bench, "/api/v1/namespaces/nfs/pods/hawser-nfs-fast-0", json_object());
    search_run(search);
    assert_int_equal(search_n_deletions(search), 2);
}

static void not_more_than_so_many_are_deleted_in_a_look(void **state)
{
    struct search *search = *state;
    const size_t n = 2 * LOST_AT_ONCE + 2;

    for (size_t i = 0; i < n; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "v%zu", i);
        search_add_volume(search, &(struct volume){.name = name, .phase = "Released"});
    }
    bench_wait_count(search->bench, search->volumes, n);
    search_run(search);
    assert_int_equal(search_n_deletions(search), LOST_AT_ONCE);
    assert_true(search->lost.has_more);
    assert_int_equal(search->lost.n, n);
    bench_wait_count(search->bench, search->volumes, n - LOST_AT_ONCE);
    search_run(search);
    bench_wait_count(search->bench, search->volumes, 2);
    assert_true(search->lost.has_more);
    search_run(search);
    assert_int_equal(search_n_deletions(search), n);
    assert_false(search->lost.has_more);
}

static bool must_not(void *data)
{
    (void)data;
    return false;
}

static void who_must_not_write_any_more_is_told_so(void **state)
{
    static const struct volume volumes[] = {
        {.name = "v", .phase = "Released"},
        {.name = "w", .phase = "Released"},
    };
    struct search *search = *state;

    search_add_volumes(search, volumes, 2);
    bench_wait_count(search->bench, search->volumes, 2);
    kube_guard(search->bench->kube, must_not, NULL);
    assert_int_equal(lost_run(&search->lost, &search->bench->context, search->servers, 2),
                     KUBE_HALTED);
    assert_int_equal(search_n_deletions(search), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SEARCH(one_that_nobody_uses_any_more_is_deleted),
        WITH_SEARCH(one_that_a_pod_uses_is_kept_until_it_has_ended),
        WITH_SEARCH(those_that_are_refused_are_told_once_and_hold_up_no_other),
        WITH_SEARCH(one_whose_users_are_not_known_is_kept),
        WITH_SEARCH(one_that_was_replaced_meanwhile_is_kept),
        WITH_SEARCH(one_that_was_changed_since_it_was_looked_at_is_kept),
        WITH_SEARCH(a_change_of_its_server_meanwhile_does_no_harm),
        WITH_SEARCH(not_more_than_so_many_are_deleted_in_a_look),
        WITH_SEARCH(who_must_not_write_any_more_is_told_so),
    };

    return cmocka_run_group_tests_name("lost_deleted", tests, NULL, NULL);
}
