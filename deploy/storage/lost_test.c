/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/lost.h"

#include "base/cleanup.h"
#include "deploy/storage/search_test.h"

static void one_in_use_is_told_once_on_all_who_have_it(void **state)
{
    struct search *search = *state;

    search_add_claim(search, "v-claim",
                     "{'apiVersion': 'v1', 'kind': 'Pod', 'name': 'p', 'uid': 'uid-p'},"
                     " {'apiVersion': 'argoproj.io/v1alpha1', 'kind': 'Workflow', 'name': 'w',"
                     " 'uid': 'uid-w'}");
    search_add_one(search, "Bound");
    for (size_t i = 0; i < 3; i++) {
        search_run(search);
        assert_int_equal(search->lost.n, 1);
    }
    assert_int_equal(SEARCH_GONE("PersistentVolume", "v"), 1);
    assert_int_equal(SEARCH_GONE("PersistentVolumeClaim", "v-claim"), 1);
    assert_int_equal(SEARCH_GONE("Workflow", "w"), 1);
    assert_int_equal(SEARCH_GONE("Pod", "p"), 0);
    assert_int_equal(search->bench->news.troubles[NEWS_VOLUME_DEAD], 3);
    assert_int_equal(bench_count(search->bench, "GET", "/persistentvolumeclaims/v-claim"), 1);
    assert_int_equal(search_n_deletions(search), 0);
}

static void one_whose_claim_cannot_be_read_is_told_all_the_same(void **state)
{
    struct search *search = *state;

    search_add_one(search, "Bound");
    search_run(search);
    assert_int_equal(SEARCH_GONE("PersistentVolume", "v"), 1);
    assert_int_equal(SEARCH_GONE("PersistentVolumeClaim", "v-claim"), 0);
}

static const struct volume others[] = {
    {.name = "of-a-disk", .provisioner = "hawser.dev/nfs-safe", .phase = "Released"},
    {.name = "of-a-server-called-so", .provisioner = "hawser.dev/nfs-faster", .phase = "Released"},
    {.name = "of-another", .provisioner = "example.com/nfs-fast", .phase = "Released"},
    {.name = "of-another-address", .address = "10.0.0.2", .phase = "Released"},
    {.name = "younger", .created = SEARCH_AFTER, .phase = "Released"},
    {.name = "of-the-same-second", .created = SEARCH_BIRTH, .phase = "Bound"},
};

static void all_others_are_left(void **state)
{
    struct search *search = *state;

    search_add_volumes(search, others, sizeof(others) / sizeof(others[0]));
    bench_wait_count(search->bench, search->volumes, 5); /* one is not even looked at */
    search_run(search);
    assert_int_equal(search->lost.n, 0);
    assert_int_equal(search_n_deletions(search), 0);
    assert_int_equal(search->bench->news.troubles[NEWS_VOLUME_DEAD], 0);
}

/* What is kept under the name of a server of ours, in its place. */
static void a_server_that_another_hawser_keeps_is_none_of_ours(void **state)
{
    static const char *const kinds[] = {"StatefulSet", "Service"};
    struct search *search = *state;

    search_add_one(search, "Released");
    for (size_t i = 0; i < 2; i++) {
        search_show(search, kinds[i], "fast", "elsewhere");
        search_run(search);
        assert_int_equal(search->lost.n, 0);
        search_show(search, kinds[i], "fast", "home");
    }
    assert_int_equal(search_n_deletions(search), 0);
    assert_int_equal(search->bench->news.troubles[NEWS_VOLUME_DEAD], 0);
    search_run(search);
    assert_int_equal(search->lost.n, 1);
}

/* Its document says otherwise now, and somebody has yet to replace its pod. */
static void nothing_is_lost_while_the_pod_is_of_another_document(void **state)
{
    struct search *search = *state;

    search_add_one(search, "Released");
    search_add_volume(
        search,
        &(struct volume){.name = "w", .provisioner = "hawser.dev/nfs-safe", .phase = "Released"});
    bench_wait_count(search->bench, search->volumes, 2);
    search_show_pod(search, "fast", "persistentVolumeClaim");
    search_show_pod(search, "safe", "emptyDir");
    search_run(search);
    assert_int_equal(search->lost.n, 0);
    assert_int_equal(search_n_deletions(search), 0);
}

