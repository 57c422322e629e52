/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON where YAML is expected
 *
 * kubectl reads a file that starts with "{" as JSON, one object behind the other, and only when
 * that fails as YAML. It matters: "\/", "\ud83d\ude00", keys of more than 1024 bytes and a raw
 * U+0085 are JSON but not YAML, or mean something else there.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

/*
 * The JSON object that starts with the "{" at byte *@at of the @len bytes at @text; *@at moves
 * behind it. Its numbers are typed as base/yaml_scalar.h does it for kubectl.
 *
 * Errors: those of json_parse(), without the name of the file; *@at stays. Owner: the caller.
 */
json_t *yaml_json_next(const char *text, size_t len, size_t *at, struct err *err)
    __attribute__((nonnull, warn_unused_result));
