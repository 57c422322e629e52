/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Extended attributes
 *
 * Those that describe a file to its users, access lists among them. What the system keeps for
 * itself, such as security labels, is made anew for the copy. What the destination refuses is left
 * out: that it refuses one says nothing of others, which may be of another kind or go elsewhere.
 */

#include <stdbool.h>

#include "deploy/copier/dir.h"

/* Give what is open as @to those of what is open as @from. */
void xattrs_copy(struct tree *tree, int from, int to) __attribute__((nonnull));

/* Take from @to those that @from has not, but no access list, which its directory may have given.
 */
void xattrs_remove_others(int from, int to);

/* Whether @to has those of @from, and no others that xattrs_remove_others() takes, as far as it can
 * be told. */
bool xattrs_are_same(struct tree *tree, int from, int to) __attribute__((nonnull));

/* Whether it is worth a look, for files that are copied to the file system @to. */
bool xattrs_may_differ(struct tree *tree, dev_t to) __attribute__((nonnull));
