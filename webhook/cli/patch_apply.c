/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/patch_apply.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* Undo the escapes of one reference token in place (RFC 6901 section 4). False when malformed. */
static bool unescape(char *token)
{
    char *to = token;

    for (const char *from = token; *from != '\0'; from++) {
        if (*from != '~') {
            *to++ = *from;
        } else if (from[1] == '0' || from[1] == '1') {
            *to++ = *++from == '0' ? '~' : '/';
        } else {
            return false;
        }
    }
    *to = '\0';
    return true;
}

/* The index that @token stands for in a list of @size items; @size itself for "-" or the next. */
static bool parse_index(const char *token, size_t size, size_t *out)
{
    size_t index = 0;

    if (strcmp(token, "-") == 0) {
        *out = size;
        return true;
    }
    if (token[0] == '\0' || (token[0] == '0' && token[1] != '\0')) {
        return false;
    }
    for (const char *c = token; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || index > size) {
            return false;
        }
        index = index * 10 + (size_t)(*c - '0');
    }
    *out = index;
    return index <= size;
}

static json_t *step_into(json_t *value, const char *token)
{
    size_t index;

    if (json_is_array(value)) {
        return parse_index(token, json_array_size(value), &index) ? json_array_get(value, index)
                                                                  : NULL;
    }
    return json_object_get(value, token);
}

/* Follow @pointer, which is consumed, to the parent of what it names; *@last is the last token. */
static json_t *find_parent(json_t *document, char *pointer, char **last)
{
    json_t *value = document;
    char *token = pointer;

    if (*token++ != '/') {
        return NULL;
    }
    for (;;) {
        char *slash = strchr(token, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
        if (!unescape(token)) {
            return NULL;
        }
        if (slash == NULL) {
            *last = token;
            return value;
        }
        value = step_into(value, token);
        token = slash + 1;
    }
}

static int apply_add(json_t *parent, const char *token, json_t *value)
{
    size_t index;

    if (json_is_array(parent)) {
        return parse_index(token, json_array_size(parent), &index)
                   ? json_array_insert(parent, index, value)
                   : -1;
    }
    return json_object_set(parent, token, value); /* fails when @parent is no object */
}

static int apply_replace(json_t *parent, const char *token, json_t *value)
{
    size_t index;

    if (json_is_array(parent)) {
        return parse_index(token, json_array_size(parent), &index)
                   ? json_array_set(parent, index, value)
                   : -1;
    }
    return json_object_get(parent, token) != NULL ? json_object_set(parent, token, value) : -1;
}

static int apply_one(json_t *document, const json_t *operation, struct err *err)
{
    const char *op = json_string_value(json_object_get(operation, "op"));
    const char *path = json_string_value(json_object_get(operation, "path"));
    json_t *value = json_object_get(operation, "value");
    CLEANUP(free) char *pointer = NULL;
    json_auto_t *copy = NULL;
    char *token = NULL;
    json_t *parent;
    int applied = -1;

    if (op == NULL || path == NULL || value == NULL) {
        return err_set(err, ERR_INVALID, "expected op, path and value");
    }
    pointer = strdup(path);
    copy = json_deep_copy(value);
    if (pointer == NULL || copy == NULL) {
        return err_no_memory(err);
    }
    parent = find_parent(document, pointer, &token);
    if (parent != NULL && strcmp(op, "add") == 0) {
        applied = apply_add(parent, token, copy);
    } else if (parent != NULL && strcmp(op, "replace") == 0) {
        applied = apply_replace(parent, token, copy);
    }
    if (applied < 0) {
        return err_set(err, ERR_INVALID, "cannot %.10s at '%.200s'", op, path);
    }
    return 0;
}

int patch_apply(json_t *document, const json_t *operations, struct err *err)
{
    const json_t *operation;
    size_t i;

    if (json_typeof(operations) != JSON_ARRAY) {
        return err_set(err, ERR_INVALID, "expected a list of operations");
    }
    json_array_foreach (operations, i, operation) {
        if (apply_one(document, operation, err) < 0) {
            return err_wrap(err, "operation %zu", i);
        }
    }
    return 0;
}
