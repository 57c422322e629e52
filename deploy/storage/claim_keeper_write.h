/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside the claim keeper: claim_keeper.c says which claims need something, here it is written
 *
 * Whether it is time to write one is decided here too: see claim_keeper.h for who has to wait.
 */

#include <stdbool.h>
#include <stddef.h>

#include "deploy/storage/claim_keeper.h"
#include "deploy/storage/claims_plan.h"
#include "deploy/storage/server.h"

#define CLAIM_KEEPER_KEY_SIZE 320 /* a namespace has at most 63 characters, a name 253 */

/* One run. */
struct claim_keeper_look {
    struct claim_keeper *keeper;
    const struct server_context *context;
    size_t n_written;
    bool is_halted; /* this process must not write any more */
};

/* What the keeper remembers the claim of @row by: "namespace/name". */
void claim_keeper_write_key(const struct claims_row *row, char out[static CLAIM_KEEPER_KEY_SIZE])
    __attribute__((nonnull));

/* As our copy has it now, which may be later than the plan; NULL: it lacks it. Borrowed. */
const json_t *claim_keeper_write_find(const struct server_context *context,
                                      const struct claims_row *row) __attribute__((nonnull));

/* Create, grow or label the claim of @row, which needs it, unless it has to wait. Waits for the
 * answer, in steps of the loop. */
void claim_keeper_write(struct claim_keeper_look *look, const struct claims_row *row)
    __attribute__((nonnull));
