/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Public YAML and what we make of it
 *
 * yaml-test-suite (github.com/yaml/yaml-test-suite): no invalid text is accepted by YAML_STRICT,
 * and what is accepted by either reading has the value that the suite says. Argo's examples, the
 * talk's workflows and JSONTestSuite: what yaml_out() writes is read back as the same value.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "base/yaml_out.h"
#include "tests/corpus/corpus.h"
#include "tests/test.h"

#define FILES_MAX      1000
#define FILE_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* The files of a folder of the corpus, one after the other. */
static void for_each_file(const char *folder,
                          const char *const *suffixes,
                          void (*visit)(const char *path, const struct buf *text, void *data),
                          void *data)
{
    struct file_list files = {0};
    struct err err = {0};
    char path[CORPUS_PATH_SIZE];

    assert_true(corpus_find(folder, path));
    CLEANUP(arena_free) struct arena *arena = arena_new(FILE_BYTES_MAX);
    assert_int_equal(file_list_folder(path, suffixes, FILES_MAX, arena, &files, &err), 0);
    for (size_t i = 0; i < files.paths.n; i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);
        assert_int_equal(file_read(files.paths.items[i], &text, &err), 0);
        visit(files.paths.items[i], &text, data);
    }
    assert_true(files.paths.n > 0);
}

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* All documents of @text as a list, or NULL when one is refused. Owner: the caller. */
static json_t *read_documents(const char *text, size_t len, enum yaml_reading reading)
{
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("text", text, len, reading, &err);
    json_auto_t *documents = json_array();

    assert_non_null(reader);
    for (;;) {
        json_t *document = NULL;
        if (yaml_reader_next(reader, &document, &err) < 0) {
            assert_int_equal(err.code, ERR_INVALID);
            return NULL;
        }
        if (document == NULL) {
            return TAKE(documents);
        }
        assert_int_equal(json_array_append_new(documents, document), 0);
    }
}

/* yaml-test-suite */

/* How the suite shows what could not be seen: its ReadMe.md, "Special Characters". */
static const struct {
    const char *mark;
    const char *meaning;
} marks[] = {
    {"\xe2\x90\xa3", " "},                                  /* open box */
    {"\xe2\x80\x94\xe2\x80\x94\xe2\x80\x94\xc2\xbb", "\t"}, /* dashes and an angle quote */
    {"\xe2\x80\x94\xe2\x80\x94\xc2\xbb", "\t"},
    {"\xe2\x80\x94\xc2\xbb", "\t"},
    {"\xc2\xbb", "\t"},
    {"\xe2\x86\x90", "\r"},           /* leftwards arrow */
    {"\xe2\x87\x94", "\xef\xbb\xbf"}, /* left right double arrow: a byte order mark */
    {"\xe2\x86\xb5", ""},             /* return sign, before a line feed */
    {"\xe2\x88\x8e\n", ""},           /* end of proof: no line feed at the end */
};

static void unmark(const char *text, struct buf *out)
{
    while (*text != '\0') {
        size_t i = 0;
        while (i < sizeof(marks) / sizeof(marks[0]) &&
               strncmp(text, marks[i].mark, strlen(marks[i].mark)) != 0) {
            i++;
        }
        if (i < sizeof(marks) / sizeof(marks[0])) {
            buf_add_text(out, marks[i].meaning);
            text += strlen(marks[i].mark);
        } else if (strncmp(text, "\xe2\x80\x94\xe2\x80\x94", 6) == 0) {
            text += 3; /* four dashes and more */
        } else {
            buf_add_char(out, *text++);
        }
    }
    assert_false(buf_failed(out));
}

/* The JSON values in @text as a list. Owner: the caller. */
static json_t *load_json_values(const char *text)
{
    json_t *values = json_array();
    size_t len = strlen(text);
    size_t at = 0;

    while (at + strspn(text + at, " \n") < len) {
        json_error_t error;
        json_t *value =
            json_loadb(text + at, len - at, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &error);
        assert_int_equal(json_array_append_new(values, value), 0);
        at += (size_t)error.position;
    }
    return values;
}

