/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Unified diffs, made by diff(1)
 *
 * As with kubectl diff, the program that people know compares and colours. One text is its standard
 * input, the other a file in TMPDIR or /tmp, so that neither /dev/fd nor /proc is needed.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct unified {
    const char *label; /* "Workflow/name": the texts are called a/Workflow/name, b/Workflow/name */
    const struct buf *before;
    const struct buf *after;
    bool color;
};

/*
 * Print the difference between two texts on standard output; *@differ tells whether there is any.
 *
 * Errors: ERR_NOT_FOUND when there is no diff(1); ERR_IO when it fails, or dies of a closed pipe.
 */
int unified_print(const struct unified *unified, bool *differ, struct err *err)
    __attribute__((nonnull, warn_unused_result));
