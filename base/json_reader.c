/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_reader.h"

#include <assert.h>
#include <string.h>

#include "base/json_pass.h"

/* Line and column, both from 1, of the byte at @at. */
static void
find_place(const struct json_reader *reader, const char *at, size_t *line, size_t *column)
{
    const char *start = reader->bytes;

    *line = 1;
    for (const char *c = start; (c = memchr(c, '\n', (size_t)(at - c))) != NULL; start = ++c) {
        (*line)++;
    }
    *column = (size_t)(at - start) + 1;
}

int json_reader_error(const struct json_reader *reader,
                      const char *at,
                      const char *what,
                      struct err *err)
{
    size_t line;
    size_t column;

    find_place(reader, at, &line, &column);
    err_set(err, ERR_INVALID, "line %zu, column %zu: expected %s", line, column, what);
    err_point_at(err, reader->bytes, reader->len, (size_t)(at - reader->bytes));
    return -1;
}

int json_reader_open(struct json_reader *reader,
                     struct arena *arena,
                     const char *bytes,
                     size_t len,
                     struct json_view *out,
                     struct err *err)
{
    *reader = (struct json_reader){
        .bytes = bytes,
        .len = len,
        .arena = arena,
        .cursor = {.end = bytes + len},
    };
    if (len >= UINT32_MAX) {
        return err_set(err, ERR_TOO_BIG, "the text has more than 4 GiB");
    }
    return json_pass_first(reader, out, err);
}

int json_reader_close(const struct json_view *top, struct err *err)
{
    const struct json_reader *reader = top->reader;
    const char *at;
    uint32_t end;
    uint32_t next;

    if (json_pass_find_end(top, &end, &next, err) < 0) {
        return -1;
    }
    at = reader->bytes + end;
    (void)json_token_reach(&at, reader->cursor.end);
    return at == reader->cursor.end ? 0 : json_reader_error(reader, at, "the end", err);
}

const char *json_view_type_name(const struct json_view *view)
{
    static const char *const names[] = {
        [JSON_VIEW_NOTHING] = "nothing", [JSON_VIEW_OBJECT] = "an object",
        [JSON_VIEW_LIST] = "a list",     [JSON_VIEW_STRING] = "a string",
        [JSON_VIEW_NUMBER] = "a number", [JSON_VIEW_BOOLEAN] = "a boolean",
        [JSON_VIEW_NULL] = "null",
    };

    return names[json_view_type(view)];
}

struct json_string json_view_string(const struct json_view *view)
{
    assert(json_view_type(view) == JSON_VIEW_STRING);
    return (struct json_string){
        .bytes = view->reader->bytes + view->start + 1,
        .len = view->end - view->start - 2, /* quotes */
        .is_escaped = view->is_escaped,
    };
}

bool json_view_is_true(const struct json_view *view)
{
    return view->reader != NULL && view->reader->bytes[view->start] == 't';
}

int json_view_text(const struct json_view *view, const char **bytes, size_t *len, struct err *err)
{
    uint32_t end;
    uint32_t next;

    *bytes = "";
    *len = 0;
    if (view->reader == NULL) {
        return 0;
    }
    if (json_pass_find_end(view, &end, &next, err) < 0) {
        return -1;
    }
    *bytes = view->reader->bytes + view->start;
    *len = end - view->start;
    return 0;
}

int json_view_member(const struct json_view *object,
                     const struct json_string *key,
                     struct json_view *out,
                     struct err *err)
{
    struct json_walk walk = json_walk_of(object);
    int status;

    *out = (struct json_view){0};
    while ((status = json_walk_next(&walk, err)) > 0) {
        if (json_string_same(&walk.key, key)) {
            *out = walk.value;
            return 0;
        }
    }
    return status;
}
