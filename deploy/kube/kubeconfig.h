/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A kubeconfig as a document
 *
 * Lists of named objects, with texts, paths and base64 in them. Which of them count, and what they
 * mean, is kube_config.h's. Keys and tokens are in it, which no message shows.
 */

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct kubeconfig {
    const char *path;
    struct buf text;
    json_t *document;
    struct arena *arena; /* where what is asked for is put */
};

/* An object of the document and its JSON Pointer. */
struct kubeconfig_node {
    const json_t *value;
    char pointer[64];
};

/* Read the file, as kubectl would. Errors: ERR_INVALID; those of file_read(). */
int kubeconfig_read(struct kubeconfig *file, struct err *err)
    __attribute__((nonnull, warn_unused_result));
void kubeconfig_clear(struct kubeconfig *file) __attribute__((nonnull));

/* Put the place of what is at @pointer, or at @key of @node, in front of the message in @err, and
 * return -1: "FILE:LINE:COLUMN: users[0].user.token: ". */
int kubeconfig_locate(const struct kubeconfig *file, const char *pointer, struct err *err)
    __attribute__((nonnull));
int kubeconfig_locate_key(const struct kubeconfig *file,
                          const struct kubeconfig_node *node,
                          const char *key,
                          struct err *err) __attribute__((nonnull));

/* Find @key of the one item of @list that is called @name: contexts[i].context. Errors:
 * ERR_NOT_FOUND; ERR_INVALID for one that is there twice, or is no object. */
int kubeconfig_find(const struct kubeconfig *file,
                    const char *list,
                    const char *key,
                    const char *name,
                    struct kubeconfig_node *out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* What is at @key of @node, in the arena; NULL where it is absent or empty. Errors: ERR_INVALID;
 * ERR_INTERNAL. A text: */
int kubeconfig_text(const struct kubeconfig *file,
                    const struct kubeconfig_node *node,
                    const char *key,
                    const char **out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* The path of a file, which counts from the kubeconfig's folder: */
int kubeconfig_path(const struct kubeconfig *file,
                    const struct kubeconfig_node *node,
                    const char *key,
                    const char **out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* The text that is there as base64, in which line feeds do not count, as they do not for Go: */
int kubeconfig_data(const struct kubeconfig *file,
                    const struct kubeconfig_node *node,
                    const char *key,
                    const char **out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* The same at @data_key, or else what is in the file that @file_key names. Errors: also those of
 * file_read(). */
int kubeconfig_pem(const struct kubeconfig *file,
                   const struct kubeconfig_node *node,
                   const char *data_key,
                   const char *file_key,
                   const char **out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void kubeconfig_clear_p(struct kubeconfig *file)
{
    kubeconfig_clear(file);
}
