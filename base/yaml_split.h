/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Documents of a YAML text
 *
 * A text is cut at its "---" lines before any YAML is read, as kubectl does it: a byte order mark
 * at the start of a document is then no part of it (files that were put together with cat), and a
 * "---" with anything but a comment behind it is refused, as it is by kubectl.
 */

#include <stdbool.h>
#include <stddef.h>

struct yaml_split {
    size_t start;   /* the document's bytes, without its line "---" */
    size_t end;     /* where the next document starts, with its "---", or the text ends */
    bool separated; /* a "---" stands before the document */
};

/*
 * The document that starts at byte @at of the @len bytes at @text. False, with the place in
 * @out->end, for a line that starts with "---" and goes on with content.
 */
bool yaml_split_next(const char *text, size_t len, size_t at, struct yaml_split *out)
    __attribute__((nonnull, warn_unused_result));
