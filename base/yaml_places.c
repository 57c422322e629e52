/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_places.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct yaml_places {
    struct arena *arena;
    LIST_OF(struct yaml_places_value) values;
};

struct yaml_places *yaml_places_new(void)
{
    struct yaml_places *places = calloc(1, sizeof(*places));

    /* No limit of its own: there are at most YAML_VALUES_MAX values, of one bounded text. */
    if (places == NULL || (places->arena = arena_new(SIZE_MAX)) == NULL) {
        free(places);
        return NULL;
    }
    return places;
}

void yaml_places_free(struct yaml_places *places)
{
    if (places != NULL) {
        arena_free(places->arena);
        free(places);
    }
}

bool yaml_places_add(struct yaml_places *places,
                     const struct yaml_places_value *value,
                     size_t *number)
{
    struct yaml_places_value *added = LIST_ADD(places->arena, &places->values);

    if (added == NULL) {
        return false;
    }
    *added = *value;
    if (value->key != NULL) {
        added->key = arena_strndup(places->arena, value->key, strlen(value->key));
        if (added->key == NULL) {
            return false;
        }
    }
    *number = places->values.n - 1;
    return true;
}

/* Whether the @len bytes at @token are @key with "~" as "~0" and "/" as "~1". */
static bool is_escaped(const char *token, size_t len, const char *key)
{
    size_t at = 0;

    for (; *key != '\0'; key++) {
        const char plain[2] = {*key, '\0'};
        const char *escaped = *key == '~' ? "~0" : *key == '/' ? "~1" : plain;
        size_t n = strlen(escaped);
        if (n > len - at || memcmp(token + at, escaped, n) != 0) {
            return false;
        }
        at += n;
    }
    return at == len;
}

static bool is_named(const struct yaml_places_value *value, const char *token, size_t len)
{
    char index[24];

    if (value->key != NULL) {
        return is_escaped(token, len, value->key);
    }
    (void)snprintf(index, sizeof(index), "%zu", value->index);
    return is_escaped(token, len, index);
}

const struct yaml_places_value *yaml_places_find(const struct yaml_places *places,
                                                 const char *pointer)
{
    size_t at = 0;

    if (places->values.n == 0 || (*pointer != '\0' && *pointer != '/')) {
        return NULL;
    }
    while (*pointer == '/') {
        const char *token = pointer + 1;
        size_t len = strcspn(token, "/");
        size_t parent = at;
        do {
            at++; /* what a value holds is behind it */
        } while (at < places->values.n && (places->values.items[at].parent != parent ||
                                           !is_named(&places->values.items[at], token, len)));
        if (at == places->values.n) {
            return NULL;
        }
        pointer = token + len;
    }
    return &places->values.items[at];
}
