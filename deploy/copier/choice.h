/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What of a tree is copied
 *
 * Paths are below the copied directory, without a slash at the beginning, and are matched by
 * glob_match_path() of base/glob.h. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

/* Of one list in a command line or a policy. */
#define CHOICE_GLOBS_MAX 256

struct choice {
    const char *include[CHOICE_GLOBS_MAX]; /* none: everything */
    size_t n_include;
    const char *exclude[CHOICE_GLOBS_MAX];
    size_t n_exclude;
};

/* Whether @path is copied: it is included and not excluded. A directory whose path is not copied is
 * made where something in it is. */
bool choice_takes(const struct choice *choice, const char *path) __attribute__((nonnull));

/* Whether something below the directory @path may be copied: else nobody needs to look. */
bool choice_enters(const struct choice *choice, const char *path) __attribute__((nonnull));