static void nothing_is_lost_of_a_server_that_has_a_disk_from_before(void **state)
{
    struct search *search = *state;

    search_add_one(search, "Released");
    search_show(search, "PersistentVolumeClaim", "fast", "home");
    search_run(search);
    assert_int_equal(search->lost.n, 0);
    assert_int_equal(search_n_deletions(search), 0);
}

static void a_new_claim_of_the_same_name_is_not_told(void **state)
{
    struct search *search = *state;

    bench_put(search->bench, "/api/v1/namespaces/team/persistentvolumeclaims/v-claim",
              bench_json("{'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'metadata':"
                         " {'namespace': 'team', 'name': 'v-claim', 'uid': 'uid-new'}}"));
    search_add_one(search, "Bound");
    search_run(search);
    assert_int_equal(SEARCH_GONE("PersistentVolume", "v"), 1);
    assert_int_equal(SEARCH_GONE("PersistentVolumeClaim", "v-claim"), 0);
}

static void one_to_be_retained_is_told_and_left(void **state)
{
    static const struct volume volume = {.name = "v", .phase = "Released", .policy = "Retain"};
    struct search *search = *state;

    search_add_volume(search, &volume);
    bench_wait_count(search->bench, search->volumes, 1);
    search_run(search);
    assert_int_equal(SEARCH_GONE("PersistentVolume", "v"), 1);
    assert_int_equal(search_n_deletions(search), 0);
}

static void without_a_pod_nothing_is_lost(void **state)
{
    struct search *search = *state;

    search_add_one(search, "Released");
    search_run(search);
    assert_int_equal(search->lost.n, 0);
    assert_int_equal(search_n_deletions(search), 0);
    assert_int_equal(search->bench->news.troubles[NEWS_VOLUME_DEAD], 0);
}

static void the_status_lists_what_is_lost(void **state)
{
    static const struct volume volumes[] = {
        {.name = "a", .phase = "Bound"},
        {.name = "b", .phase = "Released"},
        {.name = "c", .phase = "Released", .policy = "Retain"},
        {.name = "d", .phase = "Bound", .created = SEARCH_AFTER},
    };
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    CLEANUP(status_free) struct status *status = status_new();
    struct search *search = *state;
    json_auto_t *whole = NULL;
    json_auto_t *expected = NULL;
    struct err err = {0};

    search_add_volumes(search, volumes, 4);
    bench_wait_count(search->bench, search->volumes, 4);
    assert_non_null(status);
    lost_add_status(&search->bench->context, search->servers, 2, status);
    assert_int_equal(status_write(status, &text, &err), 0);
    whole = json_loads(buf_text(&text), 0, NULL);
    expected = bench_json(
        "[{'namespace': 'team', 'claim': 'a-claim', 'name': 'a', 'state': 'lost, in use'},"
        " {'namespace': 'team', 'claim': 'b-claim', 'name': 'b', 'state': 'lost, to be deleted'},"
        " {'namespace': 'team', 'claim': 'c-claim', 'name': 'c', 'state': 'lost, kept'}]");
    assert_true(json_equal(json_object_get(json_object_get(whole, "volumes"), "items"), expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SEARCH(one_in_use_is_told_once_on_all_who_have_it),
        WITH_SEARCH(one_whose_claim_cannot_be_read_is_told_all_the_same),
        WITH_SEARCH(all_others_are_left),
        WITH_SEARCH(a_server_that_another_hawser_keeps_is_none_of_ours),
        WITH_SEARCH(nothing_is_lost_while_the_pod_is_of_another_document),
        WITH_SEARCH(nothing_is_lost_of_a_server_that_has_a_disk_from_before),
        WITH_SEARCH(a_new_claim_of_the_same_name_is_not_told),
        WITH_SEARCH(one_to_be_retained_is_told_and_left),
        cmocka_unit_test_setup_teardown(without_a_pod_nothing_is_lost, search_begin_without_pods,
                                        search_end),
        WITH_SEARCH(the_status_lists_what_is_lost),
    };

    return cmocka_run_group_tests_name("lost", tests, NULL, NULL);
}
