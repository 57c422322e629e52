/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema_assert.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/schema/schema_pattern.h"
#include "tests/schema/schema_same.h"

/* The types of JSON Schema; the names are ours for messages. */
static const struct type {
    const char *type;
    const char *name;
} types[] = {
    {"array", "a list"},    {"boolean", "a boolean"}, {"integer", "an integer"}, {"null", "null"},
    {"number", "a number"}, {"object", "an object"},  {"string", "a string"},
};

static const struct type *find_type(const json_t *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (json_is_string(name) && strcmp(types[i].type, json_string_value(name)) == 0) {
            return &types[i];
        }
    }
    return NULL;
}

static bool is_of_type(const json_t *value, const char *type)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return strcmp(type, "object") == 0;
    case JSON_ARRAY:
        return strcmp(type, "array") == 0;
    case JSON_STRING:
        return strcmp(type, "string") == 0;
    case JSON_INTEGER:
    case JSON_REAL:
        return strcmp(type, "number") == 0 ||
               (strcmp(type, "integer") == 0 && schema_is_integer(value));
    case JSON_TRUE:
    case JSON_FALSE:
        return strcmp(type, "boolean") == 0;
    case JSON_NULL:
        return strcmp(type, "null") == 0;
    }
    return false;
}

static int
check_type(const struct schema_check *check, const json_t *name, bool *passes, struct err *err)
{
    const struct type *type = find_type(name);

    if (type == NULL) {
        return schema_check_bad_schema(check, err, "keyword 'type' names an unknown type");
    }
    *passes = *passes || is_of_type(check->value, type->type);
    return 0;
}

int schema_assert_type(const struct schema_check *check, const json_t *argument, struct err *err)
{
    const bool nullable = json_is_true(json_object_get(check->schema, "nullable"));
    bool passes = nullable && json_is_null(check->value);
    const json_t *name;
    size_t i;

    if (!json_is_array(argument)) {
        if (check_type(check, argument, &passes, err) < 0) {
            return -1;
        }
        return passes ? 0
                      : schema_check_fail(check, err, "expected %s, found %s",
                                          find_type(argument)->name, json_type_name(check->value));
    }
    json_array_foreach (argument, i, name) {
        if (check_type(check, name, &passes, err) < 0) {
            return -1;
        }
    }
    return passes ? 0
                  : schema_check_fail(check, err, "expected another type than %s",
                                      json_type_name(check->value));
}

