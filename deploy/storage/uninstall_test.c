/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/uninstall.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "deploy/storage/uninstall_test.h"

#define ARENA_MAX (1024UL * 1024)

/* A world that can be added to. */
struct fixture {
    json_t *ours[KIND_N];
    json_t *volumes;
    json_t *claims;
    json_t *tenants[UNINSTALL_TENANT_N];
    struct uninstall_terms terms;
    struct buf said; /* what was decided, a line each */
};

static void add(json_t *list, json_t *object)
{
    assert_int_equal(json_array_append_new(list, object), 0);
}

/* The objects of one server on a disk, in the namespace "nfs", in the class "class-NAME". */
static void add_server(struct fixture *fixture, const char *home, const char *server)
{
    char name[SERVER_OBJECTS_NAME_SIZE];
    char class_[SERVER_OBJECTS_NAME_SIZE];

    (void)snprintf(name, sizeof(name), SERVER_OBJECTS_PREFIX "%s", server);
    (void)snprintf(class_, sizeof(class_), "class-%s", server);
    for (enum kind kind = KIND_SERVICE_ACCOUNT; kind < KIND_N; kind++) {
        const char *namespace_ = kind_resource(kind, true)->is_namespaced ? "nfs" : NULL;
        add(fixture->ours[kind],
            uninstall_test_object(namespace_, kind == KIND_STORAGE_CLASS ? class_ : name, home,
                                  server));
    }
    add(fixture->claims, uninstall_test_object("nfs", name, home, server));
    add(fixture->tenants[UNINSTALL_SERVICE], uninstall_test_object("nfs", name, home, server));
    add(fixture->tenants[UNINSTALL_STATEFUL_SET], uninstall_test_object("nfs", name, home, server));
    add(fixture->tenants[UNINSTALL_POD], uninstall_test_object("nfs", name, NULL, server));
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        fixture->ours[kind] = json_array();
    }
    for (enum uninstall_tenant i = 0; i < UNINSTALL_TENANT_N; i++) {
        fixture->tenants[i] = json_array();
    }
    fixture->volumes = json_array();
    fixture->claims = json_array();
    fixture->terms = (struct uninstall_terms){.home = "hawser", .deletes_data = true};
    fixture->said = BUF_INIT(64UL * 1024);
    add(fixture->ours[KIND_NAMESPACE], uninstall_test_object(NULL, "nfs", "hawser", NULL));
    add(fixture->ours[KIND_PRIORITY_CLASS],
        uninstall_test_object(NULL, "hawser-nfs", "hawser", NULL));
    add_server(fixture, "hawser", "ebs");
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    for (enum kind kind = 0; kind < KIND_N; kind++) {
        json_decref(fixture->ours[kind]);
    }
    for (enum uninstall_tenant i = 0; i < UNINSTALL_TENANT_N; i++) {
        json_decref(fixture->tenants[i]);
    }
    json_decref(fixture->volumes);
    json_decref(fixture->claims);
    buf_clear(&fixture->said);
    free(fixture);
    return 0;
}

static void write_plan(struct buf *out, const struct uninstall_plan *plan, struct arena *arena)
{
    for (size_t i = 0; i < plan->refusals.n; i++) {
        buf_printf(out, "no: %s\n", plan->refusals.items[i]);
    }
    for (size_t i = 0; i < plan->steps.n; i++) {
        const struct uninstall_step *step = &plan->steps.items[i];
        const char *called = uninstall_call(step->resource, step->name, arena);
        assert_non_null(called);
        buf_printf(out, "%s\n", called);
    }
    for (size_t i = 0; i < plan->stays.n; i++) {
        buf_printf(out, "%s\n", plan->stays.items[i]);
    }
}

/* What is decided about the world as it is. */
static const char *decide(struct fixture *fixture)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct uninstall_world world = {
        .volumes = fixture->volumes, .claims = fixture->claims, .has_policy_v1 = true};
    struct uninstall_plan plan;
    struct err err = {0};

    memcpy(world.ours, fixture->ours, sizeof(world.ours));
    memcpy(world.tenants, fixture->tenants, sizeof(world.tenants));
    assert_non_null(arena);
    assert_int_equal(uninstall_decide(&world, &fixture->terms, arena, &plan, &err), 0);
    buf_cut(&fixture->said, 0);
    write_plan(&fixture->said, &plan, arena);
    assert_false(buf_failed(&fixture->said));
    return buf_text(&fixture->said);
}

