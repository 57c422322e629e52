/* SPDX-License-Identifier: Apache-2.0 */

/* What happens in a cluster while one uninstalls */

#include "deploy/storage/cluster_test.h"

static void a_claim_that_comes_meanwhile_stops_it(void **state)
{
    struct cluster *cluster = *state;
    struct err err;

    cluster->path = "/api/v1/namespaces/argo/persistentvolumeclaims/work";
    cluster->object = uninstall_test_claim("work", "class-ebs", NULL);
    assert_int_equal(cluster_run(cluster, &err), ERR_CONFLICT);
    has(err.msg, "they came while the StorageClasses were deleted");
    has(buf_text(&cluster->said), "persistentvolumeclaim/work in namespace argo");
    cluster_are_deleted(cluster, CLASS "\n");
}

static void a_controller_that_starts_meanwhile_stops_it(void **state)
{
    struct cluster *cluster = *state;
    struct err err;

    cluster->path = LEASE;
    cluster->object = cluster_lease("pod-2", 15);
    assert_int_equal(cluster_run(cluster, &err), ERR_CONFLICT);
    has(err.msg, "a controller runs");
    cluster_are_deleted(cluster, CLASS "\n");
}

static void who_moves_in_meanwhile_keeps_the_namespace(void **state)
{
    struct cluster *cluster = *state;

    cluster->path = "/api/v1/namespaces/nfs/secrets/theirs";
    cluster->object = uninstall_test_stranger("nfs", "theirs");
    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    assert_int_equal(cluster_count(cluster), 1);
    has(buf_text(&cluster->said),
        "namespace/nfs stays: secret/theirs is in it, which is not deleted\n");
}

/* By its name it would be the same. */
static void an_object_that_was_replaced_meanwhile_is_left(void **state)
{
    struct cluster *cluster = *state;
    struct err err;

    cluster->path = SET;
    cluster->object = uninstall_test_stranger("nfs", "hawser-nfs-ebs");
    assert_int_equal(cluster_run(cluster, &err), ERR_CONFLICT);
    has(err.msg, "StatefulSet 'hawser-nfs-ebs' was replaced");
    assert_true(cluster_has(cluster, SET));
}

static void a_controller_that_leads_is_told_of_and_nothing_deleted(void **state)
{
    struct cluster *cluster = *state;
    struct err err;

    atomic_store(&cluster->is_active, true);
    assert_int_equal(cluster_run(cluster, &err), ERR_CONFLICT);
    assert_string_equal(err.msg,
                        "a controller runs and would put everything back ('pod-1' holds the Lease "
                        "'hawser-controller'): stop it first (kubectl -n hawser scale "
                        "deployment/hawser-controller --replicas=0)");
    cluster_are_deleted(cluster, "");
}

static void a_controller_that_is_gone_is_no_hindrance(void **state)
{
    static const struct {
        const char *holder;
        int duration_s;
    } rows[] = {{"", 15}, {"pod-that-died", 1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cluster *cluster = *state;
        cluster_fill(cluster);
        cluster_put(cluster, LEASE, cluster_lease(rows[i].holder, rows[i].duration_s));
        assert_int_equal(cluster_run_once(cluster), ERR_NONE);
        assert_int_equal(cluster_count(cluster), 0);
    }
}

static void cut_anywhere_it_can_be_run_again(void **state)
{
    struct cluster *cluster = *state;
    unsigned int n;

    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    n = atomic_load(&cluster->n);
    assert_true(n > KIND_N + 14); /* the lists of all kinds, and the deletions */
    for (unsigned int k = 1; k <= n; k++) {
        struct err err;
        cluster_fill(cluster);
        atomic_store(&cluster->cut_at, k);
        assert_int_not_equal(cluster_run(cluster, &err), ERR_NONE);
        atomic_store(&cluster->cut_at, 0);
        if (cluster_run(cluster, &err) != ERR_NONE || cluster_count(cluster) != 0) {
            fail_msg("cut at request %u of %u: %s", k, n, err.msg);
        }
    }
    assert_true(cluster_has(cluster, "/api/v1/namespaces/argo/configmaps/theirs"));
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, cluster_begin, cluster_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(a_claim_that_comes_meanwhile_stops_it),
        PROMISE(a_controller_that_starts_meanwhile_stops_it),
        PROMISE(who_moves_in_meanwhile_keeps_the_namespace),
        PROMISE(an_object_that_was_replaced_meanwhile_is_left),
        PROMISE(a_controller_that_leads_is_told_of_and_nothing_deleted),
        PROMISE(a_controller_that_is_gone_is_no_hindrance),
        PROMISE(cut_anywhere_it_can_be_run_again),
    };

    return cmocka_run_group_tests_name("uninstall_race", tests, NULL, NULL);
}
