/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The public suites
 *
 * They lie beside the project, in the folder that the environment variable CORPUS names, and are no
 * part of it: where they are not, their tests skip.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

#define CORPUS_PATH_SIZE 4096

/* Write the path of @name in the corpus into @path. False when there is no corpus at all. */
static inline bool corpus_find(const char *name, char path[static CORPUS_PATH_SIZE])
{
    const char *corpus = getenv("CORPUS"); /* NOLINT(concurrency-mt-unsafe): one thread */

    (void)snprintf(path, CORPUS_PATH_SIZE, "%s/%s", corpus != NULL ? corpus : "", name);
    return corpus != NULL && file_is_folder(corpus);
}

/* What main() returns without a corpus. TAP wants it said; cmocka's skip() would count as failed.
 */
static inline int corpus_skip(void)
{
    (void)puts("1..0 # SKIP no corpus");
    return 0;
}
