/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a server in a test finds on disk
 *
 * A temporary folder with plain files, and with folders as kubelet mounts ConfigMaps and Secrets:
 * each file is a link through "..data", itself a link to the folder of one generation, which is
 * replaced by renaming another link over it (Kubernetes, pkg/volume/util/atomic_writer.go). So a
 * reader sees all of the old generation or all of the new.
 */

#include <stddef.h>

#include "base/err.h"

struct material;

/* A new folder below $TMPDIR or /tmp, for this user alone. Errors: ERR_IO. Owner: the caller,
 * material_free(). */
struct material *material_new(struct err *err) __attribute__((warn_unused_result, nonnull));

/* Remove the folder and all in it. Accepts NULL. */
void material_free(struct material *material);

/* The path of @name in the folder; "" is the folder itself. Owner: the caller, free(); never NULL
 * but without memory. */
char *material_path(const struct material *material, const char *name)
    __attribute__((nonnull, warn_unused_result));

/* Write a plain file, replacing what there was. Errors: ERR_IO. */
int material_write(const struct material *material,
                   const char *name,
                   const char *text,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

struct material_file {
    const char *name; /* without folders */
    const char *text;
};

/*
 * Make @files the content of the mounted folder @name, which is made when it is not there. Files of
 * the generation before that are not among them go away. Errors: ERR_IO.
 */
int material_publish(const struct material *material,
                     const char *name,
                     const struct material_file *files,
                     size_t n,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void material_free_p(struct material **material)
{
    material_free(*material);
}
