/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/json_stream.h"

#include <string.h>

#include "base/json.h"
#include "base/yaml.h"

static size_t skip_blank(const char *text, size_t len, size_t at)
{
    while (at < len &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
        at++;
    }
    return at;
}

/* Where the next value starts. */
static size_t skip_to_value(const char *text, size_t len, size_t at)
{
    at = skip_blank(text, len, at);
    while (at + 3 < len && memcmp(text + at, "---\n", 4) == 0) {
        at = skip_blank(text, len, at + 4);
    }
    return at;
}

bool json_stream_looks_like(const char *text, size_t len)
{
    size_t at = skip_blank(text, len, 0);

    return at < len && (text[at] == '{' || text[at] == '[');
}

/* What brackets and commas tell of a value before it is parsed. */
struct extent {
    size_t end;      /* behind the value; the end of the text where a bracket is missing */
    size_t n_values; /* about how many it holds */
};

/* Look at the value that starts at @at. */
static struct extent measure(const char *text, size_t len, size_t at)
{
    struct extent extent = {.end = len};
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = at; i < len; i++) {
        char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
            extent.n_values++;
        } else if (c == ',') {
            extent.n_values++;
        } else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0)) {
            extent.end = i + 1;
            break;
        }
    }
    return extent;
}

/* Parse the value at @start; jansson takes up to 77 bytes of memory for one of text. */
static json_t *
parse(const struct json_stream *stream, size_t start, struct extent extent, struct err *err)
{
    if (extent.n_values > YAML_VALUES_MAX) {
        err_set(err, ERR_TOO_BIG, "the document has more than %d values", YAML_VALUES_MAX);
        return NULL;
    }
    return json_parse(stream->text + start, extent.end - start, err);
}

static void count_lines(struct json_stream *stream, size_t to)
{
    if (stream->line == 0) {
        stream->line = 1;
    }
    for (; stream->seen < to; stream->seen++) {
        stream->line += stream->text[stream->seen] == '\n' ? 1 : 0;
    }
}

int json_stream_next(struct json_stream *stream, json_t **out, struct err *err)
{
    size_t start = skip_to_value(stream->text, stream->len, stream->at);
    struct extent extent;
    json_t *value;

    if (start == stream->len) {
        *out = NULL;
        return 0;
    }
    extent = measure(stream->text, stream->len, start);
    value = parse(stream, start, extent, err);
    count_lines(stream, start);
    stream->at = extent.end;
    if (value != NULL) {
        *out = value;
        return 0;
    }
    if (stream->line > 1) {
        return err_wrap(err, "%s: counted from line %zu", stream->name, stream->line);
    }
    return err_wrap(err, "%s", stream->name);
}
