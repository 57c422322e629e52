/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sentences of plan.h. All are one line of valid UTF-8, whatever objects hold. */

#include "deploy/storage/drift.h"
#include "deploy/storage/plan.h"

/* "it was absent", "/spec/replicas was 3 and not 1", ...: what @drift is. */
void plan_text_of_drift(const struct drift *drift, char out[static PLAN_TEXT_SIZE])
    __attribute__((nonnull));

/* Of an object that is not ours: whose it is, and what an operator can do. */
void plan_text_of_foreign(const json_t *desired,
                          const json_t *observed,
                          char out[static PLAN_TEXT_SIZE]) __attribute__((nonnull));

/* Of one that cannot become as it should be: why, and what an operator can do. */
void plan_text_of_fixed(const json_t *desired,
                        const struct drift *drift,
                        char out[static PLAN_TEXT_SIZE]) __attribute__((nonnull));

/* Of one that is left because @foreign, which is desired too, is not ours. */
void plan_text_of_held_back(const json_t *desired,
                            const struct drift *drift,
                            const json_t *foreign,
                            char out[static PLAN_TEXT_SIZE]) __attribute__((nonnull));

/* Of one whose namespace is being deleted. */
void plan_text_of_waiting(const json_t *desired, char out[static PLAN_TEXT_SIZE])
    __attribute__((nonnull));
