/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One step of a validation: a value held against a schema
 *
 * Steps live on the stack, one for each schema on the way from the root to here. The fields are
 * the interface; only the parts of tests/schema/ use it.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A step of the way to a value: a key, or an index where @key is NULL. */
struct schema_place {
    const struct schema_place *up; /* NULL: right below the root */
    const char *key;
    size_t index;
};

struct schema_check {
    const json_t *root; /* what "#" is */
    const json_t *schema;
    const json_t *value;
    const struct schema_place *place; /* NULL: the root */
    bool structural;                  /* fields that the schema does not name are errors */
    bool is_object_root;              /* a whole Kubernetes object, not a part of one */
    unsigned int depth;               /* schemas from the root to here */
};

/* Fill @err with "at /pointer: @fmt", ERR_INVALID, and return -1. */
int schema_check_fail(const struct schema_check *check, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull));

/* The same for what is wrong with the schema itself: ERR_INTERNAL. */
int schema_check_bad_schema(const struct schema_check *check, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull));

/* Hold the value against all keywords of the schema. In schema.c, where the table of keywords is.
 */
int schema_check_value(const struct schema_check *check, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* jansson's iterators take no const; nothing is changed through what comes back. */
json_t *schema_walkable(const json_t *value) __attribute__((nonnull));

/* A keyword: whether the value passes it. Returns 0 or -1. */
typedef int
schema_keyword(const struct schema_check *check, const json_t *argument, struct err *err);
