/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/watch_stream.h"

#include <string.h>

#include "base/json.h"

void watch_stream_init(struct watch_stream *stream, size_t max_bytes, size_t max_memory)
{
    *stream = (struct watch_stream){.line = BUF_INIT(max_bytes), .max_memory = max_memory};
}

void watch_stream_clear(struct watch_stream *stream)
{
    buf_clear(&stream->line);
}

void watch_stream_restart(struct watch_stream *stream)
{
    const size_t max = stream->line.max;

    buf_clear(&stream->line); /* a failure would stay */
    stream->line = BUF_INIT(max);
}

static enum watch_stream_type type_of(const char *text)
{
    static const char *const names[] = {
        [WATCH_STREAM_ADDED] = "ADDED",     [WATCH_STREAM_MODIFIED] = "MODIFIED",
        [WATCH_STREAM_DELETED] = "DELETED", [WATCH_STREAM_BOOKMARK] = "BOOKMARK",
        [WATCH_STREAM_ERROR] = "ERROR",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum watch_stream_type)i;
        }
    }
    return WATCH_STREAM_OTHER;
}

static bool is_blank(const char *text, size_t len)
{
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL) {
        len--;
    }
    return len == 0;
}

/* Tell of the line of @len bytes at @text. */
static int end_line(struct watch_stream *stream,
                    const char *text,
                    size_t len,
                    watch_stream_fn *tell,
                    void *data,
                    struct err *err)
{
    struct json_limits limits = {.memory = stream->max_memory, .string = stream->line.max};
    json_auto_t *event = NULL;
    const char *type;
    json_t *object;

    if (is_blank(text, len)) {
        return 0;
    }
    event = json_parse_within(text, len, &limits, err);
    if (event == NULL) {
        err->excerpt[0] = '\0'; /* it may be of a Secret */
        return err_wrap(err, "a line of a watch");
    }
    type = json_string_value(json_object_get(event, "type"));
    object = json_object_get(event, "object");
    if (type == NULL || !json_is_object(object)) {
        return err_set(err, ERR_INVALID, "a line of a watch is no event");
    }
    return tell(data, type_of(type), object, err);
}

int watch_stream_add(struct watch_stream *stream,
                     const char *bytes,
                     size_t len,
                     watch_stream_fn *tell,
                     void *data,
                     struct err *err)
{
    const char *const end = bytes + len;

    while (bytes < end) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        const size_t n = (size_t)((feed != NULL ? feed : end) - bytes);
        buf_add(&stream->line, bytes, n);
        if (buf_check(&stream->line, "a line of a watch", err) < 0) {
            return -1;
        }
        if (feed == NULL) {
            return 0;
        }
        if (end_line(stream, buf_text(&stream->line), stream->line.len, tell, data, err) < 0) {
            return -1;
        }
        buf_cut(&stream->line, 0);
        bytes = feed + 1;
    }
    return 0;
}
