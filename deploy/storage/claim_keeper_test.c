/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claim_keeper.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/keeper_test.h"

static void a_namespace_that_appears_gets_its_claim(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "other");
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 0);
    keeper_add_namespace(work, "team-a");
    keeper_run(work);
    assert_true(keeper_has_claim(work, "team-a"));
    assert_false(work->keeper.has_more);
    bench_wait_count(work->bench, work->claims, 1);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 1);
    assert_int_equal(bench_events(work->bench, "Created", "PersistentVolumeClaim", "work"), 1);
    assert_int_equal(work->bench->news.changes[NEWS_CREATED], 1);
    /* A volume may take so long to come. */
    assert_in_range(claim_keeper_wait_ms(&work->keeper), 1, CLAIM_PATIENCE_S * 1000);
}

/* Also where the streams are late: what was written is known from its answer. */
static void so_many_are_written_in_a_run_and_all_in_the_end(void **state)
{
    struct work *work = *state;
    const size_t n = 23;
    size_t n_runs = 0;

    for (size_t i = 0; i < n; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "team-%zu", i);
        keeper_add_namespace(work, name);
    }
    do {
        const size_t before = keeper_n_creates(work);
        keeper_run(work);
        n_runs++;
        assert_int_equal(keeper_n_creates(work) - before,
                         work->keeper.has_more ? CLAIM_KEEPER_AT_ONCE : n % CLAIM_KEEPER_AT_ONCE);
    } while (work->keeper.has_more);
    assert_int_equal(n_runs, (n + CLAIM_KEEPER_AT_ONCE - 1) / CLAIM_KEEPER_AT_ONCE);
    assert_int_equal(keeper_n_creates(work), n);
    bench_wait_count(work->bench, work->claims, n);
}

static void a_claim_that_exists_is_not_written(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_namespace(work, "team-b");
    keeper_add_claim(work, "team-a", "s", "2Gi", "");
    keeper_add_claim(work, "team-b", "s", "3Gi", KEEPER_OURS);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 0);
    keeper_assert_status(work, "team-a/work p right; team-b/work p right");
}

static void a_claim_that_came_meanwhile_is_no_trouble(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_refuse(work, "POST", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 409,
                  API_STATUS(409, "AlreadyExists", "it is there"));
    keeper_run(work);
    assert_int_equal(keeper_n_creates(work), 1);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 0);
    assert_int_equal(work->keeper.not_before_ms, 0);
    assert_false(work->keeper.has_more);
}

static void a_claim_that_cannot_be_right_is_told_once_and_left(void **state)
{
    static const struct {
        const char *class_;
        const char *size;
        const char *labels;
    } rows[] = {
        {"other", "2Gi", KEEPER_OURS},
        {"s", "1Gi", ""}, /* of somebody else, who has to let it grow */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct work *work = *state;
        keeper_add_namespace(work, "team-a");
        keeper_add_claim(work, "team-a", rows[i].class_, rows[i].size, rows[i].labels);
        for (size_t k = 0; k < 3; k++) {
            keeper_run(work);
        }
        assert_int_equal(keeper_n_writes(work), 0);
        assert_int_equal(work->bench->news.troubles[NEWS_MISMATCHED], 1);
        assert_int_equal(
            bench_events(work->bench, "ClaimMismatch", "PersistentVolumeClaim", "work"), 1);
        keeper_assert_status(work, "team-a/work p mismatched");
        assert_int_equal(keeper_end(state), 0);
        assert_int_equal(keeper_begin(state), 0);
    }
}

static void a_claim_of_ours_grows_over_the_version_that_was_seen(void **state)
{
    struct work *work = *state;
    char path[128];
    json_auto_t *before = NULL;
    json_auto_t *after = NULL;
    json_auto_t *body = NULL;

    keeper_write_path("team-a", path);
    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "s", "1Gi", KEEPER_OURS);
    before = object_store_get(work->bench->stand_in.store, path);
    keeper_run(work);
    after = object_store_get(work->bench->stand_in.store, path);
    assert_int_equal(keeper_n_writes(work), 1);
    body = json_loads(bench_last(work->bench, "PATCH", "/team-a" KEEPER_CLAIMS "/work?")->body, 0,
                      NULL);
    assert_string_equal(json_text_of(json_object_get(body, "metadata"), "resourceVersion"),
                        json_text_of(json_object_get(before, "metadata"), "resourceVersion"));
    assert_string_equal(
        json_text_of(json_object_get(json_object_get(json_object_get(after, "spec"), "resources"),
                                     "requests"),
                     "storage"),
        "2Gi");
    assert_int_equal(bench_events(work->bench, "Grown", "PersistentVolumeClaim", "work"), 1);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 1);
}

static void where_the_class_does_not_let_it_grow_it_is_told_and_left(void **state)
{
    struct work *work = *state;
    struct bench *bench = work->bench;

    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "s", "1Gi", KEEPER_OURS);
    bench_show(bench, bench->watches.kinds[KIND_STORAGE_CLASS],
               "/apis/storage.k8s.io/v1/storageclasses/s",
               bench_json("{'metadata': {'name': 's'}}"));
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 0);
    assert_int_equal(bench_events(bench, "ClaimMismatch", "PersistentVolumeClaim", "work"), 1);
}

