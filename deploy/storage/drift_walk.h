/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of drift.h: comparing a part of an object. */

#include <stdbool.h>

#include "deploy/storage/drift.h"
#include "deploy/storage/drift_rules.h"

/* What holds for a part because of what it lies in. */
struct drift_mode {
    bool is_fixed;  /* nobody can change it */
    bool is_atomic; /* an apply writes it as a whole, and leaves nothing */
    bool is_closed; /* members that are not asked for are surplus, at every depth */
};

/* The mode of the member @place of something of @mode. */
struct drift_mode drift_walk_mode(enum kind kind,
                                  const struct drift_place *place,
                                  struct drift_mode mode) __attribute__((nonnull));

/* Whether the member @place, of @found, which what is @asked there does not name, is surplus. The
 * mode is that of what it stands in. */
bool drift_walk_is_surplus(enum kind kind,
                           const struct drift_place *place,
                           struct drift_mode mode,
                           const json_t *found,
                           const json_t *asked) __attribute__((nonnull));

/* Put the gravest drift of @observed, NULL for nothing, at @place into @out, unless that already
 * has one as grave. */
void drift_walk(enum kind kind,
                const struct drift_place *place,
                struct drift_mode mode,
                const json_t *desired,
                const json_t *observed,
                struct drift *out) __attribute__((nonnull(2, 6)));
