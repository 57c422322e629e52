/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The anchors of one document, found by name. A name that comes again stands for the later node. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct yaml_anchor {
    json_t *value;   /* NULL while the node is still open */
    json_t *key;     /* the same as a key: a string, or NULL where it cannot be one */
    size_t levels;   /* of nesting in it: 0 for a scalar */
    size_t n_values; /* that reading it once more counts for */
};

struct yaml_anchors {
    json_t *numbers; /* by name */
    struct yaml_anchor *items;
    size_t n;
};

void yaml_anchors_clear(struct yaml_anchors *anchors) __attribute__((nonnull));

/* A new anchor, open; false when there is no memory. Its number is then anchors->n - 1. */
bool yaml_anchors_add(struct yaml_anchors *anchors, const char *name)
    __attribute__((nonnull, warn_unused_result));

/* NULL when there is none of that name. */
const struct yaml_anchor *yaml_anchors_find(const struct yaml_anchors *anchors, const char *name)
    __attribute__((nonnull));
