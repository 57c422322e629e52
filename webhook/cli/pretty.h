/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON for people
 *
 * As `kubectl -o json` prints it: four spaces, one member a line, and numbers as Go writes them
 * (jansson would print 0.1 as 0.10000000000000001). Keys keep their order.
 */

#include <jansson.h>

#include "base/buf.h"

/* Append @value, which is not changed, and a newline. It is as deep as a text that was read, that
 * is JSON_DEPTH_MAX at most. */
void pretty_write(struct buf *out, json_t *value) __attribute__((nonnull));
