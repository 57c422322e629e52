/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON Patch (RFC 6902), the part that hawser emits
 *
 * Two operations mean the same to RFC 6902 and to the API server's library (evanphx/json-patch v4):
 * `add` below a parent that is an object or a list, and `replace` of a value that exists. Nothing
 * else is written or understood here. A patch that the API server cannot apply fails the author's
 * request whatever failurePolicy says, so each patch is applied here before it is sent.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_out.h"

#define PATCH_BYTES_MAX      (1024UL * 1024)
#define PATCH_OPERATIONS_MAX 8192

/* A patch under construction. Start with PATCH_INIT, end with patch_end(), release patch_clear().
 */
struct patch {
    struct buf text;
    struct json_out out;
    size_t n_operations;
};

#define PATCH_INIT ((struct patch){.text = BUF_INIT(PATCH_BYTES_MAX)})

void patch_clear(struct patch *patch) __attribute__((nonnull));

/*
 * Start the operation "add" at the JSON Pointer @pointer, which ends in "/-" for the end of a list.
 * The caller writes exactly one value to the writer that comes back, then calls patch_close().
 */
struct json_out *patch_add(struct patch *patch, const char *pointer)
    __attribute__((nonnull, warn_unused_result));

/* The same for "replace". */
struct json_out *patch_replace(struct patch *patch, const char *pointer)
    __attribute__((nonnull, warn_unused_result));

void patch_close(struct patch *patch) __attribute__((nonnull));

/* Complete the text of the patch: a JSON array, "[]" when empty. Errors: ERR_TOO_BIG past
 * PATCH_BYTES_MAX or PATCH_OPERATIONS_MAX, ERR_INTERNAL. */
int patch_end(struct patch *patch, struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Apply the JSON Patch @operations to @document in place, by rules that are the stricter of RFC
 * 6902 and the API server.
 *
 * Errors: ERR_INVALID "operation 3: cannot add at '/spec/volumes/-'"; @document may then hold the
 * operations before.
 */
int patch_apply(json_t *document, const json_t *operations, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void patch_clear_p(struct patch *patch)
{
    patch_clear(patch);
}
