/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Making an authority and a leaf by the terms of a rotation
 *
 * See certs/rotation.h, which decides when.
 */

#include "base/err.h"
#include "certs/issue.h"
#include "certs/rotation.h"

/* Whether certificates can be made by @terms at @now_s. Errors: ERR_INVALID. */
int mint_check_terms(const struct rotation_terms *terms, long long now_s, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* An authority with a name of its own. Errors: those of issue_authority(). */
int mint_authority(const struct rotation_terms *terms,
                   long long now_s,
                   struct issue_pem *out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

/* A leaf under the authority that is @authority. Errors: those of issue_leaf(). */
int mint_leaf(const struct rotation_terms *terms,
              const struct issue_pem *authority,
              long long now_s,
              struct issue_pem *out,
              struct err *err) __attribute__((nonnull, warn_unused_result));
