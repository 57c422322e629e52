/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Content hashes
 *
 * The hash of a document is over what it says, and not over how it is written: comments, the order
 * of keys, the file and the annotations of the document do not count. It is the beginning of the
 * SHA-256 of {"kind":...,"name":...,"spec":...} as compact JSON with sorted keys.
 */

#include <jansson.h>

#include "base/err.h"
#include "policies/policy.h"

/* Errors: ERR_INTERNAL. */
int hash_document(const char *kind,
                  const char *name,
                  json_t *spec,
                  char out[static POLICY_HASH_SIZE],
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Of all documents in the order of @set, which must be that of their names. Errors: ERR_INTERNAL.
 */
int hash_set(const struct policy_set *set, char out[static POLICY_HASH_SIZE], struct err *err)
    __attribute__((nonnull, warn_unused_result));