/* What @value is, for a message. */
static char *show(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

int schema_assert_enum(const struct schema_check *check, const json_t *argument, struct err *err)
{
    CLEANUP(free) char *found = NULL;
    CLEANUP(free) char *allowed = NULL;
    const json_t *item;
    size_t i;

    if (!json_is_array(argument)) {
        return schema_check_bad_schema(check, err, "keyword 'enum' is no list");
    }
    json_array_foreach (argument, i, item) {
        if (schema_same(check->value, item)) {
            return 0;
        }
    }
    found = show(check->value);
    allowed = show(argument);
    return schema_check_fail(check, err, "expected one of %.200s, found %.100s",
                             allowed != NULL ? allowed : "", found != NULL ? found : "");
}

int schema_assert_const(const struct schema_check *check, const json_t *argument, struct err *err)
{
    CLEANUP(free) char *found = NULL;
    CLEANUP(free) char *expected = NULL;

    if (schema_same(check->value, argument)) {
        return 0;
    }
    found = show(check->value);
    expected = show(argument);
    return schema_check_fail(check, err, "expected %.200s, found %.100s",
                             expected != NULL ? expected : "", found != NULL ? found : "");
}

/* Which side of a bound passes, and whether the bound itself does. */
enum bound { AT_LEAST, MORE_THAN, AT_MOST, LESS_THAN };

static const char *const bound_names[] = {"at least", "more than", "at most", "less than"};

/* @side is negative below the bound, zero on it and positive above it. */
static bool is_within(int side, enum bound bound)
{
    switch (bound) {
    case AT_LEAST:
        return side >= 0;
    case MORE_THAN:
        return side > 0;
    case AT_MOST:
        return side <= 0;
    case LESS_THAN:
        return side < 0;
    }
    return false;
}

static int check_number(const struct schema_check *check,
                        const json_t *limit,
                        enum bound bound,
                        struct err *err)
{
    CLEANUP(free) char *shown = NULL;

    if (!json_is_number(limit)) {
        return schema_check_bad_schema(check, err, "the bound of a number is no number");
    }
    if (!json_is_number(check->value) ||
        is_within(schema_compare_numbers(check->value, limit), bound)) {
        return 0;
    }
    shown = show(limit);
    return schema_check_fail(check, err, "expected %s %s", bound_names[bound],
                             shown != NULL ? shown : "");
}

/* OpenAPI 3.0 has a boolean beside the bound where JSON Schema has a second bound. */
static bool is_excluded(const struct schema_check *check, const char *keyword)
{
    return json_is_true(json_object_get(check->schema, keyword));
}

int schema_assert_minimum(const struct schema_check *check, const json_t *argument, struct err *err)
{
    return check_number(check, argument,
                        is_excluded(check, "exclusiveMinimum") ? MORE_THAN : AT_LEAST, err);
}

int schema_assert_maximum(const struct schema_check *check, const json_t *argument, struct err *err)
{
    return check_number(check, argument,
                        is_excluded(check, "exclusiveMaximum") ? LESS_THAN : AT_MOST, err);
}

int schema_assert_exclusive_minimum(const struct schema_check *check,
                                    const json_t *argument,
                                    struct err *err)
{
    return json_is_boolean(argument) ? 0 : check_number(check, argument, MORE_THAN, err);
}

int schema_assert_exclusive_maximum(const struct schema_check *check,
                                    const json_t *argument,
                                    struct err *err)
{
    return json_is_boolean(argument) ? 0 : check_number(check, argument, LESS_THAN, err);
}

/* Hold the number @n of the @what of the value against @limit. */
static int check_count(const struct schema_check *check,
                       const json_t *limit,
                       enum bound bound,
                       size_t n,
                       const char *what,
                       struct err *err)
{
    const json_int_t most = json_integer_value(limit);

    if (!json_is_integer(limit) || most < 0) {
        return schema_check_bad_schema(check, err, "a limit is no count");
    }
    if (is_within((n > (size_t)most) - (n < (size_t)most), bound)) {
        return 0;
    }
    return schema_check_fail(check, err, "expected %s %lld %s, found %zu", bound_names[bound],
                             (long long)most, what, n);
}

static size_t count_characters(const json_t *string)
{
    const char *text = json_string_value(string);
    size_t n = 0;

    for (size_t i = 0; i < json_string_length(string); i++) {
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return n;
}

static int check_length(const struct schema_check *check,
                        const json_t *limit,
                        enum bound bound,
                        struct err *err)
{
    if (!json_is_string(check->value)) {
        return 0;
    }
    return check_count(check, limit, bound, count_characters(check->value), "characters", err);
}

int schema_assert_min_length(const struct schema_check *check,
                             const json_t *argument,
                             struct err *err)
{
    return check_length(check, argument, AT_LEAST, err);
}

int schema_assert_max_length(const struct schema_check *check,
                             const json_t *argument,
                             struct err *err)
{
    return check_length(check, argument, AT_MOST, err);
}

int schema_assert_pattern(const struct schema_check *check, const json_t *argument, struct err *err)
{
    const char *pattern = json_string_value(argument);
    bool matches = false;

    if (pattern == NULL) {
        return schema_check_bad_schema(check, err, "keyword 'pattern' is no string");
    }
    if (!json_is_string(check->value)) {
        return 0;
    }
    if (schema_pattern_matches(pattern, check->value, &matches, err) < 0) {
        return -1;
    }
    return matches ? 0
                   : schema_check_fail(check, err, "'%.100s' does not match the pattern '%.200s'",
                                       json_string_value(check->value), pattern);
}

static int check_items(const struct schema_check *check,
                       const json_t *limit,
                       enum bound bound,
                       struct err *err)
{
    if (!json_is_array(check->value)) {
        return 0;
    }
    return check_count(check, limit, bound, json_array_size(check->value), "items", err);
}

int schema_assert_min_items(const struct schema_check *check,
                            const json_t *argument,
                            struct err *err)
{
    return check_items(check, argument, AT_LEAST, err);
}

int schema_assert_max_items(const struct schema_check *check,
                            const json_t *argument,
                            struct err *err)
{
    return check_items(check, argument, AT_MOST, err);
}

int schema_assert_unique_items(const struct schema_check *check,
                               const json_t *argument,
                               struct err *err)
{
    const json_t *list = check->value;

    if (!json_is_boolean(argument)) {
        return schema_check_bad_schema(check, err, "keyword 'uniqueItems' is no boolean");
    }
    if (!json_is_true(argument) || !json_is_array(list)) {
        return 0;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        for (size_t j = 0; j < i; j++) {
            if (schema_same(json_array_get(list, i), json_array_get(list, j))) {
                return schema_check_fail(check, err, "items %zu and %zu are the same", j, i);
            }
        }
    }
    return 0;
}

static int check_properties(const struct schema_check *check,
                            const json_t *limit,
                            enum bound bound,
                            struct err *err)
{
    if (!json_is_object(check->value)) {
        return 0;
    }
    return check_count(check, limit, bound, json_object_size(check->value), "fields", err);
}

int schema_assert_min_properties(const struct schema_check *check,
                                 const json_t *argument,
                                 struct err *err)
{
    return check_properties(check, argument, AT_LEAST, err);
}

int schema_assert_max_properties(const struct schema_check *check,
                                 const json_t *argument,
                                 struct err *err)
{
    return check_properties(check, argument, AT_MOST, err);
}

int schema_assert_required(const struct schema_check *check,
                           const json_t *argument,
                           struct err *err)
{
    const json_t *name;
    size_t i;

    if (!json_is_array(argument)) {
        return schema_check_bad_schema(check, err, "keyword 'required' is no list");
    }
    if (!json_is_object(check->value)) {
        return 0;
    }
    json_array_foreach (argument, i, name) {
        if (!json_is_string(name)) {
            return schema_check_bad_schema(check, err, "keyword 'required' names no string");
        }
        if (json_object_get(check->value, json_string_value(name)) == NULL) {
            return schema_check_fail(check, err, "field '%.100s' is required",
                                     json_string_value(name));
        }
    }
    return 0;
}
