/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Going through the lists and objects of a JSON text
 *
 * The part of the reader (json_reader.h) in which it spends its time, and where json_walk_next()
 * is. Everything that nobody asks for is passed over here, once. No recursion, no allocation but
 * for notes.
 */

#include "base/json_reader.h"

/*
 * Pass over @view, a list or object, check it, and note where it and all in it end. Errors: as
 * json_reader.h has it.
 */
int json_pass(const struct json_view *view, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Where @view, a list or object, ends; it is passed over if nobody did before. NULL with an error.
 * What comes back is good until something else is passed over. */
static inline const struct json_span *json_pass_span(const struct json_view *view, struct err *err)
{
    const struct json_reader *reader = view->reader;

    if (reader->spans[view->nth].end == 0 && json_pass(view, err) < 0) {
        return NULL;
    }
    return &reader->spans[view->nth];
}

/* Fill @out with the view of the first value of the text of @reader. */
int json_pass_first(struct json_reader *reader, struct json_view *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
