/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/bench_test.h"
#include "deploy/storage/watches.h"

/* What the copies keep of objects. */

/* metadata of the object in the copy as text, in the order of keys. */
static char *metadata_text(const struct kube_watch *watch, const char *namespace_, const char *name)
{
    const json_t *object = kube_watch_get(watch, namespace_, name);
    json_auto_t *metadata = json_deep_copy(json_object_get(object, "metadata"));
    char *text;

    assert_non_null(metadata);
    (void)json_object_del(metadata, "resourceVersion");
    (void)json_object_del(metadata, "creationTimestamp");
    (void)json_object_del(metadata, "uid");
    text = json_dumps(metadata, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(text);
    return text;
}

#define MORE "'annotations': {'a': 'b'}, 'managedFields': [{'manager': 'm'}]"

static void of_namespaces_no_more_is_kept_than_is_looked_at(void **state)
{
    static const struct {
        const char *labels;
        const char *expected;
    } namespaces[] = {
        {"{'x': 'y'}", "{\"labels\":{\"x\":\"y\"},\"name\":\"n\"}"},
        {"{'hawser.dev/inject': 'enabled'}",
         "{\"annotations\":{\"a\":\"b\"},\"labels\":{\"hawser.dev/inject\":\"enabled\"},"
         "\"managedFields\":[{\"manager\":\"m\"}],\"name\":\"n\"}"},
        {"{'hawser.dev/home': 'home'}",
         "{\"annotations\":{\"a\":\"b\"},\"labels\":{\"hawser.dev/home\":\"home\"},"
         "\"managedFields\":[{\"manager\":\"m\"}],\"name\":\"n\"}"},
    };
    struct bench *bench = *state;
    const struct kube_watch *watch;

    bench_open(bench, NULL, 0);
    watch = bench->watches.kinds[KIND_NAMESPACE];
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
        CLEANUP(free) char *text = NULL;
        bench_show(bench, watch, "/api/v1/namespaces/n",
                   bench_json("{'metadata': {'name': 'n', 'labels': %s, " MORE "}}",
                              namespaces[i].labels));
        text = metadata_text(watch, NULL, "n");
        assert_string_equal(text, namespaces[i].expected);
    }
}

/* Without our label, who has fields in a claim tells whether it is ours. */
static void of_claims_the_fields_are_kept_that_tell_whose_it_is(void **state)
{
    static const char *const names[] = {"work"};
    static const struct {
        const char *labels;
        bool has_fields;
    } claims[] = {
        {"{'x': 'y'}", true},
        {"{'hawser.dev/home': 'home'}", false},
    };
    struct bench *bench = *state;
    const struct kube_watch *watch;

    bench_open(bench, names, 1);
    watch = watches_claims(&bench->watches, "work");
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        CLEANUP(free) char *text = NULL;
        bench_show(bench, watch, "/api/v1/namespaces/n/persistentvolumeclaims/work",
                   bench_json("{'metadata': {'namespace': 'n', 'name': 'work', 'labels': %s, " MORE
                              "}}",
                              claims[i].labels));
        text = metadata_text(watch, "n", "work");
        assert_int_equal(strstr(text, "managedFields") != NULL, claims[i].has_fields);
        assert_null(strstr(text, "annotations"));
    }
}

static void of_volumes_only_those_of_our_provisioners_are_kept(void **state)
{
    struct bench *bench = *state;
    const struct kube_watch *watch;
    CLEANUP(free) char *text = NULL;

    bench_put(bench, "/api/v1/persistentvolumes/theirs",
              bench_json("{'metadata': {'name': 'theirs', 'annotations':"
                         " {'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com'}}}"));
    bench_put(bench, "/api/v1/persistentvolumes/by-hand",
              bench_json("{'metadata': {'name': 'by-hand'}}"));
    bench_put(bench, "/api/v1/persistentvolumes/ours",
              bench_json("{'metadata': {'name': 'ours', 'managedFields': [{'manager': 'm'}],"
                         " 'annotations': {'pv.kubernetes.io/provisioned-by':"
                         " 'hawser.dev/nfs-fast'}}, 'spec': {'nfs': {'server': '10.0.0.1'}}}"));
    bench_open(bench, NULL, 0);
    watch = bench->watches.others[WATCHES_VOLUMES];
    assert_int_equal(kube_watch_count(watch), 1);
    assert_non_null(json_object_get(kube_watch_get(watch, NULL, "ours"), "spec"));
    text = metadata_text(watch, NULL, "ours");
    assert_null(strstr(text, "managedFields"));
}

static void a_workflow_that_was_injected_is_not_kept(void **state)
{
    struct bench *bench = *state;
    const struct kube_watch *watch;

    bench_open(bench, NULL, 0);
    watch = bench->watches.others[WATCHES_WORKFLOWS];
    bench_show(bench, watch, "/apis/argoproj.io/v1alpha1/namespaces/n/workflows/w",
               bench_json("{'metadata': {'namespace': 'n', 'name': 'w', " MORE "}}"));
    assert_int_equal(kube_watch_count(watch), 1);
    bench_put(bench, "/apis/argoproj.io/v1alpha1/namespaces/n/workflows/w",
              bench_json("{'metadata': {'namespace': 'n', 'name': 'w',"
                         " 'annotations': {'hawser.dev/status': '{}'}}}"));
    bench_wait_count(bench, watch, 0);
}

/* Entries of lists do not say it, and metadata alone is called otherwise. */
static void each_object_says_its_kind(void **state)
{
    struct bench *bench = *state;
    const struct kube_watch *watch;
    const json_t *object;

    bench_put(bench, "/api/v1/namespaces/listed",
              bench_json("{'kind': 'PartialObjectMetadata', 'apiVersion': 'meta.k8s.io/v1',"
                         " 'metadata': {'name': 'listed'}}"));
    bench_put(bench, "/apis/storage.k8s.io/v1/storageclasses/listed",
              bench_json("{'metadata': {'name': 'listed'}}"));
    bench_open(bench, NULL, 0);
    watch = bench->watches.kinds[KIND_NAMESPACE];
    bench_show(bench, watch, "/api/v1/namespaces/streamed",
               bench_json("{'kind': 'PartialObjectMetadata', 'apiVersion': 'meta.k8s.io/v1',"
                          " 'metadata': {'name': 'streamed'}}"));
    for (size_t i = 0; i < 2; i++) {
        object = kube_watch_item(watch, i);
        assert_string_equal(json_text_of(object, "kind"), "Namespace");
        assert_string_equal(json_text_of(object, "apiVersion"), "v1");
    }
    object = kube_watch_item(bench->watches.kinds[KIND_STORAGE_CLASS], 0);
    assert_string_equal(json_text_of(object, "kind"), "StorageClass");
    assert_string_equal(json_text_of(object, "apiVersion"), "storage.k8s.io/v1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(of_namespaces_no_more_is_kept_than_is_looked_at),
        WITH_BENCH(of_claims_the_fields_are_kept_that_tell_whose_it_is),
        WITH_BENCH(of_volumes_only_those_of_our_provisioners_are_kept),
        WITH_BENCH(a_workflow_that_was_injected_is_not_kept),
        WITH_BENCH(each_object_says_its_kind),
    };

    return cmocka_run_group_tests_name("watches_kept", tests, NULL, NULL);
}
