/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The two workflows of the ArgoCon 2023 talk that hawser comes from
 *
 * One passes its file through S3, the other was edited by hand to pass it through NFS. The first
 * one without its artifacts, with one annotation, must get the volumes and mounts of the second.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/corpus/corpus.h"
#include "tests/test.h"
#include "webhook/cli/local.h"
#include "webhook/cli/manifest.h"

/* What the platform team of the talk would have written. */
static const char policy[] = "apiVersion: hawser.dev/v1\n"
                             "kind: VolumePolicy\n"
                             "metadata:\n"
                             "  name: talk\n"
                             "spec:\n"
                             "  volumes:\n"
                             "    - name: workdir\n"
                             "      transient:\n"
                             "        storageClassName: nfs\n"
                             "        size: 50Gi\n"
                             "      mountPath: /workdir\n";

static void read_workflow(const char *name, struct manifest *out)
{
    char path[CORPUS_PATH_SIZE];
    struct err err = {0};

    assert_true(corpus_find(name, path));
    if (manifest_read(out, path, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(out->objects.n, 1);
}

static json_t *templates_of(const json_t *workflow)
{
    return json_object_get(json_object_get(workflow, "spec"), "templates");
}

/* Take away what the workflow passes through S3. */
static void strip_artifacts(json_t *workflow)
{
    json_t *template;
    size_t i;

    json_array_foreach (templates_of(workflow), i, template) {
        json_t *task;
        size_t k;
        (void)json_object_del(template, "outputs");
        (void)json_object_del(json_object_get(template, "inputs"), "artifacts");
        json_array_foreach (json_object_get(json_object_get(template, "dag"), "tasks"), k, task) {
            (void)json_object_del(json_object_get(task, "arguments"), "artifacts");
        }
    }
}

static void assert_same(const json_t *a, const json_t *b, const char *what)
{
    if (a != b && !json_equal(a, b)) {
        fail_msg("%s differ from what was written by hand", what);
    }
}

static void one_annotation_gives_what_the_talk_wrote_by_hand(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    CLEANUP(manifest_clear) struct manifest s3 = {.arena = arena};
    CLEANUP(manifest_clear) struct manifest nfs = {.arena = arena};
    CLEANUP(policy_set_unref) struct policy_set *policies = NULL;
    CLEANUP(local_result_clear) struct local_result result = {0};
    struct local_options options = {.policy = "talk", .admit.copier_image = "hawser"};
    struct err err = {0};
    const json_t *by_hand;
    const json_t *template;
    size_t i;

    (void)state;
    read_workflow("talk/s3-workflow.yml", &s3);
    read_workflow("talk/nfs-workflow.yml", &nfs);
    policies = policy_load_text("talk.yaml", policy, strlen(policy), &err);
    assert_non_null(policies);
    options.admit.policies = policies;
    strip_artifacts(s3.objects.items[0].value);
    by_hand = nfs.objects.items[0].value;
    assert_int_equal(local_admit(&options, s3.objects.items[0].value, arena, &result, &err), 0);
    assert_non_null(result.object);
    assert_int_equal(result.warnings.n, 0);
    assert_same(json_object_get(json_object_get(result.object, "spec"), "volumeClaimTemplates"),
                json_object_get(json_object_get(by_hand, "spec"), "volumeClaimTemplates"),
                "claim templates");
    assert_int_equal(json_array_size(templates_of(result.object)), 3);
    json_array_foreach (templates_of(by_hand), i, template) {
        const json_t *injected = json_array_get(templates_of(result.object), i);
        assert_same(json_object_get(injected, "name"), json_object_get(template, "name"), "names");
        assert_same(json_object_get(json_object_get(injected, "container"), "volumeMounts"),
                    json_object_get(json_object_get(template, "container"), "volumeMounts"),
                    "mounts");
        assert_same(json_object_get(injected, "volumes"), json_object_get(template, "volumes"),
                    "volumes");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_annotation_gives_what_the_talk_wrote_by_hand),
    };

    char path[CORPUS_PATH_SIZE];

    if (!corpus_find("", path)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("talk corpus", tests, NULL, NULL);
}
