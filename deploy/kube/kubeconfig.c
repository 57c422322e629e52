/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kubeconfig.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/source.h"
#include "base/yaml.h"
#include "deploy/kube/kube_config.h"
#include "deploy/kube/secret.h"

void kubeconfig_clear(struct kubeconfig *file)
{
    secret_clear(&file->text);
    json_decref(file->document);
}

/* The reading that kubectl has knows no places; nearly every kubeconfig can be read the strict way
 * too, which does. The excerpt goes: it may be a key. */
int kubeconfig_locate(const struct kubeconfig *file, const char *pointer, struct err *err)
{
    const char *text = buf_text(&file->text);
    const size_t len = file->text.len;
    struct err ignored = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new(file->path, text, len, YAML_STRICT, &ignored);
    json_auto_t *strict = NULL;
    struct source source = {
        .name = file->path, .text = text, .len = len, .document = file->document};

    if (reader != NULL && yaml_reader_next(reader, &strict, &ignored) == 0) {
        source.reader = reader;
    }
    (void)source_locate(&source, false, err, "%s", pointer);
    err->excerpt[0] = '\0';
    return -1;
}

int kubeconfig_locate_key(const struct kubeconfig *file,
                          const struct kubeconfig_node *node,
                          const char *key,
                          struct err *err)
{
    char pointer[sizeof(node->pointer) + 64];

    (void)snprintf(pointer, sizeof(pointer), "%s/%s", node->pointer, key);
    return kubeconfig_locate(file, pointer, err);
}

int kubeconfig_read(struct kubeconfig *file, struct err *err)
{
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    json_auto_t *more = NULL;

    if (file_read(file->path, &file->text, err) < 0) {
        return -1;
    }
    reader = yaml_reader_new(file->path, buf_text(&file->text), file->text.len, YAML_KUBECTL, err);
    if (reader == NULL) {
        return -1;
    }
    if (yaml_reader_next(reader, &file->document, err) < 0 ||
        yaml_reader_next(reader, &more, err) < 0) {
        err->excerpt[0] = '\0';
        return -1;
    }
    if (!json_is_object(file->document) || more != NULL) {
        return err_set(err, ERR_INVALID, "%s: expected one kubeconfig", file->path);
    }
    return 0;
}

int kubeconfig_text(const struct kubeconfig *file,
                    const struct kubeconfig_node *node,
                    const char *key,
                    const char **out,
                    struct err *err)
{
    const json_t *value = json_object_get(node->value, key);

    *out = NULL;
    if (value == NULL || json_is_null(value)) {
        return 0;
    }
    if (!json_is_string(value)) {
        (void)err_set(err, ERR_INVALID, "expected a string");
        return kubeconfig_locate_key(file, node, key, err);
    }
    if (strlen(json_string_value(value)) != json_string_length(value)) {
        (void)err_set(err, ERR_INVALID, "there is a NUL in it");
        return kubeconfig_locate_key(file, node, key, err);
    }
    if (json_string_length(value) > 0) {
        *out = arena_strndup(file->arena, json_string_value(value), json_string_length(value));
        if (*out == NULL) {
            return err_no_memory(err);
        }
    }
    return 0;
}

int kubeconfig_find(const struct kubeconfig *file,
                    const char *list,
                    const char *key,
                    const char *name,
                    struct kubeconfig_node *out,
                    struct err *err)
{
    const json_t *items = json_object_get(file->document, list);
    const json_t *item;
    size_t i;

    out->value = NULL;
    json_array_foreach (items, i, item) {
        const char *found = json_string_value(json_object_get(item, "name"));
        if (found == NULL || strcmp(found, name) != 0) {
            continue;
        }
        if (out->value != NULL) {
            (void)err_set(err, ERR_INVALID, "there is a second %s '%s'", key, name);
            (void)snprintf(out->pointer, sizeof(out->pointer), "/%s/%zu", list, i);
            return kubeconfig_locate(file, out->pointer, err);
        }
        (void)snprintf(out->pointer, sizeof(out->pointer), "/%s/%zu/%s", list, i, key);
        out->value = json_object_get(item, key);
        if (!json_is_object(out->value)) {
            (void)err_set(err, ERR_INVALID, "expected an object");
            return kubeconfig_locate(file, out->pointer, err);
        }
    }
    if (out->value == NULL) {
        return err_set(err, ERR_NOT_FOUND, "%s: there is no %s '%s'", file->path, key, name);
    }
    return 0;
}

/* A path in the file counts from the file's folder. */
static const char *resolve(const struct kubeconfig *file, const char *path)
{
    const char *slash = strrchr(file->path, '/');

    if (path[0] == '/' || slash == NULL) {
        return path;
    }
    return arena_printf(file->arena, "%.*s/%s", (int)(slash - file->path), file->path, path);
}

int kubeconfig_path(const struct kubeconfig *file,
                    const struct kubeconfig_node *node,
                    const char *key,
                    const char **out,
                    struct err *err)
{
    if (kubeconfig_text(file, node, key, out, err) < 0) {
        return -1;
    }
    if (*out != NULL) {
        *out = resolve(file, *out);
        if (*out == NULL) {
            return err_no_memory(err);
        }
    }
    return 0;
}

int kubeconfig_data(const struct kubeconfig *file,
                    const struct kubeconfig_node *node,
                    const char *key,
                    const char **out,
                    struct err *err)
{
    CLEANUP(secret_clear) struct buf text = BUF_INIT(KUBE_CONFIG_BYTES_MAX);
    CLEANUP(secret_clear) struct buf data = BUF_INIT(KUBE_CONFIG_BYTES_MAX);
    const char *encoded;

    *out = NULL;
    if (kubeconfig_text(file, node, key, &encoded, err) < 0) {
        return -1;
    }
    if (encoded == NULL) {
        return 0;
    }
    for (; *encoded != '\0'; encoded += strspn(encoded, "\r\n")) {
        const size_t n = strcspn(encoded, "\r\n");
        buf_add(&text, encoded, n);
        encoded += n;
    }
    if (base64_decode(buf_text(&text), text.len, &data, err) < 0) {
        return kubeconfig_locate_key(file, node, key, err);
    }
    if (strlen(buf_text(&data)) != data.len) {
        (void)err_set(err, ERR_INVALID, "expected base64 of PEM, found base64 of other bytes");
        return kubeconfig_locate_key(file, node, key, err);
    }
    *out = arena_strndup(file->arena, buf_text(&data), data.len);
    return *out != NULL ? 0 : err_no_memory(err);
}

int kubeconfig_pem(const struct kubeconfig *file,
                   const struct kubeconfig_node *node,
                   const char *data_key,
                   const char *file_key,
                   const char **out,
                   struct err *err)
{
    CLEANUP(secret_clear) struct buf pem = BUF_INIT(KUBE_CONFIG_BYTES_MAX);
    const char *path;

    if (kubeconfig_data(file, node, data_key, out, err) < 0) {
        return -1;
    }
    if (*out != NULL) {
        return 0;
    }
    if (kubeconfig_path(file, node, file_key, &path, err) < 0) {
        return -1;
    }
    if (path == NULL) {
        return 0;
    }
    if (file_read(path, &pem, err) < 0) {
        return kubeconfig_locate_key(file, node, file_key, err);
    }
    *out = arena_strndup(file->arena, buf_text(&pem), pem.len);
    return *out != NULL ? 0 : err_no_memory(err);
}
