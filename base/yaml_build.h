/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Values from events
 *
 * libyaml's events of one document become one jansson value, on a stack of its own: nothing here
 * recurses, and no document is nested deeper than YAML_DEPTH_MAX, what its aliases stand for
 * included. Aliases are copied, so that who changes the value changes one place only. Merges apply
 * where they stand, as in go-yaml v2: a later key replaces a merged one, and a merge an earlier
 * key.
 *
 * Messages say what is wrong with the event; the caller adds where.
 */

#include <jansson.h>

#include "base/err.h"
#include "base/yaml.h"
#include "base/yaml_events.h"
#include "base/yaml_places.h"

struct yaml_build;

/* @places, where the values' places are kept, may be NULL. NULL when there is no memory. */
struct yaml_build *yaml_build_new(enum yaml_reading reading, struct yaml_places *places);

/* Accepts NULL. */
void yaml_build_free(struct yaml_build *build);

/* Errors: ERR_INVALID, ERR_TOO_BIG, ERR_INTERNAL; nothing may be added after one. */
int yaml_build_add(struct yaml_build *build, const struct yaml_events_item *item, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The document's value, once it is whole; null when there was no event. Owner: the caller. */
json_t *yaml_build_take(struct yaml_build *build) __attribute__((nonnull, warn_unused_result));

static inline void yaml_build_free_p(struct yaml_build **build)
{
    yaml_build_free(*build);
}