#define OWN(name)                                           \
    "statefulset.apps/hawser-nfs-" name "\n"                \
    "poddisruptionbudget.policy/hawser-nfs-" name "\n"      \
    "networkpolicy.networking.k8s.io/hawser-nfs-" name "\n" \
    "service/hawser-nfs-" name "\n"
#define RIGHTS(name)                                                     \
    "rolebinding.rbac.authorization.k8s.io/hawser-nfs-" name "\n"        \
    "role.rbac.authorization.k8s.io/hawser-nfs-" name "\n"               \
    "clusterrolebinding.rbac.authorization.k8s.io/hawser-nfs-" name "\n" \
    "clusterrole.rbac.authorization.k8s.io/hawser-nfs-" name "\n"        \
    "serviceaccount/hawser-nfs-" name "\n"
#define CLASS_EBS "storageclass.storage.k8s.io/class-ebs\n"
#define DISK_EBS  "persistentvolumeclaim/hawser-nfs-ebs\n"
#define SHARED    "priorityclass.scheduling.k8s.io/hawser-nfs\n"
#define SPACE     "namespace/nfs\n"

static void all_goes_in_the_reverse_order_classes_first_namespaces_last(void **state)
{
    assert_string_equal(decide(*state), CLASS_EBS OWN("ebs") DISK_EBS RIGHTS("ebs") SHARED SPACE);
}

static void a_disk_stays_and_its_namespace_with_it(void **state)
{
    struct fixture *fixture = *state;

    fixture->terms.deletes_data = false;
    assert_string_equal(
        decide(fixture), CLASS_EBS OWN("ebs") RIGHTS("ebs") SHARED
        "persistentvolumeclaim/hawser-nfs-ebs in namespace nfs stays: it holds data; --delete-data "
        "deletes it\n"
        "namespace/nfs stays: persistentvolumeclaim/hawser-nfs-ebs is in it, which is not "
        "deleted\n");
}

static void a_volume_in_use_refuses_all_and_names_its_claim_once(void **state)
{
    struct fixture *fixture = *state;

    add(fixture->volumes, uninstall_test_volume("pvc-1", "ebs", "class-ebs", "work", "Bound"));
    add(fixture->claims, uninstall_test_claim("work", "class-ebs", "pvc-1"));
    assert_string_equal(decide(fixture),
                        "no: persistentvolume/pvc-1 is bound to persistentvolumeclaim/work in "
                        "namespace argo\n");
}

/* As after a run that was cut: nothing else is left of the server. */
static void a_volume_is_ours_by_its_provisioner_alone(void **state)
{
    struct fixture *fixture = *state;

    for (enum kind kind = 0; kind < KIND_N; kind++) {
        assert_int_equal(json_array_clear(fixture->ours[kind]), 0);
    }
    add(fixture->volumes, uninstall_test_volume("pvc-1", "ebs", "class-ebs", "work", "Bound"));
    add(fixture->volumes, uninstall_test_volume("pvc-2", "ebs", "class-ebs", "old", "Released"));
    assert_string_equal(decide(fixture),
                        "no: persistentvolume/pvc-1 is bound to persistentvolumeclaim/work in "
                        "namespace argo\n");
    assert_int_equal(json_array_remove(fixture->volumes, 0), 0);
    assert_string_equal(decide(fixture), "persistentvolume/pvc-2\n");
}

static void a_volume_of_a_class_of_ours_counts_whoever_made_it(void **state)
{
    struct fixture *fixture = *state;
    json_t *volume = uninstall_test_volume("by-hand", "x", "class-ebs", "work", "Bound");

    assert_int_equal(json_object_del(json_object_get(volume, "metadata"), "annotations"), 0);
    add(fixture->volumes, volume);
    assert_string_equal(decide(fixture), "no: persistentvolume/by-hand is bound to "
                                         "persistentvolumeclaim/work in namespace argo\n");
    json_object_set_new(json_object_get(volume, "status"), "phase", json_string("Released"));
    lacks(decide(fixture), "by-hand"); /* nor is it ours to delete */
    has(decide(fixture), CLASS_EBS);
}

