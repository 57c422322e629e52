/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Amounts of storage and of computing resources
 */

#include <jansson.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/source.h"

#define AMOUNT_TEXT_MAX 40 /* characters; 2^63 in nano-units has 29 */

/* A quantity greater than zero: what a volume can have as its size. ERR_INVALID. */
int amount_check_size(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* How a ResourceRequirements object is decoded: as DECODE_JSON of this shape. It has requests and
 * limits only; claims of devices are not for what hawser runs. */
extern const struct decode_field amount_resources_shape;

/*
 * Whether no request of @resources, which stands at @pointer and may be NULL, is above its limit.
 * Errors: ERR_INVALID with place and excerpt.
 */
int amount_check_resources(const struct source *source,
                           const char *pointer,
                           const json_t *resources,
                           struct err *err) __attribute__((nonnull(1, 2, 4), warn_unused_result));
