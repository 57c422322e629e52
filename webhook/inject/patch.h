/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing a JSON Patch (RFC 6902), as far as hawser emits it
 *
 * Two operations mean the same to RFC 6902 and to the API server's library (evanphx/json-patch v4):
 * `add` below a parent that is an object or a list, and `replace` of a value that exists. Nothing
 * else is written here. A patch that the API server cannot apply fails the author's request
 * whatever failurePolicy says, so nothing is written at a place that was not seen in the object
 * (view.h, struct slot).
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_out.h"

#define PATCH_BYTES_MAX      (1024UL * 1024)
#define PATCH_OPERATIONS_MAX 8192

/* Pointers to what is edited are a few steps of keys and numbers; annotation keys have 316 bytes.
 */
#define PATCH_POINTER_MAX 8192

/* A patch under construction. Start with PATCH_INIT, end with patch_end(), release patch_clear().
 */
struct patch {
    struct buf text;
    struct json_out out;
    struct buf pointer; /* of the operation at hand */
    size_t value_start; /* in the text, of its value */
    size_t n_operations;
    size_t growth; /* at most so many bytes longer becomes the object's compact text */
};

#define PATCH_INIT                              \
    ((struct patch){                            \
        .text = BUF_INIT(PATCH_BYTES_MAX),      \
        .pointer = BUF_INIT(PATCH_POINTER_MAX), \
    })

void patch_clear(struct patch *patch) __attribute__((nonnull));

/*
 * Start the operation "add" at the JSON Pointer that consists of @base, @path and @item, one behind
 * the other; "" for parts that it has not. It ends in "/-" for the end of a list. The caller writes
 * exactly one value to the writer that comes back, then calls patch_close().
 */
struct json_out *
patch_add(struct patch *patch, const char *base, const char *path, const char *item)
    __attribute__((nonnull, warn_unused_result));

/* The same for "replace". */
struct json_out *
patch_replace(struct patch *patch, const char *base, const char *path, const char *item)
    __attribute__((nonnull, warn_unused_result));

void patch_close(struct patch *patch) __attribute__((nonnull));

/* Complete the text of the patch: a JSON array, "[]" when empty. Errors: ERR_TOO_BIG past
 * PATCH_BYTES_MAX, PATCH_OPERATIONS_MAX or PATCH_POINTER_MAX, ERR_INTERNAL. */
int patch_end(struct patch *patch, struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void patch_clear_p(struct patch *patch)
{
    patch_clear(patch);
}