static void a_claim_that_somebody_changed_meanwhile_is_looked_at_again(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "s", "1Gi", KEEPER_OURS);
    keeper_refuse(work, "PATCH", "/api/v1/namespaces/team-a" KEEPER_CLAIMS, 409,
                  API_STATUS(409, "Conflict", "it was changed"));
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 1);
    assert_int_equal(work->bench->news.troubles[NEWS_FAILED], 0);
    keeper_add_claim(work, "team-a", "s", "4Gi", KEEPER_OURS);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 1);
}

/* Of the claim "work" in team-a, as it is now. Owner: the caller. */
static json_t *get_claim(struct work *work)
{
    char path[128];

    keeper_write_path("team-a", path);
    return object_store_get(work->bench->stand_in.store, path);
}

/* Ours is told by its field manager then. */
static void labels_that_somebody_took_off_come_back_over_the_very_claim(void **state)
{
    struct work *work = *state;
    char path[128];
    json_auto_t *before = NULL;
    json_auto_t *after = NULL;
    json_auto_t *body = NULL;

    keeper_write_path("team-a", path);
    keeper_add_namespace(work, "team-a");
    bench_show(work->bench, work->claims, path,
               bench_json("{'metadata': {'namespace': 'team-a', 'name': 'work',"
                          " 'labels': {'theirs': 'x'},"
                          " 'managedFields': [{'manager': 'hawser-controller'}]},"
                          " 'spec': {'storageClassName': 's', 'accessModes': ['ReadWriteMany'],"
                          " 'resources': {'requests': {'storage': '3Gi'}}},"
                          " 'status': {'phase': 'Bound'}}"));
    before = get_claim(work);
    keeper_run(work);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 1);
    body = json_loads(bench_last(work->bench, "PATCH", "/team-a" KEEPER_CLAIMS "/work?")->body, 0,
                      NULL);
    assert_string_equal(json_text_of(json_object_get(body, "metadata"), "uid"),
                        json_text_of(json_object_get(before, "metadata"), "uid"));
    assert_string_equal(json_text_of(json_object_get(body, "metadata"), "resourceVersion"),
                        json_text_of(json_object_get(before, "metadata"), "resourceVersion"));
    after = get_claim(work);
    assert_true(claims_has_labels(after, "home"));
    assert_true(json_equal(json_object_get(after, "spec"), json_object_get(before, "spec")));
    assert_int_equal(work->bench->news.changes[NEWS_REPAIRED], 1);
    assert_int_equal(bench_events(work->bench, "Repaired", "PersistentVolumeClaim", "work"), 1);
    bench_wait_count(work->bench, work->labelled, 1); /* where it would be found as an orphan */
}

/* In place of the claim of team-b somebody makes one of their own, which lacks nothing of theirs.
 */
static void replace_claim(void *data)
{
    struct work *work = data;
    char path[128];

    keeper_write_path("team-b", path);
    object_store_delete(work->bench->stand_in.store, path);
    bench_put(work->bench, path,
              bench_json("{'metadata': {'namespace': 'team-b', 'name': 'work'},"
                         " 'spec': {'storageClassName': 's', 'accessModes': ['ReadWriteMany'],"
                         " 'resources': {'requests': {'storage': '1Gi'}}},"
                         " 'status': {'phase': 'Bound'}}"));
}

/* Writing takes time, in which streams go on. */
static void one_that_somebody_puts_in_place_of_ours_during_a_run_is_left(void **state)
{
    static const struct api_step slow = {
        .method = "PATCH",
        .target = "/api/v1/namespaces/team-a" KEEPER_CLAIMS,
        .status = 403,
        .body = API_STATUS(403, "Forbidden", "no"),
        .delay_ms = 600,
    };
    static const char *const labels[] = {"'hawser.dev/home': 'home'", KEEPER_OURS};

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        struct work *work = *state;
        struct loop_timer timer = {.ring = replace_claim, .data = work};
        print_message("# row %zu\n", i);
        keeper_add_namespace(work, "team-a");
        keeper_add_namespace(work, "team-b");
        keeper_add_claim(work, "team-a", "s", "1Gi", KEEPER_OURS);
        keeper_add_claim(work, "team-b", "s", "1Gi", labels[i]);
        api_server_add(work->bench->stand_in.server, &slow);
        loop_set_timer(work->bench->stand_in.loop, &timer, clock_monotonic_ms() + 100);
        keeper_run(work);
        assert_int_equal(bench_count(work->bench, "PATCH", "/team-a/"), 1);
        assert_int_equal(bench_count(work->bench, "PATCH", "/team-b/"), 0);
        assert_int_equal(keeper_end(state), 0);
        assert_int_equal(keeper_begin(state), 0);
    }
}

