/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folders in a folder
 */

#include <stddef.h>

#include "base/err.h"

struct golden_folders {
    char **names; /* by name */
    char **paths; /* of the same folders */
    size_t n;
};

/* Find the folders directly in @root. Errors: ERR_IO; ERR_NOT_FOUND when there is none. */
int golden_folders_find(const char *root, struct golden_folders *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

void golden_folders_clear(struct golden_folders *folders) __attribute__((nonnull));

static inline void golden_folders_clear_p(struct golden_folders *folders)
{
    golden_folders_clear(folders);
}
