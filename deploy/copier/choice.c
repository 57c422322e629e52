/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/choice.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/glob.h"

static bool is_in(const char *const *globs, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        if (glob_match_path(globs[i], path)) {
            return true;
        }
    }
    return false;
}

bool choice_takes(const struct choice *choice, const char *path)
{
    return (choice->n_include == 0 || is_in(choice->include, choice->n_include, path)) &&
           !is_in(choice->exclude, choice->n_exclude, path);
}

/* Copy the segment at *@at of a glob or path to @out and go to the next; false: there is none. */
static bool next_segment(const char **at, char out[static PATH_MAX])
{
    const size_t len = strcspn(*at, "/");

    if (len == 0 || len >= PATH_MAX) {
        return false;
    }
    memcpy(out, *at, len);
    out[len] = '\0';
    *at += len + ((*at)[len] == '/' ? 1 : 0);
    return true;
}

/* Whether @glob may match a path that begins with the directory @path: as far as both have
 * segments, they match. */
static bool may_match_below(const char *glob, const char *path)
{
    char pattern[PATH_MAX];
    char segment[PATH_MAX];

    while (next_segment(&path, segment)) {
        if (!next_segment(&glob, pattern)) {
            return false;
        }
        if (strcmp(pattern, "**") == 0) {
            return true;
        }
        if (!glob_match_name(pattern, segment)) {
            return false;
        }
    }
    return glob[0] != '\0';
}

/* Whether @glob matches everything below the directory @path, as far as that is easily told. */
static bool matches_all_below(const char *glob, const char *path)
{
    const size_t len = strlen(glob);
    char parent[GLOB_MAX + 1];

    if (strcmp(glob, "**") == 0) {
        return true;
    }
    if (len < 3 || len > GLOB_MAX || strcmp(glob + len - 3, "/**") != 0) {
        return false;
    }
    (void)snprintf(parent, sizeof(parent), "%.*s", (int)(len - 3), glob);
    return glob_match_path(parent, path);
}

bool choice_enters(const struct choice *choice, const char *path)
{
    bool enters = choice->n_include == 0;

    for (size_t i = 0; i < choice->n_exclude; i++) {
        if (matches_all_below(choice->exclude[i], path)) {
            return false;
        }
    }
    for (size_t i = 0; !enters && i < choice->n_include; i++) {
        enters = may_match_below(choice->include[i], path);
    }
    return enters;
}
