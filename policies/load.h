/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Loading policies
 *
 * YAML documents become one policy set, or nothing: a single bad document refuses the whole set.
 * Every error names "file:line:column", says what was expected, and carries an excerpt.
 *
 * A document is read strictly (YAML_STRICT of base/yaml.h); unknown keys, wrong types, values out
 * of range, "{{=" anywhere and names used twice are errors. The rules are those of
 * policies/schema.json, plus the ones a schema cannot say (a copy names a volume that exists).
 */

#include <stddef.h>

#include "base/err.h"
#include "policies/policy.h"

#define POLICY_FILE_BYTES_MAX ((size_t)1024 * 1024) /* what a ConfigMap can hold */
#define POLICY_BYTES_MAX                                                    \
    ((size_t)8 * 1024 * 1024) /* all files: far more than 256 policies need \
                               */
#define POLICY_FILES_MAX     256
#define POLICY_DOCUMENTS_MAX 256

/*
 * The policies of the file @path, or of all *.yaml, *.yml and *.json files directly in the folder
 * @path, in byte order of their names. An empty set is an error here: a folder without policies is
 * a mistake, not a wish. Documents without content are passed over.
 *
 * Errors: ERR_INVALID, ERR_TOO_BIG, ERR_NOT_FOUND, ERR_IO. Owner: the caller, policy_set_unref().
 */
struct policy_set *policy_load(const char *path, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The same for a text in memory that messages call @name. */
struct policy_set *policy_load_text(const char *name, const char *text, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The policies that hawser ships (policies/shipped/), compiled in. */
struct policy_set *policy_load_shipped(struct err *err)
    __attribute__((nonnull, warn_unused_result));
