/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/storage.h"

#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/drift.h"
#include "deploy/storage/kinds.h"
#include "deploy/storage/storage_inside.h"
#include "deploy/storage/storage_job_test.h"

/* All that JOB_POLICIES asks for. */
static const char *const wanted[] = {
    "/api/v1/namespaces/nfs",
    "/apis/scheduling.k8s.io/v1/priorityclasses/hawser-nfs",
    JOB_OF("serviceaccounts", "ebs"),
    JOB_OF("serviceaccounts", "scratch"),
    JOB_RBAC "clusterroles/hawser-nfs-ebs",
    JOB_RBAC "clusterroles/hawser-nfs-scratch",
    JOB_RBAC "clusterrolebindings/hawser-nfs-ebs",
    JOB_RBAC "clusterrolebindings/hawser-nfs-scratch",
    JOB_RBAC "namespaces/nfs/roles/hawser-nfs-ebs",
    JOB_RBAC "namespaces/nfs/roles/hawser-nfs-scratch",
    JOB_RBAC "namespaces/nfs/rolebindings/hawser-nfs-ebs",
    JOB_RBAC "namespaces/nfs/rolebindings/hawser-nfs-scratch",
    JOB_DISK,
    JOB_SERVICE("ebs"),
    JOB_SERVICE("scratch"),
    "/apis/networking.k8s.io/v1/namespaces/nfs/networkpolicies/hawser-nfs-ebs",
    "/apis/networking.k8s.io/v1/namespaces/nfs/networkpolicies/hawser-nfs-scratch",
    JOB_BUDGET("ebs"),
    JOB_BUDGET("scratch"),
    JOB_SET("ebs"),
    JOB_SET("scratch"),
    JOB_CLASS("nfs-ebs"),
    JOB_CLASS("nfs-scratch"),
    JOB_CLAIM("team-a"),
    JOB_CLAIM("team-b"),
};

#define N_WANTED     (sizeof(wanted) / sizeof(wanted[0]))
#define N_OF_SERVERS (N_WANTED - 2)

static void has_all(struct job *job)
{
    for (size_t i = 0; i < N_WANTED; i++) {
        if (!job_has(job, wanted[i])) {
            fail_msg("%s is not there", wanted[i]);
        }
    }
}

/* Which kind a request that writes is about, by its path. */
static enum kind kind_at(const char *target)
{
    for (enum kind kind = KIND_N - 1; kind > 0; kind--) {
        char plural[64];
        (void)snprintf(plural, sizeof(plural), "/%s/", kind_resource(kind, true)->plural);
        if (strstr(target, plural) != NULL) {
            return kind;
        }
    }
    return KIND_NAMESPACE;
}

/* That no server had an object before what it needs. */
static void is_in_order(struct job *job, const char *server)
{
    enum kind last = KIND_NAMESPACE;

    for (size_t i = 0; i < api_server_count(job->stand_in.server); i++) {
        const struct api_request *request = api_server_request(job->stand_in.server, i);
        if (strcmp(request->method, "PATCH") == 0 && strstr(request->target, server) != NULL) {
            assert_true(kind_at(request->target) >= last);
            last = kind_at(request->target);
        }
    }
    assert_int_equal(last, KIND_STORAGE_CLASS);
}

/* That what servers ask for is there in their words. */
static void is_as_desired(struct job *job)
{
    for (size_t i = 0; i < job->storage->n_servers; i++) {
        const struct server *server = job->storage->servers[i];
        for (size_t k = 0; k < json_array_size(server->desired); k++) {
            const json_t *object = json_array_get(server->desired, k);
            const json_t *metadata = json_object_get(object, "metadata");
            const json_t *copy =
                kube_watch_get(job->storage->watches.kinds[kind_of(object)],
                               json_string_value(json_object_get(metadata, "namespace")),
                               json_string_value(json_object_get(metadata, "name")));
            struct drift drift;
            drift_find(object, copy, &drift);
            assert_int_equal(drift.kind, DRIFT_NONE);
        }
    }
}

static void an_empty_cluster_becomes_right_and_nothing_more_is_written(void **state)
{
    struct job *job = *state;
    json_auto_t *picture = NULL;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    has_all(job);
    picture = job_picture(job);
    assert_int_equal(json_object_size(picture), N_WANTED + JOB_N_THERE);
    is_in_order(job, "-ebs");
    is_in_order(job, "-scratch");
    is_as_desired(job);
    assert_int_equal(job_count_writes(job, ""), N_WANTED);
    job_run(job, 1000);
    storage_lead(job->storage);
    job_settle(job);
    assert_int_equal(job_count_writes(job, ""), N_WANTED);
    assert_int_equal(job_metric(job, "hawser_controller_storage_changes_total{change=\"created\"}"),
                     N_WANTED);
    assert_true(job_was_told(job, "Created"));
    job_becomes(job, picture);
}

static void a_new_process_finds_everything_right(void **state)
{
    struct job *job = *state;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    job_stop(job);
    job_start(job, JOB_POLICIES);
    job_settle(job);
    is_as_desired(job);
    assert_int_equal(job_count_writes(job, ""), 0);
}

static void a_claim_is_made_once_however_many_there_are(void **state)
{
    struct job *job = *state;

    for (unsigned int i = 0; i < 23; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/api/v1/namespaces/team-%u", i);
        object_store_put(job->stand_in.store, path,
                         json_pack("{s:{s:s}}", "metadata", "name", strrchr(path, '/') + 1));
    }
    job_start(job, JOB_POLICY);
    job_settle(job);
    assert_int_equal(job_count_writes(job, ""), 25);
    assert_int_equal(job_metric(job, "hawser_controller_claims{state=\"right\"}"), 25);
}

