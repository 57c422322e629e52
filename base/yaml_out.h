/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing YAML
 *
 * For people to read and every reader to agree on: block style, keys in their own order, strings
 * with several lines as "|" blocks, quotes only where some reader, of YAML 1.1 or 1.2, would
 * otherwise take the scalar for something else. What is written reads back as the same value.
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* Append @value as one document, without "---" and with a final newline. Errors: ERR_TOO_BIG at the
 * limit of @out, ERR_INTERNAL. */
int yaml_out(struct buf *out, const json_t *value, struct err *err)
    __attribute__((nonnull, warn_unused_result));