static void a_claim_that_waits_refuses_too(void **state)
{
    static const char *const keys[] = {"volume.kubernetes.io/storage-provisioner",
                                       "volume.beta.kubernetes.io/storage-provisioner"};
    struct fixture *fixture = *state;

    add(fixture->claims, uninstall_test_claim("work", "class-ebs", NULL));
    assert_string_equal(decide(fixture), "no: persistentvolumeclaim/work in namespace argo asks "
                                         "for a volume of class 'class-ebs'\n");
    assert_int_equal(json_array_clear(fixture->ours[KIND_STORAGE_CLASS]), 0);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *claim = uninstall_test_claim("work", "class-gone", NULL);
        json_object_set_new(json_object_get(claim, "metadata"), "annotations",
                            json_pack("{s:s}", keys[i], "hawser.dev/nfs-ebs"));
        assert_int_equal(json_array_clear(fixture->claims), 0);
        add(fixture->claims, claim);
        assert_string_equal(decide(fixture), "no: persistentvolumeclaim/work in namespace argo "
                                             "asks for a volume of class 'class-gone'\n");
    }
}

static void volumes_and_claims_of_others_are_no_hindrance(void **state)
{
    struct fixture *fixture = *state;

    add(fixture->volumes, uninstall_test_volume("ebs-1", "x", "gp3", "db", "Bound"));
    json_object_set_new(
        json_object_get(json_object_get(json_array_get(fixture->volumes, 0), "metadata"),
                        "annotations"),
        "pv.kubernetes.io/provisioned-by", json_string("ebs.csi.aws.com"));
    add(fixture->claims, uninstall_test_claim("db", "gp3", "ebs-1"));
    assert_string_equal(decide(fixture), CLASS_EBS OWN("ebs") DISK_EBS RIGHTS("ebs") SHARED SPACE);
}

static void a_volume_without_a_claim_goes_right_after_the_classes(void **state)
{
    static const char *const phases[] = {"Released", "Failed", "Available"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        assert_int_equal(json_array_clear(fixture->volumes), 0);
        add(fixture->volumes, uninstall_test_volume("pvc-1", "ebs", "class-ebs", "old", phases[i]));
        has(decide(fixture), CLASS_EBS "persistentvolume/pvc-1\n" OWN("ebs"));
    }
}

static void one_server_goes_and_what_it_shares_stays(void **state)
{
    struct fixture *fixture = *state;

    add_server(fixture, "hawser", "nvme");
    add(fixture->volumes, uninstall_test_volume("pvc-1", "nvme", "class-nvme", "work", "Bound"));
    add(fixture->volumes, uninstall_test_volume("pvc-2", "nvme", "class-nvme", "o", "Released"));
    add(fixture->claims, uninstall_test_claim("work", "class-nvme", "pvc-1"));
    fixture->terms.server = "ebs";
    assert_string_equal(
        decide(fixture),
        CLASS_EBS OWN("ebs") DISK_EBS RIGHTS(
            "ebs") "priorityclass.scheduling.k8s.io/hawser-nfs stays: another server is "
                   "there\n"
                   "namespace/nfs stays: another server is there\n");
    fixture->terms.server = "nvme";
    has(decide(fixture), "no: persistentvolume/pvc-1 is bound");
}

static void the_last_server_takes_along_what_it_shared(void **state)
{
    struct fixture *fixture = *state;

    fixture->terms.server = "ebs";
    assert_string_equal(decide(fixture), CLASS_EBS OWN("ebs") DISK_EBS RIGHTS("ebs") SHARED SPACE);
}

static void what_another_hawser_has_is_left(void **state)
{
    struct fixture *fixture = *state;

    add_server(fixture, "other", "nvme");
    add(fixture->volumes, uninstall_test_volume("pvc-1", "nvme", "class-nvme", "work", "Bound"));
    add(fixture->volumes, uninstall_test_volume("pvc-2", "nvme", "class-nvme", "o", "Released"));
    assert_string_equal(
        decide(fixture),
        CLASS_EBS OWN("ebs") DISK_EBS RIGHTS(
            "ebs") "priorityclass.scheduling.k8s.io/hawser-nfs stays: another server is "
                   "there\n"
                   "namespace/nfs stays: another server is there\n");
}

