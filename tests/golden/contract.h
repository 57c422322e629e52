/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every answer of the webhook is, whatever was asked
 *
 * The API server's rules for an answer, and hawser's own promises about patches: they touch only
 * what an injector has to touch, they add and never take away, and they apply.
 */

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "webhook/cli/request.h"
#include "webhook/cli/response.h"

/* Release with contract_answer_clear(). Texts live in the arena. */
struct contract_answer {
    struct response response;
    json_t *object; /* what is stored: the object with the patch applied; NULL when denied, or when
                       nothing was sent */
};

void contract_answer_clear(struct contract_answer *answer) __attribute__((nonnull));

/*
 * Check the answer to @request in the @len bytes at @bytes.
 *
 * Errors: ERR_INTERNAL with the promise that is broken.
 */
int contract_check(const struct request *request,
                   const char *bytes,
                   size_t len,
                   struct arena *arena,
                   struct contract_answer *out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void contract_answer_clear_p(struct contract_answer *answer)
{
    contract_answer_clear(answer);
}
