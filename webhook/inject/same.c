/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/same.h"

#include <stdint.h>
#include <string.h>

#include "base/quantity.h"

bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool same_quantity(const char *a, const char *b)
{
    struct quantity left;
    struct quantity right;
    struct err err = {0};

    if (strcmp(a, b) == 0) {
        return true;
    }
    return quantity_parse(a, &left, &err) == 0 && quantity_parse(b, &right, &err) == 0 &&
           quantity_compare(left, right) == 0;
}

/* What Go's `omitempty` leaves out, or a struct without it writes. */
static bool is_empty(const json_t *value)
{
    if (value == NULL) {
        return true;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return json_object_size(value) == 0;
    case JSON_ARRAY:
        return json_array_size(value) == 0;
    case JSON_STRING:
        return json_string_length(value) == 0;
    case JSON_INTEGER:
        return json_integer_value(value) == 0;
    case JSON_REAL:
    case JSON_TRUE:
        return false;
    case JSON_FALSE:
    case JSON_NULL:
        return true;
    }
    return false;
}

/* Values nest: bounded by JSON_DEPTH_MAX. NOLINTBEGIN(misc-no-recursion) */
static bool same_list(const json_t *a, const json_t *b)
{
    const json_t *item;
    size_t i;

    if (json_array_size(a) != json_array_size(b)) {
        return false;
    }
    json_array_foreach (a, i, item) {
        if (!same_value(item, json_array_get(b, i))) {
            return false;
        }
    }
    return true;
}

/* Whether all members of @a are the same in @b. */
static bool covers(const json_t *a, const json_t *b)
{
    /* jansson iterates over objects that it may change, hence the cast. */
    json_t *object = (json_t *)(uintptr_t)a; /* NOLINT(performance-no-int-to-ptr): as said */
    const char *key;
    json_t *member;

    json_object_foreach (object, key, member) {
        const json_t *other = json_object_get(b, key);
        if (is_empty(member) && is_empty(other)) {
            continue;
        }
        if (other == NULL || !same_value(member, other)) {
            return false;
        }
    }
    return true;
}

bool same_value(const json_t *a, const json_t *b)
{
    if (a == NULL || b == NULL || json_typeof(a) != json_typeof(b)) {
        return a == b;
    }
    if (json_is_object(a)) {
        return covers(a, b) && covers(b, a);
    }
    if (json_is_array(a)) {
        return same_list(a, b);
    }
    if (json_is_string(a)) {
        return same_quantity(json_string_value(a), json_string_value(b));
    }
    return json_equal(a, b) == 1;
}
/* NOLINTEND(misc-no-recursion) */
