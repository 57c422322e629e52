/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a patch of hawser may write
 */

#include <stdbool.h>

/* Whether the operation @op ("add" or "replace") at the JSON Pointer @path is one that hawser needs
 * for an object of kind @kind. */
bool contract_path_allowed(const char *kind, const char *op, const char *path)
    __attribute__((nonnull));