static void one_that_cannot_be_right_gets_its_labels_back_too(void **state)
{
    struct work *work = *state;
    json_auto_t *after = NULL;

    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "other", "1Gi", "'hawser.dev/home': 'home'");
    for (size_t i = 0; i < 3; i++) {
        keeper_run(work);
    }
    after = get_claim(work);
    assert_true(claims_has_labels(after, "home"));
    assert_int_equal(keeper_n_writes(work), 1);
    assert_int_equal(work->bench->news.troubles[NEWS_MISMATCHED], 1);
    keeper_assert_status(work, "team-a/work p mismatched");
}

static void a_namespace_that_is_going_gets_none(void **state)
{
    struct work *work = *state;

    bench_show(work->bench, work->namespaces, "/api/v1/namespaces/team-a",
               bench_json("{'metadata': {'name': 'team-a',"
                          " 'deletionTimestamp': '2024-05-01T12:00:00Z'}}"));
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 0);
    keeper_assert_status(work, "");
}

static void an_orphan_is_in_the_status_and_left(void **state)
{
    struct work *work = *state;
    char path[128];

    keeper_write_path("other", path);
    keeper_add_namespace(work, "other");
    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "s", "2Gi", KEEPER_OURS);
    keeper_add_claim(work, "other", "s", "2Gi", KEEPER_OURS);
    bench_wait_count(work->bench, work->labelled, 2);
    keeper_run(work);
    assert_int_equal(keeper_n_writes(work), 0);
    keeper_assert_status(work, "other/work p orphaned; team-a/work p right");
    object_store_delete(work->bench->stand_in.store, path); /* what the run saw may go */
    bench_wait_count(work->bench, work->labelled, 1);
    keeper_assert_status(work, "other/work p orphaned; team-a/work p right");
    keeper_run(work);
    keeper_assert_status(work, "team-a/work p right");
}

static void the_status_lists_the_right_ones_among_the_others(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_namespace(work, "team-b");
    keeper_add_namespace(work, "team-c");
    keeper_add_claim(work, "team-a", "s", "2Gi", KEEPER_OURS);
    keeper_add_claim(work, "team-b", "other", "2Gi", KEEPER_OURS);
    keeper_add_claim(work, "team-c", "s", "2Gi", "");
    keeper_run(work);
    keeper_assert_status(work,
                         "team-b/work p mismatched; team-a/work p right; team-c/work p right");
}

/* Of more names than are watched it is not known which are there. */
static void a_claim_that_is_not_watched_is_neither_written_nor_tried_for_ever(void **state)
{
    struct work *work = *state;

    policy_set_unref(work->set);
    work->set = bench_policies(
        KEEPER_POLICY("p", KEEPER_VOLUME("unwatched", "s") KEEPER_VOLUME("work", "s")));
    for (size_t i = 0; i <= CLAIM_KEEPER_AT_ONCE; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "team-%zu", i);
        keeper_add_namespace(work, name);
    }
    for (size_t i = 0; i < 3; i++) {
        keeper_run(work);
    }
    assert_false(work->keeper.has_more);
    assert_int_equal(keeper_n_creates(work), CLAIM_KEEPER_AT_ONCE + 1);
    assert_int_equal(keeper_n_in_trouble(work), CLAIM_KEEPER_AT_ONCE + 1);
    for (size_t i = 0; i <= CLAIM_KEEPER_AT_ONCE; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "team-%zu", i);
        assert_true(keeper_has_claim(work, name));
    }
}

static bool must_not(void *data)
{
    (void)data;
    return false;
}

static void who_must_not_write_any_more_is_told_so(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_namespace(work, "team-b");
    kube_guard(work->bench->kube, must_not, NULL);
    assert_int_equal(claim_keeper_run(&work->keeper, &work->bench->context, work->set),
                     KUBE_HALTED);
    assert_int_equal(keeper_n_writes(work), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEEPER(a_namespace_that_appears_gets_its_claim),
        WITH_KEEPER(so_many_are_written_in_a_run_and_all_in_the_end),
        WITH_KEEPER(a_claim_that_exists_is_not_written),
        WITH_KEEPER(a_claim_that_came_meanwhile_is_no_trouble),
        WITH_KEEPER(a_claim_that_cannot_be_right_is_told_once_and_left),
        WITH_KEEPER(a_claim_of_ours_grows_over_the_version_that_was_seen),
        WITH_KEEPER(where_the_class_does_not_let_it_grow_it_is_told_and_left),
        WITH_KEEPER(a_claim_that_somebody_changed_meanwhile_is_looked_at_again),
        WITH_KEEPER(labels_that_somebody_took_off_come_back_over_the_very_claim),
        WITH_KEEPER(one_that_somebody_puts_in_place_of_ours_during_a_run_is_left),
        WITH_KEEPER(one_that_cannot_be_right_gets_its_labels_back_too),
        WITH_KEEPER(a_namespace_that_is_going_gets_none),
        WITH_KEEPER(an_orphan_is_in_the_status_and_left),
        WITH_KEEPER(the_status_lists_the_right_ones_among_the_others),
        WITH_KEEPER(a_claim_that_is_not_watched_is_neither_written_nor_tried_for_ever),
        WITH_KEEPER(who_must_not_write_any_more_is_told_so),
    };

    return cmocka_run_group_tests_name("claim_keeper", tests, NULL, NULL);
}