static void a_namespace_with_something_of_others_stays(void **state)
{
    static const struct {
        enum uninstall_tenant tenant;
        const char *called;
    } rows[] = {
        {UNINSTALL_POD, "pod/theirs"},
        {UNINSTALL_SERVICE, "service/theirs"},
        {UNINSTALL_SECRET, "secret/theirs"},
        {UNINSTALL_CONFIG_MAP, "configmap/theirs"},
        {UNINSTALL_DEPLOYMENT, "deployment.apps/theirs"},
        {UNINSTALL_STATEFUL_SET, "statefulset.apps/theirs"},
    };
    struct fixture *fixture = *state;
    char line[128];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *list = fixture->tenants[rows[i].tenant];
        add(list, uninstall_test_stranger("nfs", "theirs"));
        (void)snprintf(line, sizeof(line),
                       "namespace/nfs stays: %s is in it, which is not deleted\n", rows[i].called);
        has(decide(fixture), line);
        has(decide(fixture), OWN("ebs"));
        assert_int_equal(json_array_remove(list, json_array_size(list) - 1), 0);
    }
    add(fixture->claims, uninstall_test_stranger("nfs", "theirs"));
    has(decide(fixture), "namespace/nfs stays: persistentvolumeclaim/theirs is in it");
}

static void what_every_namespace_has_is_no_hindrance(void **state)
{
    struct fixture *fixture = *state;
    json_t *token = uninstall_test_stranger("nfs", "default-token-x");

    json_object_set_new(token, "type", json_string("kubernetes.io/service-account-token"));
    add(fixture->tenants[UNINSTALL_SECRET], token);
    add(fixture->tenants[UNINSTALL_CONFIG_MAP], uninstall_test_stranger("nfs", "kube-root-ca.crt"));
    add(fixture->tenants[UNINSTALL_CONFIG_MAP], uninstall_test_stranger("elsewhere", "x"));
    has(decide(fixture), "\n" SPACE);
}

static void a_namespace_without_our_label_is_left(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(json_array_clear(fixture->ours[KIND_NAMESPACE]), 0);
    add(fixture->ours[KIND_NAMESPACE], uninstall_test_object(NULL, "nfs", NULL, NULL));
    lacks(decide(fixture), "namespace/nfs");
}

static void where_hawser_lives_stays(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(json_array_clear(fixture->ours[KIND_NAMESPACE]), 0);
    add(fixture->ours[KIND_NAMESPACE], uninstall_test_object(NULL, "hawser", "hawser", NULL));
    has(decide(fixture), "namespace/hawser stays: hawser lives in it\n");
}

static void what_is_going_is_not_deleted_again(void **state)
{
    struct fixture *fixture = *state;

    add(fixture->volumes, uninstall_test_volume("pvc-1", "ebs", "class-ebs", "old", "Released"));
    json_object_set_new(json_object_get(json_array_get(fixture->volumes, 0), "metadata"),
                        "deletionTimestamp", json_string("2026-01-01T00:00:00Z"));
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        json_t *metadata = json_object_get(json_array_get(fixture->ours[kind], 0), "metadata");
        json_object_set_new(metadata, "deletionTimestamp", json_string("2026-01-01T00:00:00Z"));
    }
    assert_string_equal(decide(fixture), "");
}

static void a_world_that_is_too_big_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(arena_free) struct arena *arena = arena_new(1);
    struct uninstall_world world = {.volumes = NULL};
    struct uninstall_plan plan;
    struct err err = {0};

    memcpy(world.ours, fixture->ours, sizeof(world.ours));
    assert_int_equal(uninstall_decide(&world, &fixture->terms, arena, &plan, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(all_goes_in_the_reverse_order_classes_first_namespaces_last),
        PROMISE(a_disk_stays_and_its_namespace_with_it),
        PROMISE(a_volume_in_use_refuses_all_and_names_its_claim_once),
        PROMISE(a_volume_is_ours_by_its_provisioner_alone),
        PROMISE(a_volume_of_a_class_of_ours_counts_whoever_made_it),
        PROMISE(a_claim_that_waits_refuses_too),
        PROMISE(volumes_and_claims_of_others_are_no_hindrance),
        PROMISE(a_volume_without_a_claim_goes_right_after_the_classes),
        PROMISE(one_server_goes_and_what_it_shares_stays),
        PROMISE(the_last_server_takes_along_what_it_shared),
        PROMISE(what_another_hawser_has_is_left),
        PROMISE(a_namespace_with_something_of_others_stays),
        PROMISE(what_every_namespace_has_is_no_hindrance),
        PROMISE(a_namespace_without_our_label_is_left),
        PROMISE(where_hawser_lives_stays),
        PROMISE(what_is_going_is_not_deleted_again),
        PROMISE(a_world_that_is_too_big_is_an_error),
    };

    return cmocka_run_group_tests_name("uninstall", tests, NULL, NULL);
}
