/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Decoding the base64 of YAML's !!binary. */

#include "base/buf.h"

/* Append what @text encodes as RFC 4648 section 4 with padding, line breaks in it ignored (as Go's
 * StdEncoding). False when it is no such text. */
_Bool yaml_binary_decode(const char *text, struct buf *out) __attribute__((nonnull));
