/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reviews whose answers tell which policies were in force
 *
 * One small Workflow that asks for the default policies, wrapped as the API server wraps it, and a
 * policy that gives it claims named after a number. The answer is held against what the API server
 * checks (k8s.io/apiserver, VerifyAdmissionResponse), in code that shares nothing with the server.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/server/answer.h"

#define GENERATION_UID_SIZE 64

#define GENERATION_CLAIMS 2 /* in each patch, so that a mixture of two generations shows */

/* Append a policy file whose one policy, a default, mounts the claim "generation-@generation" in
 * GENERATION_CLAIMS places. */
void generation_write_policies(unsigned int generation, struct buf *out) __attribute__((nonnull));

/* Append a review with the uid "review-@number". Where it is shorter than @len, white space follows
 * that makes it so long. */
void generation_write_review(unsigned int number, size_t len, struct buf *out)
    __attribute__((nonnull));

/* Release with generation_clear(). */
struct generation_answer {
    char uid[GENERATION_UID_SIZE];
    bool allowed;
    json_t *patch;           /* a list of operations; NULL: none */
    unsigned int generation; /* of the policy that the patch comes from; 0: of another one */
    size_t n_claims;         /* of that generation */
};

/* Errors: ERR_INVALID for an answer that the API server would not take, or one of two generations.
 * @out is untouched then. */
int generation_read(const struct answer *answer, struct generation_answer *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

void generation_clear(struct generation_answer *answer) __attribute__((nonnull));

static inline void generation_clear_p(struct generation_answer *answer)
{
    generation_clear(answer);
}