/*
 * What others do
 */

/* Change the object at @path as somebody else would. */
static void alter(struct job *job, const char *path, void (*change)(json_t *object))
{
    json_t *object = job_get(job, path);

    assert_non_null(object);
    change(object);
    object_store_put(job->stand_in.store, path, object);
}

static void change_hash(json_t *object)
{
    json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");

    assert_int_equal(json_object_set_new(annotations, "hawser.dev/hash", json_string("x")), 0);
}

static void take_labels(json_t *object)
{
    assert_int_equal(json_object_del(json_object_get(object, "metadata"), "labels"), 0);
}

static void add_owner(json_t *object)
{
    json_object_set_new(json_object_get(object, "metadata"), "ownerReferences",
                        json_pack("[{s:s, s:s, s:s, s:s}]", "apiVersion", "v1", "kind", "ConfigMap",
                                  "name", "x", "uid", "u"));
}

static void add_port(json_t *object)
{
    json_t *spec = json_object_get(object, "spec");

    json_array_append_new(json_object_get(spec, "ports"),
                          json_pack("{s:s, s:i, s:i, s:s}", "name", "more", "port", 1, "targetPort",
                                    1, "protocol", "TCP"));
}

/* Of a field that differs most kinds have some that matter more than the annotation. */
static void change_field(json_t *object)
{
    static const struct {
        enum kind kind;
        const char *member;
        const char *value;
    } rows[] = {
        {KIND_PRIORITY_CLASS, "value", "1"},
        {KIND_SERVICE_ACCOUNT, "automountServiceAccountToken", "true"},
        {KIND_CLUSTER_ROLE, "rules", "[]"},
        {KIND_CLUSTER_ROLE_BINDING, "roleRef", "{\"kind\": \"ClusterRole\", \"name\": \"x\"}"},
        {KIND_ROLE, "rules", "[{\"verbs\": [\"*\"]}]"},
        {KIND_ROLE_BINDING, "subjects", "[]"},
        {KIND_STORAGE_CLASS, "provisioner", "\"x\""},
    };
    static const struct {
        enum kind kind;
        const char *member;
        const char *value;
    } specs[] = {
        {KIND_SERVICE, "selector", "{\"a\": \"b\"}"},
        {KIND_NETWORK_POLICY, "ingress", "[{}]"},
        {KIND_DISRUPTION_BUDGET, "maxUnavailable", "1"},
        {KIND_STATEFUL_SET, "replicas", "0"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (kind_of(object) == rows[i].kind) {
            json_object_set_new(object, rows[i].member,
                                json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
            return;
        }
    }
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        if (kind_of(object) == specs[i].kind) {
            json_object_set_new(json_object_get(object, "spec"), specs[i].member,
                                json_loads(specs[i].value, JSON_DECODE_ANY, NULL));
            return;
        }
    }
    change_hash(object);
}

/* Alter each object of the servers, one after the other. */
static void each_is_put_right(struct job *job, void (*change)(json_t *object))
{
    json_auto_t *picture = NULL;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    picture = job_picture(job);
    for (size_t i = 0; i < N_OF_SERVERS; i++) {
        json_auto_t *now = NULL;
        alter(job, wanted[i], change);
        now = job_picture(job);
        assert_false(json_equal(now, picture));
        print_message("# %s\n", wanted[i]);
        job_becomes(job, picture);
    }
}

static void what_is_deleted_is_made_again(void **state)
{
    struct job *job = *state;
    json_auto_t *picture = NULL;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    picture = job_picture(job);
    for (size_t i = 0; i < N_WANTED; i++) {
        print_message("# %s\n", wanted[i]);
        object_store_delete(job->stand_in.store, wanted[i]);
        job_becomes(job, picture);
    }
}

static void a_field_that_was_changed_is_changed_back(void **state)
{
    each_is_put_right(*state, change_field);
}

static void a_hash_that_was_changed_is_changed_back(void **state)
{
    each_is_put_right(*state, change_hash);
}

static void labels_that_were_taken_away_come_back(void **state)
{
    each_is_put_right(*state, take_labels);
}

static void nothing_that_is_kept_has_an_owner(void **state)
{
    each_is_put_right(*state, add_owner);
}

static void a_port_that_was_added_is_taken_away(void **state)
{
    struct job *job = *state;
    json_auto_t *picture = NULL;

    job_start(job, JOB_POLICIES);
    job_settle(job);
    picture = job_picture(job);
    alter(job, JOB_SERVICE("ebs"), add_port);
    job_becomes(job, picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_JOB(an_empty_cluster_becomes_right_and_nothing_more_is_written),
        WITH_JOB(a_new_process_finds_everything_right),
        WITH_JOB(a_claim_is_made_once_however_many_there_are),
        WITH_JOB(what_is_deleted_is_made_again),
        WITH_JOB(a_field_that_was_changed_is_changed_back),
        WITH_JOB(a_hash_that_was_changed_is_changed_back),
        WITH_JOB(labels_that_were_taken_away_come_back),
        WITH_JOB(nothing_that_is_kept_has_an_owner),
        WITH_JOB(a_port_that_was_added_is_taken_away),
    };

    return cmocka_run_group_tests_name("storage", tests, NULL, NULL);
}
