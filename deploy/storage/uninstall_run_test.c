/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/uninstall_run.h"

#include "deploy/storage/cluster_test.h"

static void all_is_deleted_in_order_and_told_as_kubectl_does(void **state)
{
    static const char expected[] =
        CLASS "\n" OLD "\n" SET "\n"
              "/apis/policy/v1/namespaces/nfs/poddisruptionbudgets/hawser-nfs-ebs\n"
              "/apis/networking.k8s.io/v1/namespaces/nfs/networkpolicies/hawser-nfs-ebs\n"
              "/api/v1/namespaces/nfs/services/hawser-nfs-ebs\n" DISK "\n"
              "/apis/rbac.authorization.k8s.io/v1/namespaces/nfs/rolebindings/hawser-nfs-ebs\n"
              "/apis/rbac.authorization.k8s.io/v1/namespaces/nfs/roles/hawser-nfs-ebs\n"
              "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/hawser-nfs-ebs\n"
              "/apis/rbac.authorization.k8s.io/v1/clusterroles/hawser-nfs-ebs\n"
              "/api/v1/namespaces/nfs/serviceaccounts/hawser-nfs-ebs\n"
              "/apis/scheduling.k8s.io/v1/priorityclasses/hawser-nfs\n" SPACE "\n";
    struct cluster *cluster = *state;

    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    cluster_are_deleted(cluster, expected);
    assert_int_equal(cluster_count(cluster), 0);
    has(buf_text(&cluster->said),
        "statefulset.apps/hawser-nfs-ebs deleted in namespace nfs: of server 'ebs'\n");
    has(buf_text(&cluster->said), "namespace/nfs deleted: nothing else is in it\n");
}

static void a_second_run_changes_nothing(void **state)
{
    struct cluster *cluster = *state;
    size_t n;

    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    n = api_server_count(cluster->stand_in.server);
    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    assert_string_equal(buf_text(&cluster->said),
                        "there is nothing to delete of the hawser in namespace 'hawser'\n");
    for (; n < api_server_count(cluster->stand_in.server); n++) {
        assert_string_equal(api_server_request(cluster->stand_in.server, n)->method, "GET");
    }
}

static void a_disk_stays_until_its_data_may_go(void **state)
{
    struct cluster *cluster = *state;

    cluster->uninstall.terms.deletes_data = false;
    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    assert_int_equal(cluster_count(cluster), 2);
    assert_true(cluster_has(cluster, DISK) && cluster_has(cluster, SPACE));
    has(buf_text(&cluster->said), "hawser-nfs-ebs in namespace nfs stays: it holds data");
    has(buf_text(&cluster->said), "namespace/nfs stays: persistentvolumeclaim/hawser-nfs-ebs");
    cluster->uninstall.terms.deletes_data = true;
    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    assert_int_equal(cluster_count(cluster), 0);
}

static void a_volume_in_use_is_named_and_nothing_deleted(void **state)
{
    struct cluster *cluster = *state;
    struct err err;

    cluster_put(cluster, "/api/v1/persistentvolumes/pvc-1",
                uninstall_test_volume("pvc-1", "ebs", "class-ebs", "work", "Bound"));
    assert_int_equal(cluster_run(cluster, &err), ERR_CONFLICT);
    assert_string_equal(err.msg,
                        "volumes are in use or asked for, named above: nothing was deleted");
    assert_string_equal(buf_text(&cluster->said),
                        "persistentvolume/pvc-1 is bound to persistentvolumeclaim/work in "
                        "namespace argo\n");
    cluster_are_deleted(cluster, "");
}

static void a_dry_run_says_all_and_deletes_nothing(void **state)
{
    struct cluster *cluster = *state;
    const unsigned int n = cluster_count(cluster);

    cluster->uninstall.is_dry_run = true;
    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    assert_int_equal(cluster_count(cluster), n);
    cluster_are_deleted(cluster, "");
    has(buf_text(&cluster->said), "storageclass.storage.k8s.io/class-ebs would be deleted: ");
    has(buf_text(&cluster->said), "namespace/nfs would be deleted: ");
}

static void an_older_cluster_has_budgets_of_v1beta1(void **state)
{
    static const char budget[] =
        "/apis/policy/v1beta1/namespaces/nfs/poddisruptionbudgets/hawser-nfs-ebs";
    static const struct api_step step = {.target = "/apis/policy/v1/",
                                         .times = API_FOREVER,
                                         .status = 404,
                                         .body = API_STATUS(404, "NotFound", "no such kind")};
    struct cluster *cluster = *state;

    cluster_put(cluster, budget, uninstall_test_object("nfs", "hawser-nfs-ebs", "hawser", "ebs"));
    api_server_add(cluster->stand_in.server, &step);
    assert_int_equal(cluster_run_once(cluster), ERR_NONE);
    assert_false(cluster_has(cluster, budget));
}

static void who_may_not_look_is_told_what(void **state)
{
    static const struct {
        const char *target;
        const char *expected;
    } rows[] = {
        {LEASE, "cannot read the Lease 'hawser-controller': forbidden: not for you"},
        {"/api/v1/persistentvolumes?", "cannot list persistentvolumes: forbidden: not for you"},
        {"/api/v1/namespaces/nfs/secrets", "cannot list secrets: forbidden: not for you"},
        {SET, "cannot delete StatefulSet 'hawser-nfs-ebs': forbidden: not for you"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cluster *cluster = *state;
        const struct api_step step = {.target = rows[i].target,
                                      .status = 403,
                                      .body = API_STATUS(403, "Forbidden", "not for you")};
        struct err err;
        api_server_add(cluster->stand_in.server, &step);
        assert_int_equal(cluster_run(cluster, &err), ERR_IO);
        assert_string_equal(err.msg, rows[i].expected);
    }
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, cluster_begin, cluster_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(all_is_deleted_in_order_and_told_as_kubectl_does),
        PROMISE(a_second_run_changes_nothing),
        PROMISE(a_disk_stays_until_its_data_may_go),
        PROMISE(a_volume_in_use_is_named_and_nothing_deleted),
        PROMISE(a_dry_run_says_all_and_deletes_nothing),
        PROMISE(an_older_cluster_has_budgets_of_v1beta1),
        PROMISE(who_may_not_look_is_told_what),
    };

    return cmocka_run_group_tests_name("uninstall_run", tests, NULL, NULL);
}
