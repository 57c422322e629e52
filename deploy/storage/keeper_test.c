/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/keeper_test.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

static void open_work(struct work *work)
{
    static const char *const names[] = {"work"};
    struct bench *bench = work->bench;

    bench_put(bench, "/apis/storage.k8s.io/v1/storageclasses/s",
              bench_json("{'metadata': {'name': 's'}, 'allowVolumeExpansion': true}"));
    bench_open(bench, names, 1);
    work->claims = watches_claims(&bench->watches, "work");
    work->labelled = bench->watches.others[WATCHES_CLAIMS];
    work->namespaces = bench->watches.kinds[KIND_NAMESPACE];
}

int keeper_begin(void **state)
{
    struct work *work = calloc(1, sizeof(*work));
    void *bench = NULL;

    assert_non_null(work);
    assert_int_equal(bench_begin(&bench), 0);
    work->bench = bench;
    work->set = bench_policies(KEEPER_POLICY("p", KEEPER_VOLUME("work", "s")));
    open_work(work);
    *state = work;
    return 0;
}

int keeper_end(void **state)
{
    struct work *work = *state;
    void *bench = work->bench;

    claim_keeper_clear(&work->keeper);
    policy_set_unref(work->set);
    free(work);
    return bench_end(&bench);
}

void keeper_add_namespace(struct work *work, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/%s", name);
    bench_show(work->bench, work->namespaces, path,
               bench_json("{'metadata': {'name': '%s'}}", name));
}

void keeper_write_path(const char *namespace_, char out[static 128])
{
    (void)snprintf(out, 128, "/api/v1/namespaces/%s/persistentvolumeclaims/work", namespace_);
}

void keeper_add_claim(struct work *work,
                      const char *namespace_,
                      const char *class_,
                      const char *size,
                      const char *labels)
{
    char path[128];

    keeper_write_path(namespace_, path);
    bench_show(work->bench, work->claims, path,
               bench_json("{'metadata': {'namespace': '%s', 'name': 'work', 'labels': {%s}},"
                          " 'spec': {'storageClassName': '%s', 'accessModes': ['ReadWriteMany'],"
                          " 'resources': {'requests': {'storage': '%s'}}},"
                          " 'status': {'phase': 'Bound'}}",
                          namespace_, labels, class_, size));
}

bool keeper_has_claim(struct work *work, const char *namespace_)
{
    char path[128];

    keeper_write_path(namespace_, path);
    return bench_has(work->bench, path);
}

void keeper_run(struct work *work)
{
    assert_int_equal(claim_keeper_run(&work->keeper, &work->bench->context, work->set), KUBE_OK);
}

size_t keeper_n_creates(struct work *work)
{
    return bench_count(work->bench, "POST", KEEPER_CLAIMS);
}

size_t keeper_n_writes(struct work *work)
{
    return keeper_n_creates(work) + bench_count(work->bench, "PATCH", "") +
           bench_count(work->bench, "PUT", "") + bench_count(work->bench, "DELETE", "");
}

void keeper_refuse(struct work *work,
                   const char *method,
                   const char *target,
                   unsigned int status,
                   const char *body)
{
    const struct api_step step = {
        .method = method, .target = target, .status = status, .body = body, .times = API_FOREVER};

    api_server_add(work->bench->stand_in.server, &step);
}

static json_t *status_of(struct work *work)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    CLEANUP(status_free) struct status *status = status_new();
    struct err err = {0};
    json_t *value;

    assert_non_null(status);
    claim_keeper_add_status(&work->keeper, &work->bench->context, status);
    assert_int_equal(status_write(status, &text, &err), 0);
    value = json_loads(buf_text(&text), 0, NULL);
    assert_non_null(value);
    return value;
}

void keeper_assert_status(struct work *work, const char *expected)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(65536);
    json_auto_t *status = status_of(work);
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(json_object_get(status, "claims"), "items"), i, item) {
        buf_printf(&text, "%s%s/%s %s %s", i > 0 ? "; " : "", json_text_of(item, "namespace"),
                   json_text_of(item, "name"), json_text_of(item, "policy"),
                   json_text_of(item, "state"));
    }
    assert_string_equal(buf_text(&text), expected);
}

size_t keeper_n_in_trouble(struct work *work)
{
    json_auto_t *status = status_of(work);
    const json_t *claims = json_object_get(status, "claims");

    return (size_t)json_integer_value(json_object_get(claims, "inTrouble"));
}
