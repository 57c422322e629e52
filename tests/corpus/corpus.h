/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The public suites
 *
 * They lie beside the project, in the folder that the environment variable CORPUS names, and are no
 * part of it: where they are not, their tests skip.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "policies/annotations.h"

#define CORPUS_PATH_SIZE 4096

/* The folders of Argo's examples. */
#define CORPUS_EXAMPLES 5

static inline const char *corpus_examples(size_t i)
{
    static const char *const names[CORPUS_EXAMPLES] = {
        "argo/examples",
        "argo/examples/cluster-workflow-template",
        "argo/examples/skipped-output-defaults",
        "argo/examples/workflow-event-binding",
        "argo/examples/workflow-template",
    };

    return names[i];
}

/* Write the path of @name in the corpus into @path. False when there is no corpus at all. */
static inline bool corpus_find(const char *name, char path[static CORPUS_PATH_SIZE])
{
    const char *corpus = getenv("CORPUS"); /* NOLINT(concurrency-mt-unsafe): one thread */

    (void)snprintf(path, CORPUS_PATH_SIZE, "%s/%s", corpus != NULL ? corpus : "", name);
    return corpus != NULL && file_is_folder(corpus);
}

/* A copy of @object, which has metadata, that opts in to @policies. NULL without memory. */
static inline json_t *corpus_opt_in(const json_t *object, const char *policies)
{
    json_t *copy = json_deep_copy(object);
    json_t *metadata = json_object_get(copy, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");

    if (annotations == NULL) {
        annotations = json_object();
        json_object_set_new(metadata, "annotations", annotations);
    }
    if (json_object_set_new(annotations, ANNOTATION_POLICY, json_string(policies)) < 0) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}

/* What main() returns without a corpus. TAP wants it said; cmocka's skip() would count as failed.
 */
static inline int corpus_skip(void)
{
    (void)puts("1..0 # SKIP no corpus");
    return 0;
}
