/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The policies that hawser ships
 *
 * The files of policies/shipped/, compiled in by policies/embed: what `hawser serve` works with
 * when nobody says otherwise, and what a platform engineer copies to begin with.
 */

#include <stddef.h>

struct shipped_file {
    const char *name; /* "shipped/scratch.yaml" */
    const char *text; /* terminated */
    size_t len;
};

extern const struct shipped_file shipped_files[];
extern const size_t shipped_n_files;
