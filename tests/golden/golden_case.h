/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A golden case
 *
 * A folder. Its name is the promise that it shows; its files are
 *
 *     input.yaml           one object, as kubectl would read it
 *     policy.yaml          the policies; the file beside the cases when absent
 *     request.yaml         what the request has other than CREATE in namespace default: operation,
 *                          namespace, dryRun, object (only null), oldObject (for UPDATE and DELETE:
 *                          the input), namespaceOptedIn, copierImage
 *     expected.yaml        the object as it is stored, as yaml_out() writes it
 *     expected.patch.json  the patch, [] for none
 *     expected.warnings    one a line; absent when there are none
 *     expected.denied      the message; then there is neither object nor patch
 *
 * and no others.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "policies/policy.h"

/* What the copier runs from unless request.yaml says otherwise: no release changes the cases. */
#define GOLDEN_COPIER_IMAGE "registry.example.com/hawser:golden"

enum golden_file {
    GOLDEN_OBJECT,
    GOLDEN_PATCH,
    GOLDEN_WARNINGS,
    GOLDEN_DENIED,
    GOLDEN_FILES,
};

/* Release with golden_case_clear(). */
struct golden_case {
    const char *folder; /* borrowed */
    json_t *input;
    struct policy_set *policies;
    char *policy_path;            /* where they come from */
    json_t *request;              /* the content of request.yaml, an empty object without it */
    char *expected[GOLDEN_FILES]; /* the texts of the files; NULL where there is none */
};

/* Read the case in @folder, which lies in @root. Errors: those of the readers, ERR_INVALID for a
 * file that no case has. */
int golden_case_load(const char *root, const char *folder, struct golden_case *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

void golden_case_clear(struct golden_case *golden) __attribute__((nonnull));

/* Replace the expected files of @golden by @texts; NULL for a file that there is not to be. */
int golden_case_write(const struct golden_case *golden,
                      const char *const texts[static GOLDEN_FILES],
                      struct err *err) __attribute__((nonnull, warn_unused_result));

const char *golden_file_name(enum golden_file file);

/* The image that the copier is to run from, and whether the object's namespace opted in as a whole.
 */
const char *golden_case_copier_image(const struct golden_case *golden) __attribute__((nonnull));
bool golden_case_namespace_opted_in(const struct golden_case *golden) __attribute__((nonnull));

static inline void golden_case_clear_p(struct golden_case *golden)
{
    golden_case_clear(golden);
}
