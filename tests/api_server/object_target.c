/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api_server/object_store_inside.h"

/* The value of the query's key, with %XX decoded; "" for none. */
static void read_query(const char *target, const char *key, char out[static OBJECT_STORE_PATH_SIZE])
{
    const char *query = strchr(target, '?');
    const size_t key_len = strlen(key);
    size_t len = 0;

    out[0] = '\0';
    for (const char *at = query; at != NULL; at = strchr(at, '&')) {
        at++;
        if (strncmp(at, key, key_len) != 0 || at[key_len] != '=') {
            continue;
        }
        for (at += key_len + 1; *at != '\0' && *at != '&' && len + 1 < OBJECT_STORE_PATH_SIZE;
             at++) {
            char hex[3] = {0};
            if (*at == '%') {
                memcpy(hex, at + 1, 2);
                out[len++] = (char)strtoul(hex, NULL, 16);
                at += 2;
            } else {
                out[len++] = *at;
            }
        }
        out[len] = '\0';
        return;
    }
}

struct object_target object_target_read(const struct api_request *request)
{
    static const char selector[] = "metadata.name=";
    const char *text = request->target;
    struct object_target target = {.version = 0};
    char value[OBJECT_STORE_PATH_SIZE];

    (void)snprintf(target.path, sizeof(target.path), "%.*s", (int)strcspn(text, "?"), text);
    read_query(text, "fieldSelector", value);
    if (strncmp(value, selector, sizeof(selector) - 1) == 0) {
        (void)snprintf(target.name, sizeof(target.name), "%s", value + sizeof(selector) - 1);
    }
    read_query(text, "labelSelector", target.labels);
    read_query(text, "fieldManager", target.manager);
    read_query(text, "resourceVersion", value);
    target.version = strtoul(value, NULL, 10);
    read_query(text, "watch", value);
    target.is_watch = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
    read_query(text, "force", value);
    target.is_forced = strcmp(value, "true") == 0;
    target.is_metadata = strstr(request->head, "as=PartialObjectMetadata") != NULL;
    target.is_merge_patch = strstr(request->head, "application/merge-patch+json") != NULL;
    return target;
}

/* The name in @path when it is in the collection @collection, else NULL. */
static const char *name_in(const char *collection, const char *path)
{
    const size_t len = strlen(collection);
    const char *name = path + len + 1;

    return strncmp(path, collection, len) == 0 && path[len] == '/' && strchr(name, '/') == NULL
               ? name
               : NULL;
}

/* The same for the collection of all namespaces: "/api/v1/secrets". */
static const char *name_in_all(const char *collection, const char *path)
{
    static const char namespaces[] = "/namespaces/";
    const char *plural = strrchr(collection, '/');
    const size_t len = (size_t)(plural - collection);
    const char *rest = path + len + sizeof(namespaces) - 1;

    if (strncmp(path, collection, len) != 0 ||
        strncmp(path + len, namespaces, sizeof(namespaces) - 1) != 0) {
        return NULL;
    }
    rest = strchr(rest, '/');
    return rest != NULL ? name_in(plural, rest) : NULL;
}

bool object_target_has(const struct object_target *target, const char *path)
{
    const char *name = name_in(target->path, path);

    if (name == NULL) {
        name = name_in_all(target->path, path);
    }
    return name != NULL && (target->name[0] == '\0' || strcmp(target->name, name) == 0);
}

/* Whether @labels, which may be NULL, are as the requirement @text wants them: "key=value",
 * "key!=value" or "key". */
static bool is_met(char *text, const json_t *labels)
{
    char *value = strchr(text, '=');
    const bool is_other = value != NULL && value > text && value[-1] == '!';
    const char *found;

    if (value != NULL) {
        value[is_other ? -1 : 0] = '\0';
        value++;
    }
    found = json_string_value(json_object_get(labels, text));
    if (value == NULL || found == NULL) {
        return found != NULL || is_other;
    }
    return (strcmp(value, found) == 0) != is_other;
}

bool object_target_selects(const struct object_target *target, const json_t *labels)
{
    char text[OBJECT_STORE_PATH_SIZE];
    char *rest = text;
    char *requirement;

    (void)snprintf(text, sizeof(text), "%s", target->labels);
    while ((requirement = strsep(&rest, ",")) != NULL && requirement[0] != '\0') {
        if (!is_met(requirement, labels)) {
            return false;
        }
    }
    return true;
}
