/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The public JSON Patch suite (json-patch/json-patch-tests), as far as hawser speaks JSON Patch:
 * the cases that only add and replace must come out as the suite says.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/corpus/corpus.h"
#include "tests/test.h"
#include "webhook/cli/patch_apply.h"

struct count {
    size_t judged;
    size_t other_operations;
    size_t whole_document;
};

/* "" names the whole document, which hawser never patches. */
static bool is_whole_document(const json_t *operation)
{
    const char *path = json_string_value(json_object_get(operation, "path"));

    return path != NULL && path[0] == '\0';
}

static bool is_ours(const json_t *operation)
{
    const char *op = json_string_value(json_object_get(operation, "op"));

    return op != NULL && (strcmp(op, "add") == 0 || strcmp(op, "replace") == 0);
}

static bool is_judged(const json_t *patch, struct count *count)
{
    const json_t *operation;
    size_t i;

    json_array_foreach (patch, i, operation) {
        if (!is_ours(operation)) {
            count->other_operations++;
            return false;
        }
        if (is_whole_document(operation)) {
            count->whole_document++;
            return false;
        }
    }
    return true;
}

static void judge(const json_t *row, struct count *count)
{
    const json_t *patch = json_object_get(row, "patch");
    const json_t *expected = json_object_get(row, "expected");
    const char *error = json_string_value(json_object_get(row, "error"));
    json_auto_t *document = json_deep_copy(json_object_get(row, "doc"));
    CLEANUP(free) char *shown = json_dumps(patch, JSON_COMPACT);
    struct err err = {0};
    int applied;

    if (json_is_true(json_object_get(row, "disabled")) || !is_judged(patch, count)) {
        return;
    }
    count->judged++;
    applied = patch_apply(document, patch, &err);
    if (error != NULL ? applied == 0 : applied < 0) {
        fail_msg("%s: expected %s", shown, error != NULL ? error : "success");
    }
    if (expected != NULL && !json_equal(document, expected)) {
        fail_msg("%s: another result", shown);
    }
}

static void run_file(const char *name, struct count *count)
{
    char path[CORPUS_PATH_SIZE];
    char file[64];
    json_auto_t *rows = NULL;
    const json_t *row;
    size_t i;

    (void)snprintf(file, sizeof(file), "json-patch/%s", name);
    assert_true(corpus_find(file, path));
    rows = json_load_file(path, 0, NULL);
    assert_non_null(rows);
    json_array_foreach (rows, i, row) {
        judge(row, count);
    }
}

static void patches_that_add_and_replace_come_out_as_the_suite_says(void **state)
{
    struct count count = {0};

    (void)state;
    run_file("tests.json", &count);
    run_file("spec_tests.json", &count);
    print_message("# json-patch-tests: %zu as expected; not judged: %zu with other operations, %zu "
                  "on the whole document\n",
                  count.judged, count.other_operations, count.whole_document);
    assert_true(count.judged > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches_that_add_and_replace_come_out_as_the_suite_says),
    };

    char path[CORPUS_PATH_SIZE];

    if (!corpus_find("", path)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("json patch corpus", tests, NULL, NULL);
}
