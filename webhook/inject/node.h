/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Nodes: values of the object that know where they stand
 *
 * A node is a view of a JSON value (base/json_reader.h) and links to the node it was taken from, so
 * that its JSON Pointer can be written when a message or an operation needs it, and costs nothing
 * otherwise. Nodes live on the stack; a parent outlives its children.
 *
 * Absent and null are the same, as for the API server's decoder: the view is of nothing.
 *
 * Objects are read by tables, in one walk whatever the order of their members is:
 *
 *     static const struct node_field fields[] = {
 *         NODE_FIELD("name", NODE_TEXT, struct parts, name),
 *         NODE_FIELD("persistentVolumeClaim", NODE_OBJECT, struct parts, claim),
 *         {.key = NULL},
 *     };
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_reader.h"

struct node {
    const struct node *parent; /* NULL: the object itself */
    const char *key;           /* NULL: item number @index of a list */
    size_t index;
    struct json_view value; /* nothing: absent */
    const char *pointer;    /* its JSON Pointer, for a list of many; NULL: not put together */
};

/* What a member must be, and what its field in the struct is. */
enum node_kind {
    NODE_TEXT,   /* const char *: a string, NULL when absent */
    NODE_TEXTS,  /* struct text_list: a list of strings */
    NODE_FLAG,   /* bool: a boolean, false when absent */
    NODE_OBJECT, /* struct node: an object */
    NODE_LIST,   /* struct node: a list */
    NODE_ANY,    /* struct node: any value */
    NODE_LAST,   /* the same, and what stands behind it is not looked at */
};

/* One walk reads so many fields at most, and their keys have so many bytes. */
#define NODE_FIELDS_MAX 32
#define NODE_KEY_MAX    64

struct node_field {
    const char *key; /* NULL ends a table */
    size_t key_len;
    enum node_kind kind;
    unsigned int offset; /* of the field in its struct */
};

/* An entry of a table: the member @literal is the field @member of @type. */
#define NODE_FIELD(literal, kind, type, member)                        \
    {                                                                  \
        (literal), sizeof(literal) - 1, (kind), offsetof(type, member) \
    }

/* What node_each() calls for an item; @out is the caller's. */
typedef int node_read_fn(const struct node *item, struct arena *arena, void *out, struct err *err);

/* The bodies of node_read() and node_each(): most members are absent, and cost no call. */
int node_read_present(const struct node *node,
                      const struct node_field *fields,
                      struct arena *arena,
                      void *out,
                      struct err *err) __attribute__((nonnull, warn_unused_result));
int node_each_present(const struct node *list,
                      node_read_fn *read,
                      struct arena *arena,
                      void *out,
                      struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Read the members of @node, an object or absent, that @fields name into the struct @out, where the
 * fields are zero: so they stay for those that are absent. Texts are copied to @arena: a string
 * with a NUL is refused, because C would see a shorter one. So is a key that stands there twice.
 *
 * Errors: ERR_INVALID "at /spec/volumes: expected a list, found a string"; ERR_INTERNAL when @arena
 * is full; those of the reader.
 */
static inline int node_read(const struct node *node,
                            const struct node_field *fields,
                            struct arena *arena,
                            void *out,
                            struct err *err)
{
    return node->value.reader != NULL ? node_read_present(node, fields, arena, out, err) : 0;
}

/* Call @read for each item of @list, a list or absent, and these are objects. Stops at the first
 * failure. */
static inline int node_each(
    const struct node *list, node_read_fn *read, struct arena *arena, void *out, struct err *err)
{
    return list->value.reader != NULL ? node_each_present(list, read, arena, out, err) : 0;
}

/* The same for the members of @object, an object or absent, that are objects. */
int node_each_member(const struct node *object,
                     node_read_fn *read,
                     struct arena *arena,
                     void *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Whether @node is an object or a list with anything in it. */
int node_has_items(const struct node *node, bool *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether it is a @kind, other than which ERR_INVALID is raised, or absent. */
int node_expect(const struct node *node, enum node_kind kind, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The text of @node, a string or absent, as NODE_TEXT. */
int node_text(const struct node *node, struct arena *arena, const char **out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* @string in @arena, decoded and terminated; NULL when that is full. */
char *node_keep(const struct json_string *string, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));

/* The node's JSON Pointer, in @arena; NULL when that is full. */
const char *node_pointer(const struct node *node, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));

/* Raise ERR_INVALID "at POINTER: MESSAGE" and return -1. */
int node_error(const struct node *node, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull(1, 2, 3)));
