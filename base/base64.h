/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Base64 (RFC 4648 section 4)
 *
 * Decoding is as strict as Go's, which reads the webhook's answers: padding is required, and
 * characters outside the alphabet or bits behind the last byte are errors.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Append what the @len characters at @text stand for. Errors: ERR_INVALID, ERR_TOO_BIG at the limit
 * of @out, ERR_INTERNAL. */
int base64_decode(const char *text, size_t len, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Append the @len bytes at @bytes, encoded, with padding. */
void base64_encode(const void *bytes, size_t len, struct buf *out) __attribute__((nonnull(3)));
