/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What dry-run, diff and explain have in common
 *
 * Flags lead to policies and objects; then each object goes through local_admit(). Warnings name
 * their object where there are several.
 *
 *     struct batch batch = {0};
 *     if (batch_start(&batch, argc, argv, flags, &err) < 0) ...
 *     for (size_t i = 0; i < batch.manifest.objects.n; i++) {
 *         CLEANUP(local_result_clear) struct local_result result = {0};
 *         if (batch_admit(&batch, i, &result, &err) < 0) ...
 *     }
 */

#include "base/arena.h"
#include "base/err.h"
#include "webhook/cli/local.h"
#include "webhook/cli/manifest.h"
#include "webhook/cli/options.h"

/* Start with all zero; release with batch_clear(). The fields are for reading. */
struct batch {
    struct arena *arena;   /* of everything below */
    struct arena *scratch; /* of the object that was admitted last */
    struct options options;
    struct policy_set *policies;
    struct manifest manifest; /* one object at least */
    size_t n_denied;
};

void batch_clear(struct batch *batch) __attribute__((nonnull));

/*
 * Read the flags, of which @accepted are taken, then policies and manifests.
 *
 * Errors: those of options_parse(), policy_load() and manifest_read(); ERR_INVALID where the
 * manifests hold no object.
 */
int batch_start(struct batch *batch, int argc, char **argv, unsigned int accepted, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Admit object number @i. Texts in @out live until the next call. Errors: those of local_admit(),
 * behind the object's place and label. */
int batch_admit(struct batch *batch, size_t i, struct local_result *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Say on standard error what admission warns of, and why object number @i is denied if it is. */
void batch_tell(const struct batch *batch, size_t i, const struct local_result *result)
    __attribute__((nonnull));

static inline void batch_clear_p(struct batch *batch)
{
    batch_clear(batch);
}
