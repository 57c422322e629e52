/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/search_test.h"

#include <stdio.h>
#include <string.h>

#define SERVER(name, backing)                                                            \
    "---\napiVersion: hawser.dev/v1\nkind: NFSProvisioner\nmetadata: {name: " name "}\n" \
    "spec:\n  namespace: nfs\n  backing: {" backing "}\n"                                \
    "  storageClass: {name: nfs-" name "}\n"

void search_show_pod(struct search *search, const char *name, const char *backing)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/nfs/pods/hawser-nfs-%s-0", name);
    bench_show(search->bench, search->pods, path,
               bench_json("{'metadata': {'namespace': 'nfs', 'name': 'hawser-nfs-%s-0',"
                          " 'creationTimestamp': '" SEARCH_BIRTH
                          "', 'labels': {'app.kubernetes.io/managed-by': 'hawser-controller',"
                          " 'app.kubernetes.io/name': 'hawser-nfs'}},"
                          " 'spec': {'containers': [{'volumeMounts': [{'name': 'data', 'mountPath':"
                          " '/export'}]}], 'volumes': [{'name': 'data', '%s': {}}]},"
                          " 'status': {'phase': 'Running'}}",
                          name, backing));
}

void search_show(struct search *search, const char *kind, const char *name, const char *home)
{
    const bool is_set = strcmp(kind, "StatefulSet") == 0;
    const bool is_claim = strcmp(kind, "PersistentVolumeClaim") == 0;
    const enum kind number = is_set ? KIND_STATEFUL_SET : is_claim ? KIND_CLAIM : KIND_SERVICE;
    char path[128];

    (void)snprintf(path, sizeof(path), "/%s/namespaces/nfs/%s/hawser-nfs-%s",
                   is_set ? "apis/apps/v1" : "api/v1",
                   is_set     ? "statefulsets"
                   : is_claim ? "persistentvolumeclaims"
                              : "services",
                   name);
    bench_show(search->bench, search->bench->watches.kinds[number], path,
               bench_json("{'metadata': {'namespace': 'nfs', 'name': 'hawser-nfs-%s', 'labels':"
                          " {'app.kubernetes.io/managed-by': 'hawser-controller',"
                          " 'app.kubernetes.io/name': 'hawser-nfs', 'hawser.dev/home': '%s'}},"
                          " 'spec': {'clusterIP': '" SEARCH_ADDRESS "'}}",
                          name, home));
}

int search_begin_without_pods(void **state)
{
    struct search *search = calloc(1, sizeof(*search));
    void *bench = NULL;
    struct err err = {0};

    assert_non_null(search);
    assert_int_equal(bench_begin(&bench), 0);
    search->bench = bench;
    search->set = bench_policies(SERVER("fast", "emptyDir: {}")
                                     SERVER("safe", "claim: {storageClassName: gp3, size: 1Gi}"));
    assert_int_equal(search->set->provisioners.n, 2);
    for (size_t i = 0; i < 2; i++) {
        search->servers[i] =
            server_new(&search->set->provisioners.items[i], &search->bench->context.terms, &err);
        assert_non_null(search->servers[i]);
    }
    bench_open(search->bench, NULL, 0);
    search->volumes = search->bench->watches.others[WATCHES_VOLUMES];
    search->pods = search->bench->watches.others[WATCHES_PODS];
    for (size_t i = 0; i < 2; i++) {
        search_show(search, "StatefulSet", search->set->provisioners.items[i].name, "home");
        search_show(search, "Service", search->set->provisioners.items[i].name, "home");
    }
    *state = search;
    return 0;
}

int search_begin(void **state)
{
    if (search_begin_without_pods(state) != 0) {
        return -1;
    }
    search_show_pod(*state, "fast", "emptyDir");
    search_show_pod(*state, "safe", "persistentVolumeClaim");
    return 0;
}

int search_end(void **state)
{
    struct search *search = *state;
    void *bench = search->bench;

    lost_clear(&search->lost);
    for (size_t i = 0; i < 2; i++) {
        server_free(search->servers[i]);
    }
    policy_set_unref(search->set);
    free(search);
    return bench_end(&bench);
}

void search_add_volume(struct search *search, const struct volume *volume)
{
    const char *provisioner =
        volume->provisioner != NULL ? volume->provisioner : "hawser.dev/nfs-fast";
    char path[128];

    (void)snprintf(path, sizeof(path), "/api/v1/persistentvolumes/%s", volume->name);
    bench_put(search->bench, path,
              bench_json("{'metadata': {'name': '%s', 'uid': 'uid-%s', 'creationTimestamp': '%s',"
                         " 'annotations': {'pv.kubernetes.io/provisioned-by': '%s'}},"
                         " 'spec': {'nfs': {'server': '%s'},"
                         " 'persistentVolumeReclaimPolicy': '%s',"
                         " 'claimRef': {'namespace': 'team', 'name': '%s-claim',"
                         " 'uid': 'uid-%s-claim'}},"
                         " 'status': {'phase': '%s'}}",
                         volume->name, volume->name,
                         volume->created != NULL ? volume->created : SEARCH_BEFORE, provisioner,
                         volume->address != NULL ? volume->address : SEARCH_ADDRESS,
                         volume->policy != NULL ? volume->policy : "Delete", volume->name,
                         volume->name, volume->phase));
}

void search_add_one(struct search *search, const char *phase)
{
    search_add_volume(search, &(struct volume){.name = "v", .phase = phase});
    bench_wait_count(search->bench, search->volumes, 1);
}

void search_add_volumes(struct search *search, const struct volume *volumes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        search_add_volume(search, &volumes[i]);
    }
}

void search_add_claim(struct search *search, const char *name, const char *owner)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/team/persistentvolumeclaims/%s", name);
    bench_put(search->bench, path,
              bench_json("{'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim',"
                         " 'metadata': {'namespace': 'team', 'name': '%s', 'uid': 'uid-%s',"
                         " 'ownerReferences': [%s]}}",
                         name, name, owner));
}

void search_add_user(struct search *search, const char *claim, const char *phase)
{
    bench_put(search->bench, "/api/v1/namespaces/team/pods/user",
              bench_json("{'metadata': {'namespace': 'team', 'name': 'user'},"
                         " 'spec': {'volumes': [{'name': 'v', 'persistentVolumeClaim':"
                         " {'claimName': '%s'}}]}, 'status': {'phase': '%s'}}",
                         claim, phase));
}

void search_run(struct search *search)
{
    assert_int_equal(lost_run(&search->lost, &search->bench->context, search->servers, 2), KUBE_OK);
}

size_t search_n_deletions(struct search *search)
{
    return bench_count(search->bench, "DELETE", "");
}
