/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether both readers come to the same answer
 *
 * To one review admit() and tree_admit() (tree.h) give the same bytes, but for the differences that
 * enum tree_likeness names. Each is one that the engine chose; all others are mistakes of one of
 * the two.
 */

#include <stddef.h>

#include "base/err.h"
#include "webhook/inject/admit.h"

/* How alike two answers are. */
enum tree_likeness {
    TREE_SAME,

    /* The same as JSON, the patch too. A security context is copied to the copier as the author
     * wrote it; jansson writes numbers and escapes in its own way. */
    TREE_SAME_VALUES,

    /* Both refuse, and at least one says where in the review: of several faults each tells the one
     * that it meets first. */
    TREE_OTHER_REASON,

    /* admit() leaves the object alone, and did not read so far as to what the tree refuses. */
    TREE_NOT_READ,

    /* admit() refuses a member of the wrong type that the tree does not look at: in templates that
     * nothing is injected into, in claims, in the status. Argo could not decode it. */
    TREE_NOT_MINDED,

    /* No tree can be made of the text: it is no JSON, or a key stands twice in an object. */
    TREE_NONE,

    TREE_LIKENESSES, /* how many there are */
};

/* What both said. */
struct tree_comparison {
    enum tree_likeness likeness;
    enum report_outcome outcome; /* of admit(), where it answered */
};

/* Have both answer the review in the @len bytes at @body. Errors: ERR_INTERNAL, saying in what they
 * differ. */
int tree_compare(const struct admit_options *options,
                 const char *body,
                 size_t len,
                 struct tree_comparison *out,
                 struct err *err) __attribute__((nonnull, warn_unused_result));
