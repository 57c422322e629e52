/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_split.h"

#include <string.h>

#define SEPARATOR "---"

static bool is_separator(const char *text, size_t len)
{
    return len >= strlen(SEPARATOR) && memcmp(text, SEPARATOR, strlen(SEPARATOR)) == 0;
}

/* The length of the line at @text with its line feed. */
static size_t line_length(const char *text, size_t len)
{
    const char *end = len > 0 ? memchr(text, '\n', len) : NULL;

    return end != NULL ? (size_t)(end - text) + 1 : len;
}

/* Whether only blanks or a comment follow the "---" of this line; "---#" is one to kubectl. */
static bool stands_alone(const char *line, size_t len)
{
    size_t at = strlen(SEPARATOR);

    while (at < len && strchr(" \t\r\n\v\f", line[at]) != NULL && line[at] != '\0') {
        at++;
    }
    return at == len || line[at] == '#';
}

bool yaml_split_next(const char *text, size_t len, size_t at, struct yaml_split *out)
{
    size_t line = line_length(text + at, len - at);

    out->end = at;
    out->separated = is_separator(text + at, len - at);
    if (out->separated && !stands_alone(text + at, line)) {
        return false;
    }
    out->start = out->separated ? at + line : at;
    out->end = out->start;
    while (out->end < len && !is_separator(text + out->end, len - out->end)) {
        out->end += line_length(text + out->end, len - out->end);
    }
    return true;
}
