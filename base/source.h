/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Places in a source text
 *
 * Whoever finds fault with a value of a document knows its JSON Pointer; people want to see the
 * line. A source knows the text and the reader that the document came from and turns one into the
 * other: "file:line:column: spec.volumes[0].size: what is wrong", with an excerpt.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/yaml.h"

struct source {
    const char *name; /* of the file */
    const char *text;
    size_t len;
    const struct yaml_reader *reader; /* has read `document` last; NULL: lines are not known */
    json_t *document;
};

/*
 * Put the place of the value at the JSON Pointer made from @fmt in front of the message in @err,
 * add the excerpt, and return -1. With @key the message is about the key that leads to the value.
 *
 * Where nothing is there the nearest value around it is shown.
 */
int source_locate(const struct source *source, bool key, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), nonnull(1, 3, 4)));
