/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding metadata
 *
 * Names, labels and annotations, which say whether an object opts in: most do not, and then nothing
 * else of them is looked at.
 */

#include "base/arena.h"
#include "base/err.h"
#include "webhook/inject/node.h"
#include "webhook/inject/view.h"

/*
 * Read kind, names, annotations and labels of @object, and nothing that follows its metadata.
 *
 * Errors: ERR_INVALID "at POINTER: expected ..., found ..."; ERR_INTERNAL when @arena is full;
 * those of the reader.
 */
int metadata_read(const struct json_view *object,
                  enum policy_kind kind,
                  struct arena *arena,
                  struct workflow *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Read hawser's annotations of @object alone; none of nothing. Errors as above. */
int metadata_read_annotations(const struct json_view *object,
                              struct arena *arena,
                              struct string_map *out,
                              struct err *err) __attribute__((nonnull, warn_unused_result));

/* Read the pairs of the map @node whose keys start with @prefix, JSON_MEMBERS_MAX at most. Errors
 * as above. */
int metadata_read_map(const struct node *node,
                      const char *prefix,
                      struct arena *arena,
                      struct string_map *out,
                      struct err *err) __attribute__((nonnull, warn_unused_result));

/* A text that @texts, which are put in order, hold twice; NULL when there is none. */
const char *metadata_find_twin(struct text_list *texts) __attribute__((nonnull));
