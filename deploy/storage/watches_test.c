/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/watches.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/bench_test.h"

#define METADATA_LIST "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#define METADATA      "as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

#define OURS "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dhawser-controller%2C"
#define NFS  OURS "app.kubernetes.io%2Fname%3Dhawser-nfs"

/* What is listed and streamed. */
static const struct row {
    const char *path;
    const char *selector; /* of the query; NULL: all of them */
    bool is_metadata;
} rows[] = {
    {"/api/v1/namespaces", NULL, true},
    {"/apis/scheduling.k8s.io/v1/priorityclasses", NFS, false},
    {"/api/v1/serviceaccounts", NFS, false},
    {"/apis/rbac.authorization.k8s.io/v1/clusterroles", NFS, false},
    {"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", NFS, false},
    {"/apis/rbac.authorization.k8s.io/v1/roles", NFS, false},
    {"/apis/rbac.authorization.k8s.io/v1/rolebindings", NFS, false},
    {"/api/v1/persistentvolumeclaims", NFS, false},
    {"/api/v1/services", NFS, false},
    {"/apis/networking.k8s.io/v1/networkpolicies", NFS, false},
    {"/apis/policy/v1/poddisruptionbudgets", NFS, false},
    {"/apis/apps/v1/statefulsets", NFS, false},
    {"/apis/storage.k8s.io/v1/storageclasses", NULL, false},
    {"/api/v1/pods", NFS, false},
    {"/api/v1/persistentvolumeclaims", OURS "hawser.dev%2Fpolicy", true},
    {"/api/v1/persistentvolumes", NULL, false},
    {"/apis/argoproj.io/v1alpha1/workflows",
     "labelSelector=workflows.argoproj.io%2Fcompleted%21%3Dtrue", true},
    {"/api/v1/persistentvolumeclaims", "fieldSelector=metadata.name%3Dwork", false},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Whether @query has @selector and no other. */
static bool has_selector(const char *query, const char *selector)
{
    const char *at = strstr(query, "Selector=");
    const char *begin;
    size_t len;

    if (selector == NULL || at == NULL) {
        return selector == NULL && at == NULL;
    }
    begin = at - strlen("field");
    len = strcspn(begin, "&");
    return len == strlen(selector) && strncmp(begin, selector, len) == 0;
}

static bool is_for(const struct api_request *request, const struct row *row, bool is_stream)
{
    const size_t len = strlen(row->path);
    const char *query = request->target + len;

    return strncmp(request->target, row->path, len) == 0 && query[0] == '?' &&
           has_selector(query, row->selector) && (strstr(query, "watch=") != NULL) == is_stream &&
           (strstr(request->head, is_stream ? METADATA : METADATA_LIST) != NULL) ==
               row->is_metadata;
}

static size_t count(struct bench *bench, const struct row *row, bool is_stream)
{
    size_t n = 0;

    for (size_t i = 0; i < api_server_count(bench->stand_in.server); i++) {
        n += is_for(api_server_request(bench->stand_in.server, i), row, is_stream) ? 1 : 0;
    }
    return n;
}

struct waited {
    struct bench *bench;
    size_t n;
};

static bool has_requests(void *data)
{
    const struct waited *waited = data;

    return api_server_count(waited->bench->stand_in.server) >= waited->n;
}

static void wait_requests(struct bench *bench, size_t n)
{
    struct waited waited = {.bench = bench, .n = n};

    bench_wait(bench, has_requests, &waited);
}

static void there_is_one_list_and_one_stream_for_each_kind(void **state)
{
    static const char *const names[] = {"work"};
    struct bench *bench = *state;

    bench_open(bench, names, 1);
    wait_requests(bench, 2 * N_ROWS);
    for (size_t i = 0; i < N_ROWS; i++) {
        if (count(bench, &rows[i], false) != 1 || count(bench, &rows[i], true) != 1) {
            fail_msg("row %zu: %s: %zu lists, %zu streams", i, rows[i].path,
                     count(bench, &rows[i], false), count(bench, &rows[i], true));
        }
    }
    assert_int_equal(api_server_count(bench->stand_in.server), 2 * N_ROWS);
}

static void nothing_changed(void *data)
{
    (void)data;
}

static const struct watches_listener nobody = {.workflows_changed = nothing_changed,
                                               .changed = nothing_changed};

static void an_old_server_is_asked_for_its_disruption_budgets(void **state)
{
    static const struct row old = {"/apis/policy/v1beta1/poddisruptionbudgets", NFS, false};
    static const struct row new = {"/apis/policy/v1/poddisruptionbudgets", NFS, false};
    struct bench *bench = *state;
    struct err err = {0};

    assert_int_equal(watches_open(&bench->watches, bench->kube, false, &nobody, &err), 0);
    wait_requests(bench, 2 * (N_ROWS - 1));
    assert_int_equal(count(bench, &old, false), 1);
    assert_int_equal(count(bench, &new, false), 0);
}

static void until_they_are_open_they_are_not_whole(void **state)
{
    struct watches watches = {.kube = NULL};

    (void)state;
    assert_false(watches_are_open(&watches));
    assert_false(watches_are_whole(&watches));
    watches_clear(&watches);
}

static bool are_whole(void *data)
{
    return watches_are_whole(data);
}

static void set_claims(struct bench *bench, const char *const *names, size_t n)
{
    struct err err = {0};

    assert_int_equal(watches_set_claims(&bench->watches, names, n, &err), 0);
}

static void names_that_change_are_followed(void **state)
{
    static const char *const first[] = {"a", "b", "c"};
    static const char *const second[] = {"d", "c", "d"};
    static const struct row kept = {"/api/v1/persistentvolumeclaims",
                                    "fieldSelector=metadata.name%3Dc", false};
    struct bench *bench = *state;
    const struct kube_watch *c;

    bench_open(bench, first, 3);
    c = watches_claims(&bench->watches, "c");
    set_claims(bench, second, 3);
    assert_null(watches_claims(&bench->watches, "a"));
    assert_null(watches_claims(&bench->watches, "b"));
    assert_ptr_equal(watches_claims(&bench->watches, "c"), c);
    assert_non_null(watches_claims(&bench->watches, "d"));
    assert_int_equal(bench->watches.n_claims, 2);
    assert_false(watches_are_whole(&bench->watches)); /* the new one has to be read first */
    bench_wait(bench, are_whole, &bench->watches);
    assert_int_equal(count(bench, &kept, false), 1);
    set_claims(bench, NULL, 0);
    assert_int_equal(bench->watches.n_claims, 0);
    assert_true(watches_are_whole(&bench->watches));
}

static void of_too_many_names_one_that_is_left_out_is_told(void **state)
{
    static const char *const names[] = {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"};
    struct bench *bench = *state;
    struct err err = {0};

    _Static_assert(sizeof(names) / sizeof(names[0]) == WATCHES_CLAIMS_MAX + 1, "one too many");
    bench_open(bench, NULL, 0);
    set_claims(bench, names, WATCHES_CLAIMS_MAX);
    assert_int_equal(watches_set_claims(&bench->watches, names, WATCHES_CLAIMS_MAX + 1, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_non_null(strstr(err.msg, "'c9'"));
    assert_non_null(watches_claims(&bench->watches, "c8"));
    assert_null(watches_claims(&bench->watches, "c9"));
    set_claims(bench, names + 1, WATCHES_CLAIMS_MAX); /* one went, so there is room */
    assert_non_null(watches_claims(&bench->watches, "c9"));
}

static void refuse(struct bench *bench, const char *target, unsigned int status, const char *body)
{
    const struct api_step step = {
        .method = "GET", .target = target, .status = status, .body = body, .times = API_FOREVER};

    api_server_add(bench->stand_in.server, &step);
}

static bool knows_workflows(void *data)
{
    return watches_know(data, WATCHES_WORKFLOWS);
}

static bool is_read(void *data)
{
    struct err err = {0};

    return watches_check(data, &err) == 0;
}

static void a_cluster_without_argo_is_whole(void **state)
{
    struct bench *bench = *state;

    refuse(bench, "/apis/argoproj.io/", 404, API_STATUS(404, "NotFound", "no such kind"));
    bench_open(bench, NULL, 0);
    bench_wait(bench, knows_workflows, &bench->watches);
    bench_wait(bench, is_read, &bench->watches);
}

/* A list of one more than a copy holds. Owner: the caller. */
static char *make_many(void)
{
    json_auto_t *items = json_array();
    json_auto_t *list = NULL;

    for (unsigned int i = 0; i <= KUBE_WATCH_OBJECTS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "w%u", i);
        json_array_append_new(items, json_pack("{s:{s:s, s:s, s:s}}", "metadata", "namespace", "n",
                                               "name", name, "resourceVersion", "1"));
    }
    list = json_pack("{s:{s:s}, s:O}", "metadata", "resourceVersion", "1", "items", items);
    return json_dumps(list, JSON_COMPACT);
}

static bool has_heard(void *data)
{
    return ((struct bench *)data)->n_workflows_changed > 0;
}

static void workflows_that_change_are_told_apart(void **state)
{
    struct bench *bench = *state;

    bench_open(bench, NULL, 0);
    bench_put(bench, "/api/v1/namespaces/n", bench_json("{'metadata': {'name': 'n'}}"));
    bench_wait_count(bench, bench->watches.kinds[KIND_NAMESPACE], 1);
    for (unsigned int i = 0; i < 20; i++) {
        loop_step(bench->stand_in.loop, 5);
    }
    bench->n_changed = 0;
    bench->n_workflows_changed = 0;
    bench_put(bench, "/apis/argoproj.io/v1alpha1/namespaces/n/workflows/w",
              bench_json("{'metadata': {'namespace': 'n', 'name': 'w'}}"));
    bench_wait(bench, has_heard, bench);
    assert_int_equal(bench->n_changed, 0);
}

static size_t count_whole(const struct watches *watches)
{
    size_t n = 0;

    for (size_t i = 0; i < KIND_N; i++) {
        n += kube_watch_is_whole(watches->kinds[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < WATCHES_N_OTHERS; i++) {
        n += kube_watch_is_whole(watches->others[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < watches->n_claims; i++) {
        n += kube_watch_is_whole(watches->claims[i].watch) ? 1 : 0;
    }
    return n;
}

static bool all_but_workflows_are_read(void *data)
{
    struct err err = {0};

    return count_whole(data) == N_ROWS - 2 && watches_check(data, &err) < 0 &&
           strstr(err.msg, "10000") != NULL;
}

static void too_many_workflows_are_told_and_keep_nothing_else_from_being_known(void **state)
{
    struct bench *bench = *state;
    CLEANUP(free) char *many = make_many();
    struct err err = {0};

    assert_non_null(many);
    refuse(bench, "/apis/argoproj.io/v1alpha1/workflows?limit", 200, many);
    assert_int_equal(watches_open(&bench->watches, bench->kube, true, &nobody, &err), 0);
    bench_wait(bench, all_but_workflows_are_read, &bench->watches);
    assert_true(watches_are_whole(&bench->watches));
    assert_false(watches_know(&bench->watches, WATCHES_WORKFLOWS));
    assert_true(watches_know(&bench->watches, WATCHES_VOLUMES));
    api_server_stop(bench->stand_in.server); /* before the list goes */
}

static bool all_but_one_are_whole(void *data)
{
    const struct watches *watches = data;
    struct err err = {0};

    return count_whole(watches) == N_ROWS - 1 && watches_check(watches, &err) < 0 &&
           strstr(err.msg, "forbidden") != NULL;
}

/* Servers and claims are kept all the same where no volumes or workflows can be read. */
static void a_kind_that_may_not_be_read_is_named(void **state)
{
    static const struct {
        const char *target;
        const char *expected;
        bool decides;
    } refused[] = {
        {"/api/v1/services?limit", "services was not read yet: forbidden: not you", true},
        {"/api/v1/pods?limit", "pods was not read yet: forbidden: not you", true},
        {"/api/v1/persistentvolumes?limit",
         "persistentvolumes was not read yet: forbidden: not you", false},
        {"/apis/argoproj.io/v1alpha1/workflows?limit",
         "workflows was not read yet: forbidden: not you", false},
        {"/api/v1/persistentvolumeclaims?limit=500&fieldSelector",
         "persistentvolumeclaims was not read yet: forbidden: not you", true},
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        static const char *const names[] = {"work"};
        struct bench *bench = *state;
        struct err err = {0};
        refuse(bench, refused[i].target, 403, API_STATUS(403, "Forbidden", "not you"));
        assert_int_equal(watches_open(&bench->watches, bench->kube, true, &nobody, &err), 0);
        set_claims(bench, names, 1);
        bench_wait(bench, all_but_one_are_whole, &bench->watches);
        assert_int_equal(watches_are_whole(&bench->watches), !refused[i].decides);
        assert_int_equal(watches_check(&bench->watches, &err), -1);
        assert_string_equal(err.msg, refused[i].expected);
        assert_int_equal(bench_end(state), 0);
        assert_int_equal(bench_begin(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(there_is_one_list_and_one_stream_for_each_kind),
        WITH_BENCH(an_old_server_is_asked_for_its_disruption_budgets),
        cmocka_unit_test(until_they_are_open_they_are_not_whole),
        WITH_BENCH(names_that_change_are_followed),
        WITH_BENCH(of_too_many_names_one_that_is_left_out_is_told),
        WITH_BENCH(workflows_that_change_are_told_apart),
        WITH_BENCH(a_cluster_without_argo_is_whole),
        WITH_BENCH(too_many_workflows_are_told_and_keep_nothing_else_from_being_known),
        WITH_BENCH(a_kind_that_may_not_be_read_is_named),
    };

    return cmocka_run_group_tests_name("watches", tests, NULL, NULL);
}
