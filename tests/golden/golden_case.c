/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/golden/golden_case.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "policies/load.h"

/* A case is for people to read. */
#define FILE_BYTES_MAX (4UL * 1024 * 1024)

static const char *const names[GOLDEN_FILES] = {
    [GOLDEN_OBJECT] = "expected.yaml",
    [GOLDEN_PATCH] = "expected.patch.json",
    [GOLDEN_WARNINGS] = "expected.warnings",
    [GOLDEN_DENIED] = "expected.denied",
};

const char *golden_file_name(enum golden_file file)
{
    return names[file];
}

void golden_case_clear(struct golden_case *golden)
{
    json_decref(golden->input);
    json_decref(golden->request);
    policy_set_unref(golden->policies);
    free(golden->policy_path);
    for (size_t i = 0; i < GOLDEN_FILES; i++) {
        free(golden->expected[i]);
    }
    *golden = (struct golden_case){0};
}

static int join(char out[static PATH_MAX], const char *folder, const char *name, struct err *err)
{
    int len = snprintf(out, PATH_MAX, "%s/%s", folder, name);

    if (len < 0 || len >= PATH_MAX) {
        return err_set(err, ERR_TOO_BIG, "the path of '%s' is too long", name);
    }
    return 0;
}

/* Read the file @name of @folder into *@out, which stays NULL where there is none. */
static int read_optional(const char *folder, const char *name, char **out, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    char path[PATH_MAX];

    if (join(path, folder, name, err) < 0) {
        return -1;
    }
    if (access(path, F_OK) < 0) {
        return 0;
    }
    if (file_read(path, &text, err) < 0) {
        return -1;
    }
    *out = buf_take(&text);
    return *out != NULL ? 0 : err_no_memory(err);
}