/* Where libyaml 0.2.5 and go-yaml v2, checked with kubectl, read YAML 1.1 and the suite 1.2. */
static const struct {
    const char *name;
    enum yaml_reading reading;
    const char *why;
} known[] = {
    {"652Z.yaml", YAML_KUBECTL, "'?' within brackets starts a key, without a space, too"},
    {"HM87.yaml", YAML_KUBECTL, "the same"},
    {"Y2GN.yaml", YAML_KUBECTL, "a ':' ends the name of an anchor"},
};
#define N_KNOWN (sizeof(known) / sizeof(known[0]))

struct suite {
    size_t n_cases;
    size_t n_invalid;
    size_t accepted[2];         /* by reading, of the valid ones */
    size_t accepted_invalid[2]; /* and of the invalid ones */
    size_t compared;
    bool differs[N_KNOWN];
};

static void judge_value(const char *name,
                        const json_t *documents,
                        const char *json,
                        enum yaml_reading reading,
                        struct suite *suite)
{
    json_auto_t *expected = load_json_values(json);

    suite->compared++;
    if (json_equal(documents, expected)) {
        return;
    }
    for (size_t i = 0; i < N_KNOWN; i++) {
        if (known[i].reading == reading && strcmp(known[i].name, name) == 0) {
            suite->differs[i] = true;
            return;
        }
    }
    fail_msg("%s has another value under %s than %s", name,
             reading == YAML_STRICT ? "YAML_STRICT" : "YAML_KUBECTL", json);
}

static void judge(const char *name, const json_t *test, const char *json, struct suite *suite)
{
    const bool invalid = json_is_true(json_object_get(test, "fail"));
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);

    unmark(json_string_value(json_object_get(test, "yaml")), &text);
    suite->n_cases++;
    suite->n_invalid += invalid;
    for (int reading = YAML_STRICT; reading <= YAML_KUBECTL; reading++) {
        json_auto_t *documents =
            read_documents(buf_text(&text), text.len, (enum yaml_reading)reading);
        *(invalid ? &suite->accepted_invalid[reading] : &suite->accepted[reading]) +=
            documents != NULL;
        if (invalid && documents != NULL && reading == YAML_STRICT) {
            fail_msg("%s is invalid and accepted: %s", name, buf_text(&text));
        }
        if (!invalid && documents != NULL && json != NULL) {
            judge_value(name, documents, json, (enum yaml_reading)reading, suite);
        }
    }
}

/* One file: a list of tests. A test has the JSON of the one before it unless it says otherwise. */
static void judge_file(const char *path, const struct buf *text, void *data)
{
    json_auto_t *documents = read_documents(buf_text(text), text->len, YAML_KUBECTL);
    CLEANUP(buf_clear) struct buf json = BUF_INIT(FILE_BYTES_MAX);
    bool has_json = false;
    json_t *test;
    size_t i;

    assert_non_null(documents);
    json_array_foreach (json_array_get(documents, 0), i, test) {
        const json_t *own = json_object_get(test, "json");
        if (json_object_get(test, "skip") != NULL) {
            return;
        }
        if (own != NULL) {
            buf_cut(&json, 0);
            has_json = json_is_string(own);
            unmark(has_json ? json_string_value(own) : "", &json);
        }
        judge(name_of(path), test, has_json ? buf_text(&json) : NULL, data);
    }
}

static void the_yaml_test_suite_is_read_as_it_says_or_refused(void **state)
{
    static const char *const suffixes[] = {".yaml", NULL};
    struct suite suite = {0};

    (void)state;
    for_each_file("yaml/src", suffixes, judge_file, &suite);
    print_message(
        "# yaml-test-suite: %zu invalid: %zu refused by strict, %zu by kubectl's reading; "
        "%zu valid: %zu accepted by strict, %zu by kubectl's; %zu values compared\n",
        suite.n_invalid, suite.n_invalid - suite.accepted_invalid[YAML_STRICT],
        suite.n_invalid - suite.accepted_invalid[YAML_KUBECTL], suite.n_cases - suite.n_invalid,
        suite.accepted[YAML_STRICT], suite.accepted[YAML_KUBECTL], suite.compared);
    for (size_t i = 0; i < N_KNOWN; i++) {
        if (!suite.differs[i]) {
            fail_msg("%s is read as it should now: take it off the list", known[i].name);
        }
    }
}

