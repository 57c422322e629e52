/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Nodes of a tree: values of the object that know where they stand
 *
 * As webhook/inject/node.h, of a tree. A node borrows a JSON value and links to the node it was
 * taken from, so that its JSON Pointer can be written when a message or an operation needs it, and
 * costs nothing otherwise. Nodes live on the stack; a parent outlives its children.
 *
 * Absent and null are the same, as for the API server's decoder: the value is NULL.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct tree_node {
    const struct tree_node *parent; /* NULL: the object itself */
    const char *key;                /* NULL: item number @index of a list */
    size_t index;
    json_t *value; /* NULL: absent; borrowed, never changed */
};

/* What a value must be. */
enum tree_node_type { TREE_OBJECT, TREE_LIST, TREE_STRING, TREE_BOOLEAN };

/*
 * The member @key of @parent, which is an object or absent. Errors: ERR_INVALID "at /spec/volumes:
 * expected a list, found a string".
 */
int tree_node_member(const struct tree_node *parent,
                     const char *key,
                     enum tree_node_type type,
                     struct tree_node *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* What tree_node_each() calls for an item; @out is the caller's. */
typedef int
tree_node_read_fn(const struct tree_node *item, struct arena *arena, void *out, struct err *err);

/* Call @read for each item, an object, of the list that is the member @key of @parent; none when it
 * is absent. Stops at the first failure. */
int tree_node_each(const struct tree_node *parent,
                   const char *key,
                   tree_node_read_fn *read,
                   struct arena *arena,
                   void *out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * The string member @key of @parent, borrowed from the object; NULL when absent. A string with a
 * NUL is refused, because C would see a shorter one.
 */
int tree_node_text(const struct tree_node *parent,
                   const char *key,
                   const char **out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the strings of the list that is the member @key of @parent to @out; none when it is
 * absent. As tree_node_text(). */
int tree_node_texts(const struct tree_node *parent,
                    const char *key,
                    struct arena *arena,
                    struct text_list *out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* The boolean member @key of @parent; false when absent. */
int tree_node_flag(const struct tree_node *parent, const char *key, bool *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The node's JSON Pointer, in @arena; NULL when that is full. */
const char *tree_node_pointer(const struct tree_node *node, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));

/* Raise ERR_INVALID "at POINTER: MESSAGE" and return -1. */
int tree_node_error(const struct tree_node *node, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull(1, 2, 3)));
