/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tree/tree_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

/* Pointers to what the engine edits hold keys of the API and numbers only. */
#define POINTER_MAX 4096

static const char *const type_names[] = {
    [TREE_OBJECT] = "an object",
    [TREE_LIST] = "a list",
    [TREE_STRING] = "a string",
    [TREE_BOOLEAN] = "a boolean",
};

static bool has_type(const json_t *value, enum tree_node_type type)
{
    switch (type) {
    case TREE_OBJECT:
        return json_is_object(value);
    case TREE_LIST:
        return json_is_array(value);
    case TREE_STRING:
        return json_is_string(value);
    case TREE_BOOLEAN:
        return json_is_boolean(value);
    }
    return false;
}

static int check_type(const struct tree_node *node, enum tree_node_type type, struct err *err)
{
    if (has_type(node->value, type)) {
        return 0;
    }
    return tree_node_error(node, err, "expected %s, found %s", type_names[type],
                           json_type_name(node->value));
}

int tree_node_member(const struct tree_node *parent,
                     const char *key,
                     enum tree_node_type type,
                     struct tree_node *out,
                     struct err *err)
{
    *out = (struct tree_node){.parent = parent, .key = key};
    out->value = json_object_get(parent->value, key);
    if (out->value == NULL || json_is_null(out->value)) {
        out->value = NULL;
        return 0;
    }
    return check_type(out, type, err);
}

int tree_node_each(const struct tree_node *parent,
                   const char *key,
                   tree_node_read_fn *read,
                   struct arena *arena,
                   void *out,
                   struct err *err)
{
    struct tree_node list;

    if (tree_node_member(parent, key, TREE_LIST, &list, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(list.value); i++) {
        struct tree_node item = {
            .parent = &list, .index = i, .value = json_array_get(list.value, i)};
        if (check_type(&item, TREE_OBJECT, err) < 0 || read(&item, arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The text of @node, which is a string. */
static int read_text(const struct tree_node *node, const char **out, struct err *err)
{
    *out = json_string_value(node->value);
    if (strlen(*out) != json_string_length(node->value)) {
        return tree_node_error(node, err, "expected a string without NUL characters");
    }
    return 0;
}

int tree_node_text(const struct tree_node *parent,
                   const char *key,
                   const char **out,
                   struct err *err)
{
    struct tree_node node;

    if (tree_node_member(parent, key, TREE_STRING, &node, err) < 0) {
        return -1;
    }
    *out = NULL;
    return node.value != NULL ? read_text(&node, out, err) : 0;
}

int tree_node_texts(const struct tree_node *parent,
                    const char *key,
                    struct arena *arena,
                    struct text_list *out,
                    struct err *err)
{
    struct tree_node list;

    if (tree_node_member(parent, key, TREE_LIST, &list, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(list.value); i++) {
        struct tree_node item = {
            .parent = &list, .index = i, .value = json_array_get(list.value, i)};
        const char **added = LIST_ADD(arena, out);
        if (added == NULL) {
            return err_no_memory(err);
        }
        if (check_type(&item, TREE_STRING, err) < 0 || read_text(&item, added, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int tree_node_flag(const struct tree_node *parent, const char *key, bool *out, struct err *err)
{
    struct tree_node node;

    if (tree_node_member(parent, key, TREE_BOOLEAN, &node, err) < 0) {
        return -1;
    }
    *out = json_is_true(node.value);
    return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static void add_pointer(const struct tree_node *node, struct buf *out)
{
    if (node->parent == NULL) {
        return;
    }
    add_pointer(node->parent, out);
    if (node->key != NULL) {
        json_pointer_add(out, node->key);
    } else {
        buf_printf(out, "/%zu", node->index);
    }
}

const char *tree_node_pointer(const struct tree_node *node, struct arena *arena)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);

    add_pointer(node, &pointer);
    if (buf_failed(&pointer)) {
        return NULL;
    }
    return arena_strndup(arena, buf_text(&pointer), pointer.len);
}

int tree_node_error(const struct tree_node *node, struct err *err, const char *fmt, ...)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);
    char message[ERR_MSG_SIZE / 2];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args); /* cut to size on purpose */
    va_end(args);
    add_pointer(node, &pointer);
    return err_set(err, ERR_INVALID, "at %.400s: %s", pointer.len > 0 ? buf_text(&pointer) : "/",
                   message);
}