/* Round trips */

struct trips {
    size_t files;
    size_t documents;
};

/* Write @value, read it, and compare. */
static bool comes_back(const json_t *value)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(2 * FILE_BYTES_MAX);
    json_auto_t *documents = NULL;
    struct err err = {0};

    assert_int_equal(yaml_out(&text, value, &err), 0);
    documents = read_documents(buf_text(&text), text.len, YAML_KUBECTL);
    return json_array_size(documents) == 1 && json_equal(json_array_get(documents, 0), value);
}

static void write_and_read(const char *path, const struct buf *text, void *data)
{
    json_auto_t *documents = read_documents(buf_text(text), text->len, YAML_KUBECTL);
    struct trips *trips = data;
    json_t *document;
    size_t i;

    if (documents == NULL) {
        fail_msg("%s is refused", path);
    }
    trips->files++;
    json_array_foreach (documents, i, document) {
        trips->documents++;
        if (!comes_back(document)) {
            fail_msg("document %zu of %s does not come back", i + 1, path);
        }
    }
}

static void every_manifest_comes_back_as_it_was(void **state)
{
    static const char *const suffixes[] = {".yaml", ".yml", NULL};
    static const char *const folders[] = {
        "argo/examples",
        "argo/examples/cluster-workflow-template",
        "argo/examples/skipped-output-defaults",
        "argo/examples/workflow-event-binding",
        "argo/examples/workflow-template",
        "argo/crds",
        "talk",
    };
    struct trips trips = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        for_each_file(folders[i], suffixes, write_and_read, &trips);
    }
    print_message("# %zu manifests with %zu documents come back\n", trips.files, trips.documents);
}

/* Reals that come back as integers, because Go, and so kubectl, prints them as such. */
static const char *const retyped[] = {
    "y_number_0e+1.json",
    "y_number_0e1.json",
    "y_number_int_with_exp.json",
    "y_number_real_capital_e_pos_exp.json",
    "y_number_real_pos_exponent.json",
};

static bool is_retyped(const char *name)
{
    for (size_t i = 0; i < sizeof(retyped) / sizeof(retyped[0]); i++) {
        if (strcmp(name, retyped[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void write_and_read_json(const char *path, const struct buf *text, void *data)
{
    const char *name = name_of(path);
    struct trips *trips = data;
    json_auto_t *value = NULL;
    struct err err = {0};

    if (name[0] == 'y') {
        value = json_parse(buf_text(text), text->len, &err);
    }
    if (value == NULL) {
        return; /* for json_corpus_test to judge */
    }
    trips->files++;
    if (comes_back(value) == is_retyped(name)) {
        fail_msg("%s %s", name, is_retyped(name) ? "comes back now" : "does not come back");
    }
}

static void every_json_value_comes_back_as_it_was(void **state)
{
    static const char *const suffixes[] = {".json", NULL};
    struct trips trips = {0};

    (void)state;
    for_each_file("json/test_parsing", suffixes, write_and_read_json, &trips);
    print_message("# %zu JSON values come back, but for %zu whose numbers change type\n",
                  trips.files, sizeof(retyped) / sizeof(retyped[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_yaml_test_suite_is_read_as_it_says_or_refused),
        cmocka_unit_test(every_manifest_comes_back_as_it_was),
        cmocka_unit_test(every_json_value_comes_back_as_it_was),
    };

    char path[CORPUS_PATH_SIZE];

    if (!corpus_find("", path)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("yaml corpus", tests, NULL, NULL);
}
