/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Claims in policies
 *
 * A claim of a storage class and a size is written the same way wherever a document asks for one.
 */

#include "base/decode.h"
#include "policies/policy.h"

extern const struct decode_field claim_fields[];           /* of struct policy_claim */
extern const struct decode_field claim_transient_fields[]; /* of struct policy_transient */

/* Set @modes to @mode alone when the document named none. Errors: ERR_INTERNAL. */
int claim_default_mode(struct text_list *modes,
                       const char *mode,
                       struct arena *arena,
                       struct err *err) __attribute__((nonnull, warn_unused_result));
