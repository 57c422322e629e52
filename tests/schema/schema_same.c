/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema_same.h"

#include <math.h>
#include <string.h>

#include "tests/schema/schema_check.h"

/* x86's long double holds both of jansson's numbers; elsewhere integers beyond 2^53 may be off. */
static long double number_value(const json_t *number)
{
    return json_is_integer(number) ? (long double)json_integer_value(number)
                                   : (long double)json_real_value(number);
}

int schema_compare_numbers(const json_t *a, const json_t *b)
{
    const long double left = number_value(a);
    const long double right = number_value(b);

    return (left > right) - (left < right);
}

bool schema_is_integer(const json_t *value)
{
    return json_is_integer(value) ||
           (json_is_real(value) && trunc(json_real_value(value)) == json_real_value(value));
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the values, which JSON_DEPTH_MAX bounds */
static bool same_arrays(const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(a); i++) {
        if (!schema_same(json_array_get(a, i), json_array_get(b, i))) {
            return false;
        }
    }
    return true;
}

static bool same_objects(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;

    if (json_object_size(a) != json_object_size(b)) {
        return false;
    }
    json_object_foreach (schema_walkable(a), key, value) {
        if (!schema_same(value, json_object_get(b, key))) {
            return false;
        }
    }
    return true;
}

bool schema_same(const json_t *a, const json_t *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (json_is_number(a) && json_is_number(b)) {
        return schema_compare_numbers(a, b) == 0;
    }
    if (json_is_object(a) && json_is_object(b)) {
        return same_objects(a, b);
    }
    if (json_is_array(a) && json_is_array(b)) {
        return same_arrays(a, b);
    }
    return json_equal(a, b) == 1;
}
/* NOLINTEND(misc-no-recursion) */
