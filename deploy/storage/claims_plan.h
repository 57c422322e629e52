/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What to do about claims
 *
 * From which claims there should be and which there are to those that need something, or somebody's
 * look, and how many are in which state. Pure.
 *
 *     row             what to do
 *     ABSENT          create claims_make(item)
 *     GROWING         apply claim_grow(claims_make(item), observed)
 *     lacks_labels    apply claim_label(claims_make(item), observed), unless that was done
 *     others          nothing but to tell it
 *
 * A claim that somebody else made (claims_is_ours()) is right where it is as wanted, but never
 * written to: one that is too small is MISMATCHED even where it could grow.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "deploy/storage/claim.h"
#include "deploy/storage/claims.h"

/* The PersistentVolumeClaim of that name, whoever made it; NULL: there is none. Borrowed until
 * claims_plan_make() returns. */
typedef const json_t *claims_claim_fn(void *data, const char *namespace_, const char *name);

/* The StorageClass of that name; NULL: there is none. Borrowed as well. */
typedef const json_t *claims_class_fn(void *data, const char *name);

/* What there is. */
struct claims_view {
    const char *home; /* the namespace of hawser */
    long long now_s;  /* wall time */
    claims_claim_fn *find_claim;
    claims_class_fn *find_class;
    void *data;
    json_t *const *labelled; /* claims among which orphans are sought: those that CLAIMS_SELECTOR
                                finds. Others among them do no harm */
    size_t n_labelled;
};

struct claims_row {
    const char *namespace_;
    const char *name;
    const char *policy; /* of an orphan the one that it was made for */
    enum claim_state state;
    bool lacks_labels; /* it is ours, and somebody took labels off it or changed them */
    const char *text;  /* of the verdict; "" where nothing is to be said */
    const struct claims_item *item; /* NULL for an orphan */
};

struct claims_plan {
    LIST_OF(struct claims_row)
    rows;                          /* all but the RIGHT that have their labels: first those that are
                                      wanted, by namespace and name, then orphans in the order of
                                      `labelled` */
    size_t counts[CLAIM_N_STATES]; /* of all */
    long long again_s; /* wall time at which time alone may change the plan; 0: it does not */
    struct arena *arena;
};

/*
 * @wanted has to outlive @out; nothing of what @view hands out is kept.
 *
 * An orphan is a claim with our labels that nobody asks for any more, in a namespace that stays and
 * while it stays itself. None is told while claims were left out of @wanted (CLAIMS_MAX), because
 * it might be one of those. Errors: ERR_INTERNAL. Release with claims_plan_clear().
 */
int claims_plan_make(const struct claims *wanted,
                     const struct claims_view *view,
                     struct claims_plan *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts one that is all zero. */
void claims_plan_clear(struct claims_plan *plan) __attribute__((nonnull));

static inline void claims_plan_clear_p(struct claims_plan *plan)
{
    claims_plan_clear(plan);
}
