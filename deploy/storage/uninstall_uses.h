/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who uses hawser's volumes
 *
 * Inside of uninstall.c, which says what makes a volume or a claim ours.
 */

#include "deploy/storage/uninstall.h"

struct uninstall_uses {
    const struct uninstall_terms *terms;
    json_t *classes; /* sets of names: StorageClasses that are ours */
    json_t *foreign; /* servers of another hawser */
    json_t *volumes; /* volumes of ours that are in use */
    struct text_list refusals;
};

/* Find them all. @out borrows @terms; its refusals live in @arena. Release with
 * uninstall_uses_clear(). Errors: ERR_INTERNAL. */
int uninstall_uses_find(const struct uninstall_world *world,
                        const struct uninstall_terms *terms,
                        struct arena *arena,
                        struct uninstall_uses *out,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Whether @volume was made by a server of ours, and its claim is gone. */
bool uninstall_uses_is_dead(const struct uninstall_uses *uses, const json_t *volume)
    __attribute__((nonnull));

void uninstall_uses_clear(struct uninstall_uses *uses) __attribute__((nonnull));

static inline void uninstall_uses_clear_p(struct uninstall_uses *uses)
{
    uninstall_uses_clear(uses);
}
