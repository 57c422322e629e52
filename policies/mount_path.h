/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mount paths and sub paths
 *
 * Mount paths are compared after normalisation: "/workdir", "/workdir/" and "//workdir/." are one
 * folder to a container, though different strings to Kubernetes and to Argo.
 *
 * Sub paths name a folder inside a volume. They are only accepted in their normal form.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MOUNT_PATH_MAX 1024 /* bytes, the NUL among them */
#define SUB_PATH_MAX   512  /* likewise; room for a mount path before it within PATH_MAX */

/*
 * Write the normal form of the absolute @path into @out: single slashes, no "." segments, no slash
 * at the end. False when @path is relative, too long, or has a ".." segment or a variable ("{{"),
 * so that what it means cannot be known.
 */
bool mount_path_normalize(const char *path, char out[static MOUNT_PATH_MAX]);

/* How two normal paths lie to each other. */
enum mount_path_relation {
    MOUNT_PATH_APART,
    MOUNT_PATH_EQUAL,
    MOUNT_PATH_INSIDE,  /* the first lies below the second */
    MOUNT_PATH_OUTSIDE, /* the first is an ancestor of the second */
};

enum mount_path_relation mount_path_relate(const char *a, const char *b) __attribute__((nonnull));

/*
 * Whether hawser may mount a volume at @path: absolute, no "..", only characters that no tool
 * gives a meaning ([A-Za-z0-9._/-]), and neither at, below, nor above what Argo, the kubelet or the
 * operating system keep for themselves (/argo, /var/run/argo, /mainctrfs, /proc, /etc, ...).
 *
 * Errors: ERR_INVALID with what is wrong and what was expected, naming the path.
 */
int mount_path_check(const char *path, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Whether @path is a folder inside a volume: relative, segments with single slashes between them,
 * none of them "." or "..", of letters, digits, ' ' and ._@+=~- and the variables of
 * policies/variables.h. No '$': Kubernetes expands it in the arguments of containers.
 *
 * Errors: ERR_INVALID with what is wrong and what was expected, naming the path.
 */
int sub_path_check(const char *path, struct err *err) __attribute__((nonnull, warn_unused_result));