static bool is_known(const char *name)
{
    static const char *const others[] = {"input.yaml", "policy.yaml", "request.yaml", ".", ".."};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(name, others[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < GOLDEN_FILES; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A file with a misspelt name would be a check that nobody makes. */
static int check_names(const char *folder, struct err *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int status = 0;

    if (dir == NULL) {
        return err_set(err, ERR_IO, "cannot open folder '%s'", folder);
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    while (status == 0 && (entry = readdir(dir)) != NULL) {
        if (!is_known(entry->d_name)) {
            status = err_set(err, ERR_INVALID, "no case has a file '%s'", entry->d_name);
        }
    }
    (void)closedir(dir);
    return status;
}

/* Read the only document of a YAML text. */
static int read_single(
    const char *name, const char *text, enum yaml_reading reading, json_t **out, struct err *err)
{
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    json_auto_t *document = NULL;
    json_auto_t *second = NULL;

    reader = yaml_reader_new(name, text, strlen(text), reading, err);
    if (reader == NULL || yaml_reader_next(reader, &document, err) < 0 ||
        yaml_reader_next(reader, &second, err) < 0) {
        return -1;
    }
    if (!json_is_object(document) || second != NULL) {
        return err_set(err, ERR_INVALID, "%s: expected one document, an object", name);
    }
    *out = TAKE(document);
    return 0;
}

static int load_input(struct golden_case *golden, struct err *err)
{
    CLEANUP(free) char *text = NULL;

    if (read_optional(golden->folder, "input.yaml", &text, err) < 0) {
        return -1;
    }
    if (text == NULL) {
        return err_set(err, ERR_NOT_FOUND, "input.yaml is missing");
    }
    return read_single("input.yaml", text, YAML_KUBECTL, &golden->input, err);
}

static int check_request(json_t *request, struct err *err)
{
    static const struct {
        const char *name;
        json_type types[2];
    } keys[] = {
        {"operation", {JSON_STRING, JSON_STRING}},   {"namespace", {JSON_STRING, JSON_STRING}},
        {"dryRun", {JSON_TRUE, JSON_FALSE}},         {"object", {JSON_NULL, JSON_NULL}},
        {"oldObject", {JSON_OBJECT, JSON_NULL}},     {"namespaceOptedIn", {JSON_TRUE, JSON_FALSE}},
        {"copierImage", {JSON_STRING, JSON_STRING}},
    };
    const char *key;
    json_t *value;

    json_object_foreach (request, key, value) {
        size_t i = 0;
        while (i < sizeof(keys) / sizeof(keys[0]) && strcmp(keys[i].name, key) != 0) {
            i++;
        }
        if (i == sizeof(keys) / sizeof(keys[0]) ||
            (json_typeof(value) != keys[i].types[0] && json_typeof(value) != keys[i].types[1])) {
            return err_set(err, ERR_INVALID, "request.yaml: '%s' is unknown, or no place for %s",
                           key, json_type_name(value));
        }
    }
    return 0;
}

static int load_request(struct golden_case *golden, struct err *err)
{
    CLEANUP(free) char *text = NULL;

    if (read_optional(golden->folder, "request.yaml", &text, err) < 0) {
        return -1;
    }
    if (text == NULL) {
        golden->request = json_object();
        return golden->request != NULL ? 0 : err_no_memory(err);
    }
    if (read_single("request.yaml", text, YAML_STRICT, &golden->request, err) < 0) {
        return -1;
    }
    return check_request(golden->request, err);
}

static int load_policies(const char *root, struct golden_case *golden, struct err *err)
{
    char path[PATH_MAX];

    if (join(path, golden->folder, "policy.yaml", err) < 0) {
        return -1;
    }
    if (access(path, F_OK) < 0 && join(path, root, "policy.yaml", err) < 0) {
        return -1;
    }
    golden->policy_path = strdup(path);
    if (golden->policy_path == NULL) {
        return err_no_memory(err);
    }
    golden->policies = policy_load(path, err);
    return golden->policies != NULL ? 0 : -1;
}

static int load(const char *root, struct golden_case *golden, struct err *err)
{
    if (check_names(golden->folder, err) < 0 || load_input(golden, err) < 0 ||
        load_request(golden, err) < 0 || load_policies(root, golden, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < GOLDEN_FILES; i++) {
        if (read_optional(golden->folder, names[i], &golden->expected[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

int golden_case_load(const char *root, const char *folder, struct golden_case *out, struct err *err)
{
    CLEANUP(golden_case_clear) struct golden_case golden = {.folder = folder};

    if (load(root, &golden, err) < 0) {
        return -1;
    }
    *out = golden;
    golden = (struct golden_case){0};
    return 0;
}

const char *golden_case_copier_image(const struct golden_case *golden)
{
    const char *image = json_string_value(json_object_get(golden->request, "copierImage"));

    return image != NULL ? image : GOLDEN_COPIER_IMAGE;
}

bool golden_case_namespace_opted_in(const struct golden_case *golden)
{
    return json_is_true(json_object_get(golden->request, "namespaceOptedIn"));
}

static int write_file(const char *path, const char *text, struct err *err)
{
    FILE *file = fopen(path, "we");
    bool failed = file == NULL || fputs(text, file) == EOF;

    if (file != NULL && fclose(file) != 0) {
        failed = true;
    }
    return failed ? err_set(err, ERR_IO, "cannot write '%s'", path) : 0;
}

int golden_case_write(const struct golden_case *golden,
                      const char *const texts[static GOLDEN_FILES],
                      struct err *err)
{
    char path[PATH_MAX];

    for (size_t i = 0; i < GOLDEN_FILES; i++) {
        if (join(path, golden->folder, names[i], err) < 0) {
            return -1;
        }
        if (texts[i] != NULL && write_file(path, texts[i], err) < 0) {
            return -1;
        }
        if (texts[i] == NULL && unlink(path) < 0 && errno != ENOENT) {
            return err_set(err, ERR_IO, "cannot remove '%s'", path);
        }
    }
    return 0;
}
