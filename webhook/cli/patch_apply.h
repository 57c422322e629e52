/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Applying a JSON Patch (RFC 6902) as the API server does
 *
 * Only what hawser emits is understood: `add` and `replace` (webhook/inject/patch.h).
 */

#include <jansson.h>

#include "base/err.h"

/*
 * Apply the JSON Patch @operations to @document in place, by rules that are the stricter of RFC
 * 6902 and the API server.
 *
 * Errors: ERR_INVALID "operation 3: cannot add at '/spec/volumes/-'"; @document may then hold the
 * operations before.
 */
int patch_apply(json_t *document, const json_t *operations, struct err *err)
    __attribute__((nonnull, warn_unused_result));
