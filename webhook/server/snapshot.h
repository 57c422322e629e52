/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What files look like
 *
 * A snapshot describes files and folders by what stat() says of them, so that two of them tell
 * whether something changed. Taken before and after reading, two equal ones say that all that was
 * read is of one generation: Kubernetes replaces a mounted ConfigMap or Secret as a whole by
 * renaming one link, "..data", over the old one (k8s.io/kubernetes/pkg/volume/util/
 * atomic_writer.go), and a reader may be in the middle.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Some 100,000 files; a larger folder is none of policies. */
#define SNAPSHOT_BYTES_MAX ((size_t)16 * 1024 * 1024)

/*
 * Describe the @n paths, NULL ones left out: each file with the "..data" beside it, each folder
 * with the files directly in it and its "..data". What is not there is described as such. The
 * buffer fails when there is no memory.
 */
void snapshot_take(const char *const *paths, size_t n, struct buf *out) __attribute__((nonnull));

/* Whether two snapshots are the same; false where one failed. */
bool snapshot_equal(const struct buf *a, const struct buf *b) __attribute__((nonnull));
