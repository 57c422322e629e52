/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Manifests: the objects that -f names
 *
 * Files are read as kubectl reads them: YAML of several documents, or JSON values one behind the
 * other; a folder stands for the manifests directly in it, '-' for standard input. A document
 * without content is skipped. A list (kind List, WorkflowList, ...) is one document that holds many
 * objects; its wrapper is kept.
 *
 * Everything is read before anything is done, so that a bad file changes nothing.
 */

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

/* etcd stores objects of 1.5 MiB, and a manifest of all of a cluster's workflows is larger than one
 * of them; an endless pipe is larger than this. */
#define MANIFEST_BYTES_MAX (64UL * 1024 * 1024)

/* Files in one folder: Argo's own examples are 200. */
#define MANIFEST_FILES_MAX 10000

struct manifest_object {
    json_t *value;    /* an object with a kind and an apiVersion; owned by its document */
    const char *kind; /* these live in the value */
    const char *api_version;
    const char *label; /* "Workflow/name", also with a generateName; "Workflow" without both */
    const char *place; /* "file.yaml:12" or "file.yaml:12: item 3" */
};

struct manifest_document {
    json_t *value;
    size_t n_objects; /* 1, or for a list what it holds */
};

/* Start with all zero; release with manifest_clear(). The fields are the interface. */
struct manifest {
    struct arena *arena; /* borrowed */
    LIST_OF(struct manifest_document) documents;
    LIST_OF(struct manifest_object) objects; /* of all documents, in order */
};

void manifest_clear(struct manifest *manifest) __attribute__((nonnull));

/*
 * Append what @path names: a file, a folder, or "-".
 *
 * Errors, all with file and line: ERR_INVALID for what is not YAML or JSON, or not a Kubernetes
 * object; ERR_NOT_FOUND, also for a folder without manifests; ERR_IO; ERR_TOO_BIG.
 */
int manifest_read(struct manifest *manifest, const char *path, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Make the document like @document in which each object is replaced by the next of @results, which
 * has one entry for each of its objects, or left out where that is NULL. *@out is NULL when nothing
 * is left; a list stays, even empty. Errors: ERR_INTERNAL. Owner of *@out: the caller.
 */
int manifest_rebuild(const struct manifest_document *document,
                     json_t *const *results,
                     json_t **out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void manifest_clear_p(struct manifest *manifest)
{
    manifest_clear(manifest);
}
