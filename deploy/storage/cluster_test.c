/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/cluster_test.h"

#include "base/cleanup.h"
#include "deploy/kube/kube_path.h"
#include "deploy/kube/rate.h"

/* In place of deploy/kube/rate.c: the loop over all requests would take minutes. */
unsigned int rate_take(struct rate *rate, uint64_t now_ms)
{
    (void)rate;
    (void)now_ms;
    return 0;
}

void cluster_put(struct cluster *cluster, const char *path, json_t *object)
{
    object_store_put(cluster->stand_in.store, path, object);
}

bool cluster_has(struct cluster *cluster, const char *path)
{
    json_auto_t *object = object_store_get(cluster->stand_in.store, path);

    return object != NULL;
}

json_t *cluster_lease(const char *holder, int duration_s)
{
    return json_pack("{s:{s:s, s:s}, s:{s:s, s:i}}", "metadata", "namespace", "hawser", "name",
                     "hawser-controller", "spec", "holderIdentity", holder, "leaseDurationSeconds",
                     duration_s);
}

/* The request has its effect, and nobody learns of it. */
static void
lose(struct cluster *cluster, struct api_reply *reply, const struct api_request *request)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(request->target, "?"), request->target);
    if (strcmp(request->method, "DELETE") == 0) {
        object_store_delete(cluster->stand_in.store, path);
    }
    api_reply_end(reply, API_RESET);
}

static void serve(void *data, struct api_reply *reply, const struct api_request *request)
{
    struct cluster *cluster = data;
    const unsigned int n = atomic_fetch_add(&cluster->n, 1) + 1;
    const unsigned int cut_at = atomic_load(&cluster->cut_at);

    if (cut_at != 0 && n == cut_at) {
        lose(cluster, reply, request);
        return;
    }
    if (cut_at != 0 && n > cut_at) {
        api_reply_send(reply, 403, NULL, API_STATUS(403, "Forbidden", "no more"));
        return;
    }
    if (strcmp(request->method, "DELETE") == 0 && strcmp(request->target, CLASS) == 0 &&
        cluster->object != NULL) {
        cluster_put(cluster, cluster->path, TAKE(cluster->object));
    }
    if (atomic_load(&cluster->is_active) && strcmp(request->target, LEASE) == 0) {
        cluster_put(cluster, LEASE, cluster_lease("pod-1", 15));
    }
    object_store_serve(cluster->stand_in.store, reply, request);
}

static void note(void *data, const char *line)
{
    struct cluster *cluster = data;

    buf_printf(&cluster->said, "%s\n", line);
}

/* Where an object of ours is. */
static void write_path(const struct kube_resource *resource, const char *name, struct buf *out)
{
    const struct kube_request request = {
        .verb = KUBE_GET,
        .resource = resource,
        .namespace_ = resource->is_namespaced ? "nfs" : NULL,
        .name = name,
    };
    const struct kube_path_more more = {.limit = 0};
    struct err err = {0};

    assert_int_equal(kube_path_write(out, &request, &more, &err), 0);
}

static const char *name_of(enum kind kind)
{
    switch ((int)kind) {
    case KIND_NAMESPACE:
        return "nfs";
    case KIND_PRIORITY_CLASS:
        return "hawser-nfs";
    case KIND_STORAGE_CLASS:
        return "class-ebs";
    default:
        return "hawser-nfs-ebs";
    }
}

static void put_kind(struct cluster *cluster, enum kind kind)
{
    CLEANUP(buf_clear) struct buf path = BUF_INIT(1024);
    const struct kube_resource *resource = kind_resource(kind, true);
    const bool is_shared = kind == KIND_NAMESPACE || kind == KIND_PRIORITY_CLASS;

    write_path(resource, name_of(kind), &path);
    cluster_put(cluster, buf_text(&path),
                uninstall_test_object(resource->is_namespaced ? "nfs" : NULL, name_of(kind),
                                      "hawser", is_shared ? NULL : "ebs"));
}

/* How many of our objects are left. */
unsigned int cluster_count(struct cluster *cluster)
{
    unsigned int n = cluster_has(cluster, OLD) ? 1 : 0;

    for (enum kind kind = 0; kind < KIND_N; kind++) {
        CLEANUP(buf_clear) struct buf path = BUF_INIT(1024);
        write_path(kind_resource(kind, true), name_of(kind), &path);
        n += cluster_has(cluster, buf_text(&path)) ? 1 : 0;
    }
    return n;
}

void cluster_fill(struct cluster *cluster)
{
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        put_kind(cluster, kind);
    }
    cluster_put(cluster, OLD,
                uninstall_test_volume("pvc-old", "ebs", "class-ebs", "gone", "Released"));
    cluster_put(cluster, "/api/v1/namespaces/nfs/pods/hawser-nfs-ebs-0",
                uninstall_test_object("nfs", "hawser-nfs-ebs-0", NULL, "ebs"));
    cluster_put(cluster, "/api/v1/namespaces/nfs/configmaps/kube-root-ca.crt",
                uninstall_test_stranger("nfs", "kube-root-ca.crt"));
    cluster_put(cluster, "/api/v1/namespaces/argo/configmaps/theirs",
                uninstall_test_stranger("argo", "theirs"));
}

int cluster_begin(void **state)
{
    struct cluster *cluster = calloc(1, sizeof(*cluster));

    assert_non_null(cluster);
    kube_stand_in_open(&cluster->stand_in, serve, cluster);
    cluster->said = BUF_INIT(64UL * 1024);
    cluster->uninstall = (struct uninstall){
        .loop = cluster->stand_in.loop,
        .terms = {.home = "hawser", .deletes_data = true},
        .lease = "hawser-controller",
        .say = note,
        .data = cluster,
    };
    cluster_fill(cluster);
    *state = cluster;
    return 0;
}

int cluster_end(void **state)
{
    struct cluster *cluster = *state;

    loop_free(cluster->stand_in.loop);
    api_server_free(cluster->stand_in.server);
    object_store_free(cluster->stand_in.store);
    json_decref(cluster->object);
    buf_clear(&cluster->said);
    free(cluster);
    return 0;
}

/* One run, as of a new process. */
enum err_code cluster_run(struct cluster *cluster, struct err *err)
{
    CLEANUP(kube_free) struct kube *kube = kube_stand_in_kube(&cluster->stand_in);

    *err = (struct err){.code = ERR_NONE};
    buf_cut(&cluster->said, 0);
    atomic_store(&cluster->n, 0);
    cluster->uninstall.kube = kube;
    return uninstall_run(&cluster->uninstall, err) < 0 ? err->code : ERR_NONE;
}

enum err_code cluster_run_once(struct cluster *cluster)
{
    struct err err;

    return cluster_run(cluster, &err);
}

/* The targets of all deletions so far, a line each. */
static void write_deletions(struct cluster *cluster, struct buf *out)
{
    for (size_t i = 0; i < api_server_count(cluster->stand_in.server); i++) {
        const struct api_request *request = api_server_request(cluster->stand_in.server, i);
        if (strcmp(request->method, "DELETE") == 0) {
            buf_printf(out, "%s\n", request->target);
            assert_non_null(strstr(request->body, "\"preconditions\":{\"uid\":\"uid-"));
        }
    }
}

void cluster_are_deleted(struct cluster *cluster, const char *expected)
{
    CLEANUP(buf_clear) struct buf deletions = BUF_INIT(64UL * 1024);

    write_deletions(cluster, &deletions);
    assert_string_equal(buf_text(&deletions), expected);
}
