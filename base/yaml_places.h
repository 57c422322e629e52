/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the values of a document stand
 *
 * A flat list in document order: each value knows its parent's number and its own key or index. A
 * JSON Pointer is followed from value to value by searching the list, which is slow and done only
 * for messages.
 */

#include <stdbool.h>
#include <stddef.h>

#define YAML_PLACES_NONE ((size_t)-1) /* the parent of the document's root */

struct yaml_places;

/* NULL when there is no memory. */
struct yaml_places *yaml_places_new(void);

/* Accepts NULL. */
void yaml_places_free(struct yaml_places *places);

/* One value: its member @key, or its item number @index when @key is NULL; offsets in bytes. */
struct yaml_places_value {
    size_t parent;
    const char *key; /* copied */
    size_t index;
    size_t key_offset;
    size_t offset;
};

/* Add @value and return its number in *@number; false when there is no memory. */
bool yaml_places_add(struct yaml_places *places,
                     const struct yaml_places_value *value,
                     size_t *number) __attribute__((nonnull, warn_unused_result));

/* The value at the JSON Pointer @pointer (RFC 6901), or NULL. */
const struct yaml_places_value *yaml_places_find(const struct yaml_places *places,
                                                 const char *pointer) __attribute__((nonnull));

static inline void yaml_places_free_p(struct yaml_places **places)
{
    yaml_places_free(*places);
}
