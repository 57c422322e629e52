/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Argo's own examples by Argo's own CRDs
 *
 * That the validator calls valid what Argo ships as valid shows that its verdicts about hawser's
 * output mean something. The folder CORPUS holds both; without it everything is skipped.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "tests/corpus/corpus.h"
#include "tests/schema/schema.h"
#include "tests/test.h"

#define FILES_MAX      1000
#define FILE_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define ARENA_BYTES    ((size_t)1024 * 1024)

static const char *const yaml_suffixes[] = {".yaml", ".yml", NULL};

/* A kind of Argo's objects and the schema of its CRD. */
struct kind {
    const char *file;
    json_t *crd;
    const char *name;
    const json_t *schema;
};

static struct kind kinds[] = {
    {.file = "argoproj.io_clusterworkflowtemplates.yaml"},
    {.file = "argoproj.io_cronworkflows.yaml"},
    {.file = "argoproj.io_workflows.yaml"},
    {.file = "argoproj.io_workflowtemplates.yaml"},
};

struct count {
    size_t valid;
    size_t invalid;
    size_t other; /* kinds without a CRD here */
};

/* Write the path of the folder @name of Argo's files to @out; false when there is none. */

typedef void visitor(const char *path, json_t *document, void *data);

/* Call @visit for each document of the file @path. */
static void visit_file(const char *path, visitor *visit, void *data)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    json_t *document = NULL;
    struct err err = {0};

    if (file_read(path, &text, &err) == 0) {
        reader = yaml_reader_new(path, buf_text(&text), text.len, YAML_KUBECTL, &err);
    }
    if (reader == NULL) {
        fail_msg("%s", err.msg);
        return;
    }
    for (;;) {
        if (yaml_reader_next(reader, &document, &err) < 0) {
            fail_msg("%s", err.msg);
        }
        if (document == NULL) {
            return;
        }
        visit(path, document, data);
        json_decref(document);
    }
}

/* Call @visit for each document of each YAML file in @folder. */
static void visit_folder(const char *folder, visitor *visit, void *data)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct file_list files = {0};
    struct err err = {0};

    if (file_list_folder(folder, yaml_suffixes, FILES_MAX, arena, &files, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    for (size_t i = 0; i < files.paths.n; i++) {
        visit_file(files.paths.items[i], visit, data);
    }
}

static void take_crd(const char *path, json_t *document, void *data)
{
    struct kind *kind = data;
    const json_t *spec = json_object_get(document, "spec");
    const json_t *version = json_array_get(json_object_get(spec, "versions"), 0);

    kind->crd = json_incref(document);
    kind->name = json_string_value(json_object_get(json_object_get(spec, "names"), "kind"));
    kind->schema = json_object_get(json_object_get(version, "schema"), "openAPIV3Schema");
    if (kind->name == NULL || kind->schema == NULL) {
        fail_msg("%s: expected a CustomResourceDefinition", path);
    }
}

static int read_crds(void **state)
{
    char folder[4096];
    char path[4200];

    (void)state;
    if (!corpus_find("argo/crds", folder)) {
        return -1;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, kinds[i].file);
        visit_file(path, take_crd, &kinds[i]);
    }
    return 0;
}

static int release_crds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        json_decref(kinds[i].crd);
    }
    return 0;
}

static const struct kind *find_kind(const json_t *document)
{
    const char *name = json_string_value(json_object_get(document, "kind"));

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (name != NULL && strcmp(name, kinds[i].name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static void judge(const char *path, json_t *document, void *data)
{
    const struct kind *kind = find_kind(document);
    struct count *count = data;
    struct err err = {0};

    if (kind == NULL) {
        count->other++;
    } else if (schema_validate_structural(kind->schema, document, &err) == 0) {
        count->valid++;
    } else {
        count->invalid++;
        print_message("# %s: %s\n", path, err.msg);
    }
}

static void argos_examples_are_valid_by_argos_crds(void **state)
{
    static const char *const folders[] = {
        "argo/examples",
        "argo/examples/cluster-workflow-template",
        "argo/examples/skipped-output-defaults",
        "argo/examples/workflow-event-binding",
        "argo/examples/workflow-template",
    };
    struct count count = {0};
    char path[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        assert_true(corpus_find(folders[i], path));
        visit_folder(path, judge, &count);
    }
    print_message("# %zu documents valid against their CRD, %zu not, %zu of other kinds\n",
                  count.valid, count.invalid, count.other);
    assert_true(count.valid > 0);
    assert_int_equal(count.invalid, 0);
}

/* A Workflow whose only template has @container, a JSON text. */
static json_t *make_workflow(const char *container)
{
    json_error_t error;
    json_t *parsed = json_loads(container, 0, &error);

    if (parsed == NULL) {
        fail_msg("%s in %s", error.text, container);
    }
    return json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:[{s:s, s:o}]}}", "apiVersion",
                     "argoproj.io/v1alpha1", "kind", "Workflow", "metadata", "name", "x", "spec",
                     "entrypoint", "main", "templates", "name", "main", "container", parsed);
}

static void what_the_api_server_would_refuse_or_drop_is_found(void **state)
{
    static const struct {
        const char *container;
        const char *expected; /* NULL: valid */
    } rows[] = {
        {"{\"image\": \"a\"}", NULL},
        {"{\"image\": \"a\", \"volumeMounts\": [{\"name\": \"w\", \"mountPath\": \"/w\"}]}", NULL},
        {"{\"image\": 7}", "at /spec/templates/0/container/image: expected a string"},
        {"{\"image\": \"a\", \"volumeMount\": []}", "field 'volumeMount' is not in the schema"},
        {"{\"image\": \"a\", \"volumeMounts\": {}}", "expected a list, found an object"},
        {"{\"image\": \"a\", \"volumeMounts\": null}", "expected a list, found null"},
        {"{\"image\": \"a\", \"volumeMounts\": [{\"mountPath\": \"/w\"}]}",
         "at /spec/templates/0/container/volumeMounts/0: field 'name' is required"},
        {"{\"image\": \"a\", \"volumeMounts\": [{\"name\": \"w\", \"mountPath\": \"/w\"},"
         " {\"name\": \"v\", \"mountPath\": \"/w\"}]}",
         "items 0 and 1 have the same 'mountPath'"},
        {"{\"image\": \"a\", \"resources\": {\"requests\": {\"cpu\": \"100m\", \"memory\": 64}}}",
         NULL},
        {"{\"image\": \"a\", \"resources\": {\"requests\": {\"cpu\": \"100 m\"}}}",
         "'100 m' does not match the pattern"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *workflow = make_workflow(rows[i].container);
        struct err err = {0};
        const struct kind *kind = find_kind(workflow);
        assert_non_null(kind);
        int result = schema_validate_structural(kind->schema, workflow, &err);
        print_message("# %s: %s\n", rows[i].container, err.msg);
        assert_int_equal(result, rows[i].expected == NULL ? 0 : -1);
        if (rows[i].expected != NULL) {
            assert_non_null(strstr(err.msg, rows[i].expected));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argos_examples_are_valid_by_argos_crds),
        cmocka_unit_test(what_the_api_server_would_refuse_or_drop_is_found),
    };
    char folder[4096];

    if (!corpus_find("argo/crds", folder)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("argo crd", tests, read_crds, release_crds);
}
