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

/* Where @view ends, and the number of the next list or object behind it. A list or object is passed
 * over, checked, and where it and all in it end is noted, if nobody did before. Errors: as
 * json_reader.h has it. */
int json_pass_find_end(const struct json_view *view, uint32_t *end, uint32_t *next, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Fill @out with the view of the first value of the text of @reader. */
int json_pass_first(struct json_reader *reader, struct json_view *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
