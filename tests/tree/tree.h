/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Admission by way of a tree
 *
 * admit() reads a review where it lies. Here is a second reader of the same facts: it makes a tree
 * of the review, by jansson, and fills the typed view (webhook/inject/view.h) from that; all the
 * rest is the engine's own, admit.c included, which is compiled again with these readers in place
 * of its own. Tests compare the two: what both answer alike was not read by one mistake.
 *
 * They differ on purpose: a review in which a key stands twice is refused here wherever that is; of
 * what does not opt in all is read; and numbers that a policy's copier takes over with a
 * securityContext are written as jansson writes them.
 */

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_reader.h"
#include "webhook/inject/admission.h"

/* As admit() of webhook/inject/admit.h. Needs more of the arena. */
int tree_admit(const struct admit_options *options,
               const char *body,
               size_t len,
               struct buf *answer,
               struct report *report,
               struct err *err) __attribute__((nonnull, warn_unused_result));

/* Give back the trees of what was admitted last: its report borrows from them. The next review does
 * so, too. */
void tree_forget(void);

/*
 * For the files beside this one.
 */

/* The tree of a text, which is kept until tree_forget(). */
json_t *tree_parse(const char *bytes, size_t len, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* A view of the text of @value, in @arena; of nothing, where that is NULL. */
int tree_view(const json_t *value, struct arena *arena, struct json_view *out, struct err *err)
    __attribute__((nonnull(2, 3, 4), warn_unused_result));

/* The readers, as review.h and workflow.h of the engine have them. */
int tree_review_read(const struct json_view *document,
                     struct arena *arena,
                     struct review *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));
int tree_metadata_read(const struct json_view *object,
                       enum policy_kind kind,
                       struct arena *arena,
                       struct workflow *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));
int tree_metadata_read_annotations(const struct json_view *object,
                                   struct arena *arena,
                                   struct string_map *out,
                                   struct err *err) __attribute__((nonnull, warn_unused_result));
int tree_workflow_read_spec(const struct json_view *object,
                            struct arena *arena,
                            struct workflow *workflow,
                            struct err *err) __attribute__((nonnull, warn_unused_result));

/* Never: here all is read. */
bool tree_glance_is_untouched(const struct admit_options *options,
                              const struct json_view *document,
                              struct report *report) __attribute__((nonnull, warn_unused_result));
