/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The syntax that YAML_STRICT leaves
 *
 * libyaml accepts more than YAML allows and more than policies need. Looking at each event and at
 * the text between two of them, this module refuses anchors, aliases, tags and "? " keys, a comment
 * without a space before its "#", lines inside brackets or quotes that are not indented, and a
 * block
 * ("|", ">") without text, whose indentation readers guess differently.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/yaml.h"
#include "base/yaml_events.h"

struct yaml_strict {
    size_t indents[YAML_DEPTH_MAX + 1]; /* columns that lines inside brackets and quotes need */
    bool flow[YAML_DEPTH_MAX + 1];      /* whether the node is within brackets */
    size_t depth;
    size_t seen; /* up to where the text was looked at */
};

/* Start on a document of which nothing was seen after byte @offset. */
void yaml_strict_init(struct yaml_strict *strict, size_t offset) __attribute__((nonnull));

/*
 * Look at the next event of the document. Errors: ERR_INVALID, with the place in *@offset, which is
 * otherwise left alone.
 */
int yaml_strict_check(struct yaml_strict *strict,
                      const struct yaml_events *events,
                      const struct yaml_events_item *item,
                      size_t *offset,
                      struct err *err) __attribute__((nonnull, warn_unused_result));
