/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bytes of a watch as events
 *
 * A watch is answered with one JSON object a line, {"type": ..., "object": ...}, in pieces that end
 * anywhere. Lines are put together, parsed and told of one by one. What comes after the last line
 * feed is no event yet: it is lost with the connection, and the server tells it again. Pure.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum watch_stream_type {
    WATCH_STREAM_ADDED,
    WATCH_STREAM_MODIFIED,
    WATCH_STREAM_DELETED,
    WATCH_STREAM_BOOKMARK, /* of the object only metadata.resourceVersion counts */
    WATCH_STREAM_ERROR,    /* the object is a Status */
    WATCH_STREAM_OTHER,    /* of a later version of the API: to be passed over */
};

struct watch_stream {
    struct buf line;   /* what came of a line that has not ended */
    size_t max_memory; /* that the values of a line may take */
};

/* Lines of at most @max_bytes, @max_memory as values. Release with watch_stream_clear(). */
void watch_stream_init(struct watch_stream *stream, size_t max_bytes, size_t max_memory)
    __attribute__((nonnull));
void watch_stream_clear(struct watch_stream *stream) __attribute__((nonnull));

/* Forget what came of a line: another connection begins. */
void watch_stream_restart(struct watch_stream *stream) __attribute__((nonnull));

/* Called for each event; @object is borrowed. Returns 0, or -1 with an error to stop. */
typedef int
watch_stream_fn(void *data, enum watch_stream_type type, json_t *object, struct err *err);

/*
 * Take the next @len bytes at @bytes and call @tell for each event that they complete.
 *
 * Errors: ERR_TOO_BIG for a line or its values beyond a limit; ERR_INVALID for a line that is no
 * event; ERR_INTERNAL; those of @tell. The stream is of no use then, until it is restarted.
 */
int watch_stream_add(struct watch_stream *stream,
                     const char *bytes,
                     size_t len,
                     watch_stream_fn *tell,
                     void *data,
                     struct err *err) __attribute__((nonnull(1, 2, 4, 6), warn_unused_result));

static inline void watch_stream_clear_p(struct watch_stream *stream)
{
    watch_stream_clear(stream);
}
