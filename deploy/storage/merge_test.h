/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JSON merge patches (RFC 7386), as an API server applies them. */

#include <jansson.h>

/* Merge the object @patch into the object @target. */
void merge_test_patch(json_t *target, const json_t *patch) __attribute__((nonnull));
