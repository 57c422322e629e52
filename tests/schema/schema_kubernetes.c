/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema_kubernetes.h"

#include <string.h>

#include "base/json.h"
#include "tests/schema/schema_assert.h"
#include "tests/schema/schema_same.h"

static bool has(const struct schema_check *check, const char *keyword)
{
    return json_is_true(json_object_get(check->schema, keyword));
}

static int check_flag(const struct schema_check *check, const json_t *argument, struct err *err)
{
    return json_is_boolean(argument) ? 0
                                     : schema_check_bad_schema(check, err, "a flag is no boolean");
}

/* What it allows is allowed by schema_assert_type(). */
int schema_kubernetes_nullable(const struct schema_check *check,
                               const json_t *argument,
                               struct err *err)
{
    return check_flag(check, argument, err);
}

/* What it allows is allowed by schema_kubernetes_check_fields(). */
int schema_kubernetes_preserve_unknown_fields(const struct schema_check *check,
                                              const json_t *argument,
                                              struct err *err)
{
    return check_flag(check, argument, err);
}

int schema_kubernetes_int_or_string(const struct schema_check *check,
                                    const json_t *argument,
                                    struct err *err)
{
    if (check_flag(check, argument, err) < 0) {
        return -1;
    }
    if (!json_is_true(argument) || json_is_string(check->value) ||
        schema_is_integer(check->value) || (json_is_null(check->value) && has(check, "nullable"))) {
        return 0;
    }
    return schema_check_fail(check, err, "expected an integer or a string, found %s",
                             json_type_name(check->value));
}

int schema_kubernetes_embedded_resource(const struct schema_check *check,
                                        const json_t *argument,
                                        struct err *err)
{
    const json_t *metadata = json_object_get(check->value, "metadata");

    if (check_flag(check, argument, err) < 0) {
        return -1;
    }
    if (!json_is_true(argument) || !json_is_object(check->value)) {
        return 0;
    }
    if (!json_is_string(json_object_get(check->value, "apiVersion")) ||
        !json_is_string(json_object_get(check->value, "kind"))) {
        return schema_check_fail(check, err, "expected an object with apiVersion and kind");
    }
    if (metadata != NULL && !json_is_object(metadata)) {
        return schema_check_fail(check, err, "expected an object as metadata, found %s",
                                 json_type_name(metadata));
    }
    return 0;
}

/* The value of the key @name of an item of a list map: its own or the default. */
static const json_t *map_key(const struct schema_check *check, const json_t *item, const char *name)
{
    const json_t *own = json_object_get(item, name);
    const json_t *items = json_object_get(check->schema, "items");
    const json_t *properties = json_object_get(items, "properties");

    return own != NULL ? own : json_object_get(json_object_get(properties, name), "default");
}

static bool same_map_keys(const struct schema_check *check,
                          const json_t *names,
                          const json_t *a,
                          const json_t *b)
{
    const json_t *name;
    size_t i;

    json_array_foreach (names, i, name) {
        const char *text = json_string_value(name);
        if (!schema_same(map_key(check, a, text), map_key(check, b, text))) {
            return false;
        }
    }
    return true;
}

static int check_list_map(const struct schema_check *check, struct err *err)
{
    const json_t *names = json_object_get(check->schema, "x-kubernetes-list-map-keys");
    const json_t *list = check->value;

    if (json_array_size(names) == 0) {
        return schema_check_bad_schema(check, err, "a list map has no x-kubernetes-list-map-keys");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_map_keys(check, names, json_array_get(list, i), json_array_get(list, j))) {
                return schema_check_fail(check, err,
                                         "items %zu and %zu have the same '%s', and no two may", j,
                                         i, json_string_value(json_array_get(names, 0)));
            }
        }
    }
    return 0;
}

int schema_kubernetes_list_type(const struct schema_check *check,
                                const json_t *argument,
                                struct err *err)
{
    const char *type = json_is_string(argument) ? json_string_value(argument) : "";

    if (strcmp(type, "set") == 0) {
        return schema_assert_unique_items(check, json_true(), err);
    }
    if (strcmp(type, "map") == 0) {
        return check_list_map(check, err);
    }
    if (strcmp(type, "atomic") == 0) {
        return 0;
    }
    return schema_check_bad_schema(check, err, "x-kubernetes-list-type '%s' is unknown", type);
}

int schema_kubernetes_list_map_keys(const struct schema_check *check,
                                    const json_t *argument,
                                    struct err *err)
{
    const json_t *name;
    size_t i;

    json_array_foreach (argument, i, name) {
        if (!json_is_string(name)) {
            return schema_check_bad_schema(check, err, "a key of a list map is no string");
        }
    }
    return 0;
}

/* How a map is merged; any map is valid by it. */
int schema_kubernetes_map_type(const struct schema_check *check,
                               const json_t *argument,
                               struct err *err)
{
    const char *type = json_is_string(argument) ? json_string_value(argument) : "";

    if (strcmp(type, "atomic") == 0 || strcmp(type, "granular") == 0) {
        return 0;
    }
    return schema_check_bad_schema(check, err, "x-kubernetes-map-type '%s' is unknown", type);
}

static bool is_resource(const struct schema_check *check)
{
    return check->is_object_root || has(check, "x-kubernetes-embedded-resource");
}

bool schema_kubernetes_is_metadata(const struct schema_check *check, const char *key)
{
    return check->structural && is_resource(check) && strcmp(key, "metadata") == 0;
}

int schema_kubernetes_check_fields(const struct schema_check *check, struct err *err)
{
    const json_t *properties = json_object_get(check->schema, "properties");
    const char *key;
    json_t *value;

    if (json_object_get(check->schema, "additionalProperties") != NULL ||
        has(check, "x-kubernetes-preserve-unknown-fields")) {
        return 0;
    }
    json_object_foreach (schema_walkable(check->value), key, value) {
        bool is_type = strcmp(key, "apiVersion") == 0 || strcmp(key, "kind") == 0;
        if (json_object_get(properties, key) == NULL &&
            !schema_kubernetes_is_metadata(check, key) && !(is_type && is_resource(check))) {
            return schema_check_fail(check, err,
                                     "field '%.100s' is not in the schema, the API server would "
                                     "drop it",
                                     key);
        }
    }
    return 0;
}
