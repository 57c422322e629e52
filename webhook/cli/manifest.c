/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "webhook/cli/json_stream.h"

void manifest_clear(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->documents.n; i++) {
        json_decref(manifest->documents.items[i].value);
    }
    manifest->documents.n = 0;
    manifest->objects.n = 0;
}

/* The objects of a list, or NULL for another value. A resource may well be called AllowList, hence
 * the look at its items. */
static json_t *list_items(const json_t *value)
{
    const char *kind = json_string_value(json_object_get(value, "kind"));
    json_t *items = json_object_get(value, "items");
    size_t len = kind != NULL ? strlen(kind) : 0;

    if (len < 4 || strcmp(kind + len - 4, "List") != 0 || !json_is_array(items)) {
        return NULL;
    }
    return items;
}

/* kubectl lets the items of a WorkflowList say neither kind nor apiVersion: they have the list's.
 */
static int inherit_kind(json_t *item, const json_t *list, struct err *err)
{
    const char *kind = json_string_value(json_object_get(list, "kind"));
    size_t len = strlen(kind) - 4; /* "List" */

    if (len == 0 || !json_is_object(item) || json_object_get(item, "kind") != NULL ||
        json_object_get(item, "apiVersion") != NULL) {
        return 0;
    }
    if (json_object_set_new(item, "kind", json_stringn(kind, len)) < 0 ||
        json_object_set(item, "apiVersion", json_object_get(list, "apiVersion")) < 0) {
        return err_no_memory(err);
    }
    return 0;
}

static int check_type_text(const json_t *value, const char *key, const char *place, struct err *err)
{
    const json_t *text = json_object_get(value, key);

    if (text == NULL) {
        return err_set(err, ERR_INVALID, "%s: '%s' is missing, expected a Kubernetes object", place,
                       key);
    }
    if (!json_is_string(text) || json_string_length(text) == 0) {
        return err_set(err, ERR_INVALID, "%s: '%s' is %s, expected a name", place, key,
                       json_is_string(text) ? "empty" : json_type_name(text));
    }
    return 0;
}

static int check_object(const json_t *value, const char *place, struct err *err)
{
    if (!json_is_object(value)) {
        return err_set(err, ERR_INVALID, "%s: found %s, expected a Kubernetes object", place,
                       json_type_name(value));
    }
    if (check_type_text(value, "apiVersion", place, err) < 0 ||
        check_type_text(value, "kind", place, err) < 0) {
        return -1;
    }
    return 0;
}

static const char *make_label(struct arena *arena, const json_t *value, const char *kind)
{
    const json_t *metadata = json_object_get(value, "metadata");
    const char *name = json_string_value(json_object_get(metadata, "name"));

    if (name == NULL || name[0] == '\0') {
        name = json_string_value(json_object_get(metadata, "generateName"));
    }
    return name != NULL ? arena_printf(arena, "%s/%s", kind, name) : kind;
}

static int add_single(struct manifest *manifest, json_t *value, const char *place, struct err *err)
{
    struct manifest_object *object = LIST_ADD(manifest->arena, &manifest->objects);

    if (object == NULL) {
        return err_no_memory(err);
    }
    object->value = value;
    object->kind = json_string_value(json_object_get(value, "kind"));
    object->api_version = json_string_value(json_object_get(value, "apiVersion"));
    object->label = make_label(manifest->arena, value, object->kind);
    object->place = place;
    return object->label != NULL ? 0 : err_no_memory(err);
}

/* Add @value, or what it holds when it is a list. A list in a list is as deep as the readers allow.
 */
// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static int add_objects(struct manifest *manifest, json_t *value, const char *place, struct err *err)
{
    json_t *items = list_items(value);
    json_t *item;
    size_t i;

    if (check_object(value, place, err) < 0) {
        return -1;
    }
    if (items == NULL) {
        return add_single(manifest, value, place, err);
    }
    json_array_foreach (items, i, item) {
        const char *item_place = arena_printf(manifest->arena, "%s: item %zu", place, i + 1);
        if (item_place == NULL) {
            return err_no_memory(err);
        }
        if (inherit_kind(item, value, err) < 0 ||
            add_objects(manifest, item, item_place, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Add the document @value, which is taken, found in file @name at @line. */
static int add_document(
    struct manifest *manifest, json_t *value, const char *name, size_t line, struct err *err)
{
    struct manifest_document *document = LIST_ADD(manifest->arena, &manifest->documents);
    const char *place = arena_printf(manifest->arena, "%s:%zu", name, line);
    size_t before = manifest->objects.n;

    if (document == NULL || place == NULL) {
        json_decref(value);
        manifest->documents.n -= document != NULL ? 1 : 0;
        return err_no_memory(err);
    }
    document->value = value;
    if (add_objects(manifest, value, place, err) < 0) {
        return -1;
    }
    document->n_objects = manifest->objects.n - before;
    return 0;
}

static int read_yaml(
    struct manifest *manifest, const char *name, const char *text, size_t len, struct err *err)
{
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;

    reader = yaml_reader_new(name, text, len, YAML_KUBECTL, err);
    if (reader == NULL) {
        return -1;
    }
    for (;;) {
        json_t *value = NULL;
        if (yaml_reader_next(reader, &value, err) < 0) {
            return -1;
        }
        if (value == NULL) {
            return 0;
        }
        if (json_is_null(value)) {
            json_decref(value);
            continue;
        }
        if (add_document(manifest, value, name, yaml_reader_line(reader), err) < 0) {
            return -1;
        }
    }
}

static int read_json(struct manifest *manifest, struct json_stream *stream, struct err *err)
{
    for (;;) {
        json_t *value = NULL;
        if (json_stream_next(stream, &value, err) < 0) {
            return -1;
        }
        if (value == NULL) {
            return 0;
        }
        if (add_document(manifest, value, stream->name, stream->line, err) < 0) {
            return -1;
        }
    }
}

/*
 * kubectl takes a text that starts with a bracket for JSON, and for YAML after all when its first
 * value is no JSON: YAML has such brackets too.
 */
static int read_text(
    struct manifest *manifest, const char *name, const char *text, size_t len, struct err *err)
{
    struct json_stream stream = {.name = name, .text = text, .len = len};
    size_t before = manifest->documents.n;
    struct err other = {0};

    if (!json_stream_looks_like(text, len)) {
        return read_yaml(manifest, name, text, len, err);
    }
    if (read_json(manifest, &stream, err) == 0) {
        return 0;
    }
    if (manifest->documents.n > before || err->code != ERR_INVALID) {
        return -1;
    }
    return read_yaml(manifest, name, text, len, &other);
}

/* A pipe will do, which is what a shell's <(command) is; base/file.h would refuse it. */
static int read_file(struct manifest *manifest, const char *path, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(MANIFEST_BYTES_MAX);
    CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        const char *reason = strerror(errno); // NOLINT(concurrency-mt-unsafe): one thread
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open '%s': %s", path,
                       reason);
    }
    if (file_read_fd(fd, path, &text, err) < 0) {
        return -1;
    }
    return read_text(manifest, path, buf_text(&text), text.len, err);
}

static int read_stdin(struct manifest *manifest, struct err *err)
{
    static const char name[] = "standard input";
    CLEANUP(buf_clear) struct buf text = BUF_INIT(MANIFEST_BYTES_MAX);

    if (file_read_fd(STDIN_FILENO, name, &text, err) < 0) {
        return -1;
    }
    return read_text(manifest, name, buf_text(&text), text.len, err);
}

static int read_folder(struct manifest *manifest, const char *path, struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", ".json", NULL};
    struct file_list list = {0};

    if (file_list_folder(path, suffixes, MANIFEST_FILES_MAX, manifest->arena, &list, err) < 0) {
        return -1;
    }
    if (list.paths.n == 0) {
        return err_set(err, ERR_NOT_FOUND,
                       "folder '%s' holds no manifests, expected *.yaml, *.yml or *.json", path);
    }
    for (size_t i = 0; i < list.paths.n; i++) {
        if (read_file(manifest, list.paths.items[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

int manifest_read(struct manifest *manifest, const char *path, struct err *err)
{
    if (strcmp(path, "-") == 0) {
        return read_stdin(manifest, err);
    }
    if (file_is_folder(path)) {
        return read_folder(manifest, path, err);
    }
    return read_file(manifest, path, err);
}

/* The copy of @value with the next of *@results, which moves on, in the place of each object. */
// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static int rebuild(json_t *value, json_t *const **results, json_t **out, struct err *err)
{
    json_auto_t *items = NULL;
    json_auto_t *list = NULL;
    json_t *item;
    size_t i;

    if (list_items(value) == NULL) {
        *out = json_incref(**results); /* accepts NULL */
        (*results)++;
        return 0;
    }
    items = json_array();
    list = json_copy(value);
    json_array_foreach (list_items(value), i, item) {
        json_t *rebuilt = NULL;
        if (rebuild(item, results, &rebuilt, err) < 0) {
            return -1;
        }
        if (rebuilt != NULL && json_array_append_new(items, rebuilt) < 0) {
            return err_no_memory(err);
        }
    }
    if (json_object_set(list, "items", items) < 0) {
        return err_no_memory(err);
    }
    *out = TAKE(list);
    return 0;
}

int manifest_rebuild(const struct manifest_document *document,
                     json_t *const *results,
                     json_t **out,
                     struct err *err)
{
    return rebuild(document->value, &results, out, err);
}
