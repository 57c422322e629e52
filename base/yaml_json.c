/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_json.h"

#include <stdbool.h>

#include "base/json.h"
#include "base/yaml_scalar.h"

/* Behind the object or list that starts at @at, or @len: where its brackets, outside of strings,
 * are even again. Whether they match is for json_parse() to say. */
static size_t skip_brackets(const char *text, size_t len, size_t at)
{
    size_t depth = 0;
    bool in_string = false;

    for (; at < len; at++) {
        char c = text[at];
        if (in_string) {
            at += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return len;
}

/* Recursion: json_parse() lets JSON_DEPTH_MAX levels pass. */
/* NOLINTBEGIN(misc-no-recursion) */
static int type_numbers(json_t *value);

/* What stands for @item among its siblings, or NULL where it stays. */
static int retype(json_t *item, json_t **other)
{
    *other = NULL;
    if (json_is_real(item)) {
        *other = yaml_scalar_real(json_real_value(item));
        return *other != NULL ? 0 : -1;
    }
    return type_numbers(item);
}

static int type_numbers(json_t *value)
{
    json_t *other;
    json_t *item;
    const char *key;
    size_t i;

    json_object_foreach (value, key, item) {
        if (retype(item, &other) < 0 ||
            (other != NULL && json_object_set_new(value, key, other) < 0)) {
            return -1;
        }
    }
    json_array_foreach (value, i, item) {
        if (retype(item, &other) < 0 ||
            (other != NULL && json_array_set_new(value, i, other) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* NOLINTEND(misc-no-recursion) */

json_t *yaml_json_next(const char *text, size_t len, size_t *at, struct err *err)
{
    size_t end = skip_brackets(text, len, *at);
    json_t *value = json_parse(text + *at, end - *at, err);

    if (value == NULL) {
        return NULL;
    }
    if (type_numbers(value) < 0) {
        json_decref(value);
        err_no_memory(err);
        return NULL;
    }
    *at = end;
    return value;
}
