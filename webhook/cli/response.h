/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Admission responses, as the API server reads them
 *
 * Stricter than the API server: what it would forgive is refused too, because our own webhook
 * should not need it.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

struct response {
    bool allowed;
    const char *message; /* why not allowed, else NULL */
    json_t *patch;       /* a JSON Patch that is not empty, or NULL; release with json_decref() */
    struct text_list warnings;
};

/*
 * Read the AdmissionReview in the @len bytes at @bytes, which answers the request @uid. Texts in
 * @out live in @arena.
 *
 * Errors: ERR_INTERNAL, saying which rule is broken: apiVersion and kind, response.uid, allowed as
 * a boolean, patch as base64 of a JSON array together with patchType JSONPatch, never beside
 * allowed: false, which has a status.message instead.
 */
int response_read(const char *bytes,
                  size_t len,
                  const char *uid,
                  struct arena *arena,
                  struct response *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));
