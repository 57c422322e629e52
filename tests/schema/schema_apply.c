/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema_apply.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/schema/schema_kubernetes.h"

/* NOLINTBEGIN(misc-no-recursion): schema_check_value() bounds the depth */

/* Hold the same value against @schema too. Its fields were looked at already. */
static int validate_same(const struct schema_check *check, const json_t *schema, struct err *err)
{
    struct schema_check same = *check;

    same.schema = schema;
    same.structural = false;
    same.depth++;
    return schema_check_value(&same, err);
}

/* Hold @value, which stands at @place, against @schema. */
static int validate_part(const struct schema_check *check,
                         const json_t *schema,
                         const json_t *value,
                         const struct schema_place *place,
                         struct err *err)
{
    struct schema_check part = *check;

    part.schema = schema;
    part.value = value;
    part.place = place;
    part.is_object_root = false;
    part.depth++;
    return schema_check_value(&part, err);
}

static int validate_field(const struct schema_check *check,
                          const json_t *schema,
                          const char *key,
                          const json_t *value,
                          struct err *err)
{
    const struct schema_place place = {.up = check->place, .key = key};
    struct schema_check around = *check;

    around.structural = check->structural && !schema_kubernetes_is_metadata(check, key);
    return validate_part(&around, schema, value, &place, err);
}

int schema_apply_properties(const struct schema_check *check,
                            const json_t *argument,
                            struct err *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(argument)) {
        return schema_check_bad_schema(check, err, "keyword 'properties' is no object");
    }
    if (!json_is_object(check->value)) {
        return 0;
    }
    json_object_foreach (schema_walkable(check->value), key, value) {
        const json_t *schema = json_object_get(argument, key);
        if (schema != NULL && validate_field(check, schema, key, value, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int schema_apply_additional_properties(const struct schema_check *check,
                                       const json_t *argument,
                                       struct err *err)
{
    const json_t *properties = json_object_get(check->schema, "properties");
    const char *key;
    json_t *value;

    if (!json_is_object(check->value)) {
        return 0;
    }
    json_object_foreach (schema_walkable(check->value), key, value) {
        if (json_object_get(properties, key) != NULL) {
            continue;
        }
        if (json_is_false(argument)) {
            return schema_check_fail(check, err, "field '%.100s' is not allowed", key);
        }
        if (validate_field(check, argument, key, value, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int schema_apply_property_names(const struct schema_check *check,
                                const json_t *argument,
                                struct err *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(check->value)) {
        return 0;
    }
    json_object_foreach (schema_walkable(check->value), key, value) {
        const struct schema_place place = {.up = check->place, .key = key};
        json_auto_t *name = json_string(key);
        if (name == NULL) {
            return err_no_memory(err);
        }
        if (validate_part(check, argument, name, &place, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int schema_apply_items(const struct schema_check *check, const json_t *argument, struct err *err)
{
    const json_t *item;
    size_t i;

    if (json_is_array(argument)) {
        return schema_check_bad_schema(check, err,
                                       "a list of schemas for 'items' is not supported");
    }
    if (!json_is_array(check->value)) {
        return 0;
    }
    json_array_foreach (check->value, i, item) {
        const struct schema_place place = {.up = check->place, .index = i};
        if (validate_part(check, argument, item, &place, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether the value is valid by @schema, in @out. Returns -1 only where that cannot be said. */
static int test(const struct schema_check *check, const json_t *schema, bool *out, struct err *err)
{
    struct err why = {0};

    *out = validate_same(check, schema, &why) == 0;
    if (!*out && why.code != ERR_INVALID) {
        *err = why;
        return -1;
    }
    return 0;
}

/* How many of the list @schemas the value is valid by. */
static int
count_valid(const struct schema_check *check, const json_t *schemas, size_t *out, struct err *err)
{
    const json_t *schema;
    size_t i;

    if (json_array_size(schemas) == 0) {
        return schema_check_bad_schema(check, err, "allOf, anyOf and oneOf need a list of schemas");
    }
    *out = 0;
    json_array_foreach (schemas, i, schema) {
        bool is_valid = false;
        if (test(check, schema, &is_valid, err) < 0) {
            return -1;
        }
        *out += is_valid;
    }
    return 0;
}

int schema_apply_all_of(const struct schema_check *check, const json_t *argument, struct err *err)
{
    const json_t *schema;
    size_t i;

    if (json_array_size(argument) == 0) {
        return schema_check_bad_schema(check, err, "allOf, anyOf and oneOf need a list of schemas");
    }
    json_array_foreach (argument, i, schema) {
        if (validate_same(check, schema, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int schema_apply_any_of(const struct schema_check *check, const json_t *argument, struct err *err)
{
    size_t n = 0;

    if (count_valid(check, argument, &n, err) < 0) {
        return -1;
    }
    return n > 0 ? 0
                 : schema_check_fail(check, err, "none of the %zu schemas of anyOf fits",
                                     json_array_size(argument));
}

int schema_apply_one_of(const struct schema_check *check, const json_t *argument, struct err *err)
{
    size_t n = 0;

    if (count_valid(check, argument, &n, err) < 0) {
        return -1;
    }
    return n == 1 ? 0
                  : schema_check_fail(check, err, "expected one schema of oneOf to fit, %zu do", n);
}

int schema_apply_not(const struct schema_check *check, const json_t *argument, struct err *err)
{
    bool is_valid = false;

    if (test(check, argument, &is_valid, err) < 0) {
        return -1;
    }
    return is_valid ? schema_check_fail(check, err, "what 'not' describes is not allowed") : 0;
}

int schema_apply_if(const struct schema_check *check, const json_t *argument, struct err *err)
{
    const json_t *branch;
    bool is_valid = false;

    if (test(check, argument, &is_valid, err) < 0) {
        return -1;
    }
    branch = json_object_get(check->schema, is_valid ? "then" : "else");
    return branch != NULL ? validate_same(check, branch, err) : 0;
}

/* Put the next token of the JSON Pointer *@pointer into @out, unescaped, and move behind it. */
static void next_token(const char **pointer, struct buf *out)
{
    const char *at = *pointer + 1;

    for (; *at != '\0' && *at != '/'; at++) {
        if (at[0] == '~' && (at[1] == '0' || at[1] == '1')) {
            at++;
            buf_add_char(out, *at == '0' ? '~' : '/');
        } else {
            buf_add_char(out, *at);
        }
    }
    *pointer = at;
}

/* What the JSON Pointer @pointer leads to; NULL when nowhere. */
static const json_t *find(const json_t *root, const char *pointer)
{
    const json_t *at = root;

    while (at != NULL && *pointer == '/') {
        CLEANUP(buf_clear) struct buf token = BUF_INIT(1024);
        next_token(&pointer, &token);
        if (json_is_array(at)) {
            at = json_array_get(at, strtoul(buf_text(&token), NULL, 10));
        } else {
            at = json_object_get(at, buf_text(&token));
        }
    }
    return *pointer == '\0' ? at : NULL;
}

int schema_apply_ref(const struct schema_check *check, const json_t *argument, struct err *err)
{
    const char *ref = json_is_string(argument) ? json_string_value(argument) : "";
    const json_t *schema = ref[0] == '#' ? find(check->root, ref + 1) : NULL;

    if (schema == NULL) {
        return schema_check_bad_schema(check, err, "$ref '%.200s' leads nowhere", ref);
    }
    return validate_same(check, schema, err);
}

/* NOLINTEND(misc-no-recursion) */
