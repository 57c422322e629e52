/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libyaml over a part of a text
 *
 * Only events are taken from libyaml: its document loader is quadratic in flow nesting and makes
 * graphs that contain themselves. Its marks count characters; here everything is in bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "base/err.h"

struct yaml_events {
    const char *text;
    size_t start; /* of the part, in bytes from the start of the text */
    size_t end;
    bool open;
    yaml_parser_t parser;
    size_t n_chars; /* so many characters of the part ... */
    size_t n_bytes; /* ... take so many bytes */
};

/* Start on bytes @start to @end of @text, which are UTF-8. Errors: ERR_INTERNAL. Release with
 * yaml_events_close(). */
int yaml_events_open(struct yaml_events *events,
                     const char *text,
                     size_t start,
                     size_t end,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/* Does nothing when there is nothing open. */
void yaml_events_close(struct yaml_events *events) __attribute__((nonnull));

/* An event and the bytes of the text that it takes. */
struct yaml_events_item {
    yaml_event_t event;
    size_t start;
    size_t end;
};

/* Read the next event. On failure item->start is where the text is wrong, for the caller to put in
 * front of the message, and there is nothing to release. Errors: ERR_INVALID, ERR_INTERNAL. */
int yaml_events_next(struct yaml_events *events, struct yaml_events_item *item, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void yaml_events_item_clear(struct yaml_events_item *item)
{
    yaml_event_delete(&item->event);
}
