/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/schema/schema_apply.h"
#include "tests/schema/schema_assert.h"
#include "tests/schema/schema_check.h"
#include "tests/schema/schema_kubernetes.h"

/* Schemas from the root to a value: several apply to each of its JSON_DEPTH_MAX levels, and a $ref
 * to itself must end somewhere. */
#define DEPTH_MAX (4 * JSON_DEPTH_MAX)

/* By name, for bsearch(). No check: passed over on purpose, see schema.h. */
static const struct keyword {
    const char *name;
    schema_keyword *check;
} keywords[] = {
    {"$comment", NULL},
    {"$defs", NULL},
    {"$id", NULL},
    {"$ref", schema_apply_ref},
    {"$schema", NULL},
    {"additionalProperties", schema_apply_additional_properties},
    {"allOf", schema_apply_all_of},
    {"anyOf", schema_apply_any_of},
    {"const", schema_assert_const},
    {"default", NULL},
    {"definitions", NULL},
    {"deprecated", NULL},
    {"description", NULL},
    {"else", NULL}, /* see schema_apply_if() */
    {"enum", schema_assert_enum},
    {"examples", NULL},
    {"exclusiveMaximum", schema_assert_exclusive_maximum},
    {"exclusiveMinimum", schema_assert_exclusive_minimum},
    {"format", NULL},
    {"if", schema_apply_if},
    {"items", schema_apply_items},
    {"maxItems", schema_assert_max_items},
    {"maxLength", schema_assert_max_length},
    {"maxProperties", schema_assert_max_properties},
    {"maximum", schema_assert_maximum},
    {"minItems", schema_assert_min_items},
    {"minLength", schema_assert_min_length},
    {"minProperties", schema_assert_min_properties},
    {"minimum", schema_assert_minimum},
    {"not", schema_apply_not},
    {"nullable", schema_kubernetes_nullable},
    {"oneOf", schema_apply_one_of},
    {"pattern", schema_assert_pattern},
    {"properties", schema_apply_properties},
    {"propertyNames", schema_apply_property_names},
    {"required", schema_assert_required},
    {"then", NULL},
    {"title", NULL},
    {"type", schema_assert_type},
    {"uniqueItems", schema_assert_unique_items},
    {"x-kubernetes-embedded-resource", schema_kubernetes_embedded_resource},
    {"x-kubernetes-int-or-string", schema_kubernetes_int_or_string},
    {"x-kubernetes-list-map-keys", schema_kubernetes_list_map_keys},
    {"x-kubernetes-list-type", schema_kubernetes_list_type},
    {"x-kubernetes-map-type", schema_kubernetes_map_type},
    {"x-kubernetes-preserve-unknown-fields", schema_kubernetes_preserve_unknown_fields},
    {"x-kubernetes-validations", NULL},
};

static int compare_keyword(const void *name, const void *keyword)
{
    return strcmp(name, ((const struct keyword *)keyword)->name);
}

static const struct keyword *find_keyword(const char *name)
{
    return bsearch(name, keywords, sizeof(keywords) / sizeof(keywords[0]), sizeof(keywords[0]),
                   compare_keyword);
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it */
int schema_check_value(const struct schema_check *check, struct err *err)
{
    const char *name;
    json_t *argument;

    if (check->depth > DEPTH_MAX) {
        return schema_check_bad_schema(check, err, "more than %d schemas deep", DEPTH_MAX);
    }
    if (json_is_boolean(check->schema)) {
        return json_is_true(check->schema)
                   ? 0
                   : schema_check_fail(check, err, "nothing is allowed here");
    }
    if (!json_is_object(check->schema)) {
        return schema_check_bad_schema(check, err, "a schema is neither an object nor a boolean");
    }
    json_object_foreach (schema_walkable(check->schema), name, argument) {
        const struct keyword *keyword = find_keyword(name);
        if (keyword == NULL) {
            return schema_check_bad_schema(check, err, "keyword '%.100s' is not supported", name);
        }
        if (keyword->check != NULL && keyword->check(check, argument, err) < 0) {
            return -1;
        }
    }
    if (check->structural && json_is_object(check->value)) {
        return schema_kubernetes_check_fields(check, err);
    }
    return 0;
}

int schema_validate(const json_t *schema, const json_t *value, struct err *err)
{
    const struct schema_check check = {.root = schema, .schema = schema, .value = value};

    return schema_check_value(&check, err);
}

int schema_validate_structural(const json_t *schema, const json_t *value, struct err *err)
{
    const struct schema_check check = {
        .root = schema,
        .schema = schema,
        .value = value,
        .structural = true,
        .is_object_root = true,
    };

    return schema_check_value(&check, err);
}
