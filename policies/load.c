/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/load.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/source.h"
#include "base/yaml.h"
#include "policies/document.h"
#include "policies/set.h"
#include "policies/shipped.h"

/* A set on its way. */
struct loader {
    struct policy_set *set;
    size_t n_documents;
    size_t n_bytes;
};

/* One document of a text; takes it over. */
static int
load_document(struct loader *loader, struct source *source, json_t *document, struct err *err)
{
    if (json_is_null(document)) { /* nothing but comments */
        json_decref(document);
        return 0;
    }
    if (set_keep(loader->set, document, err) < 0) {
        return -1;
    }
    if (++loader->n_documents > POLICY_DOCUMENTS_MAX) {
        return err_set(err, ERR_TOO_BIG, "%s:%zu: expected at most %d policy documents in all",
                       source->name, yaml_reader_line(source->reader), POLICY_DOCUMENTS_MAX);
    }
    source->document = document;
    return document_add(loader->set, source, yaml_reader_line(source->reader), err);
}

static int
load_text(struct loader *loader, const char *name, const char *text, size_t len, struct err *err)
{
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    struct source source = {.name = name, .text = text, .len = len};

    if (len > POLICY_FILE_BYTES_MAX) {
        return err_set(err, ERR_TOO_BIG, "%s is larger than %zu bytes", name,
                       POLICY_FILE_BYTES_MAX);
    }
    loader->n_bytes += len;
    if (loader->n_bytes > POLICY_BYTES_MAX) {
        return err_set(err, ERR_TOO_BIG, "%s: expected at most %zu bytes of policies in all", name,
                       POLICY_BYTES_MAX);
    }
    reader = yaml_reader_new(name, text, len, YAML_STRICT, err);
    if (reader == NULL) {
        return -1;
    }
    source.reader = reader;
    for (;;) {
        json_t *document = NULL;
        if (yaml_reader_next(reader, &document, err) < 0) {
            return -1;
        }
        if (document == NULL) {
            return 0;
        }
        if (load_document(loader, &source, document, err) < 0) {
            return -1;
        }
    }
}

static int load_file(struct loader *loader, const char *path, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(POLICY_FILE_BYTES_MAX);

    if (file_read(path, &text, err) < 0) {
        return -1;
    }
    return load_text(loader, path, buf_text(&text), text.len, err);
}

static int load_folder(struct loader *loader, const char *path, struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", ".json", NULL};
    struct file_list files = {0};

    if (file_list_folder(path, suffixes, POLICY_FILES_MAX, set_arena(loader->set), &files, err) <
        0) {
        return -1;
    }
    if (files.paths.n == 0) {
        return err_set(err, ERR_INVALID,
                       "folder '%s' has no policies; expected files *.yaml, *.yml or *.json", path);
    }
    for (size_t i = 0; i < files.paths.n; i++) {
        if (load_file(loader, files.paths.items[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What all ways to load end with. */
static int finish(struct loader *loader, const char *name, struct err *err)
{
    if (loader->n_documents == 0) {
        return err_set(err, ERR_INVALID, "'%s' has no policies; expected one document at least",
                       name);
    }
    return set_finish(loader->set, err);
}

struct policy_set *policy_load(const char *path, struct err *err)
{
    CLEANUP(policy_set_unref) struct policy_set *set = set_new(err);
    struct loader loader = {.set = set};

    if (set == NULL) {
        return NULL;
    }
    if ((file_is_folder(path) ? load_folder(&loader, path, err) : load_file(&loader, path, err)) <
            0 ||
        finish(&loader, path, err) < 0) {
        return NULL;
    }
    return TAKE(set);
}

struct policy_set *policy_load_text(const char *name, const char *text, size_t len, struct err *err)
{
    CLEANUP(policy_set_unref) struct policy_set *set = set_new(err);
    struct loader loader = {.set = set};

    if (set == NULL || load_text(&loader, name, text, len, err) < 0 ||
        finish(&loader, name, err) < 0) {
        return NULL;
    }
    return TAKE(set);
}

struct policy_set *policy_load_shipped(struct err *err)
{
    CLEANUP(policy_set_unref) struct policy_set *set = set_new(err);
    struct loader loader = {.set = set};

    if (set == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < shipped_n_files; i++) {
        const struct shipped_file *file = &shipped_files[i];
        if (load_text(&loader, file->name, file->text, file->len, err) < 0) {
            return NULL;
        }
    }
    return finish(&loader, "shipped", err) == 0 ? TAKE(set) : NULL;
}
