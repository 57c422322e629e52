/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_reader.h"

#include <assert.h>
#include <string.h>

/* Real texts have a list or object for 30 bytes or more: room for those is made once. */
#define BYTES_PER_SPAN 24
#define SPANS_FIRST    16

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

/* Passing over a part of the text. */
struct pass {
    struct json_reader *reader;
    struct json_cursor cursor;
    struct json_string key; /* of the member that is passed over */
};

static struct pass pass_from(struct json_reader *reader, uint32_t at)
{
    return (struct pass){
        .reader = reader,
        .cursor = {.at = reader->bytes + at, .end = reader->bytes + reader->len},
    };
}

static uint32_t offset_of(const struct pass *pass)
{
    return (uint32_t)(pass->cursor.at - pass->reader->bytes);
}

/* Raise what stopped the cursor. */
static int raise_problem(const struct pass *pass, struct err *err)
{
    return json_reader_error(pass->reader, pass->cursor.at, pass->cursor.problem, err);
}

static int expected(const struct pass *pass, const char *what, struct err *err)
{
    return json_reader_error(pass->reader, pass->cursor.at, what, err);
}

static bool opens(char c)
{
    return c == '{' || c == '[';
}

/* Make room for a note on list or object number @nth, where there is none. */
static int make_room(struct json_reader *reader, uint32_t nth, struct err *err)
{
    size_t n =
        reader->n_spans > 0 ? 2 * reader->n_spans : reader->len / BYTES_PER_SPAN + SPANS_FIRST;
    struct json_span *spans;

    if (nth >= JSON_READER_CONTAINERS_MAX) {
        return err_set(err, ERR_TOO_BIG, "the text has more than %d lists and objects",
                       JSON_READER_CONTAINERS_MAX);
    }
    if (nth < reader->n_spans) {
        return 0;
    }
    spans = arena_alloc(reader->arena, n * sizeof(*spans));
    if (spans == NULL) {
        return err_no_memory(err);
    }
    if (reader->n_spans > 0) {
        memcpy(spans, reader->spans, reader->n_spans * sizeof(*spans));
    }
    reader->spans = spans;
    reader->n_spans = n;
    return 0;
}

/* Pass over a key and the colon behind it. */
static int pass_key(struct pass *pass, struct err *err)
{
    struct json_cursor *cursor = &pass->cursor;
    const char *start = cursor->at;

    if (json_token_peek(cursor) != '"') {
        return expected(pass, "a key, a string", err);
    }
    if (!json_token_pass_string(cursor)) {
        return raise_problem(pass, err);
    }
    if (cursor->has_nul) {
        return json_reader_error(pass->reader, start, "a key without NUL characters", err);
    }
    pass->key = (struct json_string){
        .bytes = start + 1,
        .len = (size_t)(cursor->at - start) - 2, /* quotes */
        .is_escaped = cursor->is_escaped,
    };
    json_token_pass_space(cursor);
    if (json_token_peek(cursor) != ':') {
        return expected(pass, "':'", err);
    }
    cursor->at++;
    json_token_pass_space(cursor);
    return 0;
}

/* Behind a value or an opening bracket: pass over all that stands before the next item. *@more is
 * false at the closing bracket, which is passed over. */
static int
pass_between(struct pass *pass, bool is_object, bool is_first, bool *more, struct err *err)
{
    struct json_cursor *cursor = &pass->cursor;

    json_token_pass_space(cursor);
    *more = json_token_peek(cursor) != (is_object ? '}' : ']');
    if (!*more) {
        cursor->at++;
        return 0;
    }
    if (!is_first) {
        if (json_token_peek(cursor) != ',') {
            return expected(pass, is_object ? "',' or '}'" : "',' or ']'", err);
        }
        cursor->at++;
        json_token_pass_space(cursor);
    }
    return is_object ? pass_key(pass, err) : 0;
}

/* The lists and objects of the reader that are open. */
struct levels {
    struct json_level *items;
    size_t n;
    size_t outer;  /* levels around them */
    uint32_t next; /* the number of the list or object that comes next */
};

/* The cursor stands at a bracket. */
static int open_level(struct pass *pass, struct levels *levels, struct err *err)
{
    if (levels->outer + levels->n >= JSON_DEPTH_MAX) {
        return expected(pass, "at most 256 levels", err);
    }
    if (make_room(pass->reader, levels->next, err) < 0) {
        return -1;
    }
    levels->items[levels->n++] =
        (struct json_level){.nth = levels->next++, .is_object = *pass->cursor.at++ == '{'};
    return 0;
}
_Static_assert(JSON_DEPTH_MAX == 256, "the message names the limit");

/* Behind a value, or with @is_first behind an opening bracket: go on to the next value, ending all
 * levels that end here. */
static int go_on(struct pass *pass, struct levels *levels, bool is_first, struct err *err)
{
    bool more = false;

    while (levels->n > 0 && !more) {
        const struct json_level *level = &levels->items[levels->n - 1];
        if (pass_between(pass, level->is_object, is_first, &more, err) < 0) {
            return -1;
        }
        if (!more) {
            pass->reader->spans[level->nth] =
                (struct json_span){.end = offset_of(pass), .next = levels->next};
            levels->n--;
        }
        is_first = false;
    }
    return 0;
}

/* Pass over @view, a list or object. */
static int pass_container(const struct json_view *view, struct err *err)
{
    struct pass pass = pass_from(view->reader, view->start);
    struct levels levels = {
        .items = view->reader->levels,
        .outer = view->depth,
        .next = view->nth,
    };

    do {
        const bool is_bracket = opens(json_token_peek(&pass.cursor));
        if (is_bracket) {
            if (open_level(&pass, &levels, err) < 0) {
                return -1;
            }
        } else if (!json_token_pass_scalar(&pass.cursor)) {
            return raise_problem(&pass, err);
        }
        if (go_on(&pass, &levels, is_bracket, err) < 0) {
            return -1;
        }
    } while (levels.n > 0);
    return 0;
}

/* Make the view of the value at the cursor; a scalar is passed over. */
static int
see(struct pass *pass, uint32_t nth, size_t depth, struct json_view *out, struct err *err)
{
    *out = (struct json_view){
        .reader = pass->reader,
        .start = offset_of(pass),
        .nth = nth,
        .depth = (uint16_t)depth,
    };
    if (opens(json_token_peek(&pass->cursor))) {
        return make_room(pass->reader, nth, err);
    }
    pass->cursor.is_escaped = false;
    if (!json_token_pass_scalar(&pass->cursor)) {
        return raise_problem(pass, err);
    }
    out->end = offset_of(pass);
    out->is_escaped = pass->cursor.is_escaped;
    return 0;
}

/* Whether @view is a list or an object. */
static bool is_container(const struct json_view *view)
{
    return view->reader != NULL && opens(view->reader->bytes[view->start]);
}

/* The span of @view, a list or object; it is passed over if nobody did before. NULL on failure. */
static const struct json_span *span_of(const struct json_view *view, struct err *err)
{
    if (view->reader->spans[view->nth].end == 0 && pass_container(view, err) < 0) {
        return NULL;
    }
    return &view->reader->spans[view->nth];
}

/* Where @view ends, and which list or object is the next one behind it. */
static int find_end(const struct json_view *view, uint32_t *end, uint32_t *next, struct err *err)
{
    const struct json_span *span;

    *end = view->end;
    *next = view->nth;
    if (!is_container(view)) {
        return 0;
    }
    span = span_of(view, err);
    if (span == NULL) {
        return -1;
    }
    *end = span->end;
    *next = span->next;
    return 0;
}

int json_reader_open(struct json_reader *reader,
                     struct arena *arena,
                     const char *bytes,
                     size_t len,
                     struct json_view *out,
                     struct err *err)
{
    struct pass pass;

    *reader = (struct json_reader){.bytes = bytes, .len = len, .arena = arena};
    if (len >= UINT32_MAX) {
        return err_set(err, ERR_TOO_BIG, "the text has more than 4 GiB");
    }
    pass = pass_from(reader, 0);
    json_token_pass_space(&pass.cursor);
    return see(&pass, 0, 0, out, err);
}

int json_reader_close(const struct json_view *top, struct err *err)
{
    struct pass pass;
    uint32_t end;
    uint32_t next;

    if (find_end(top, &end, &next, err) < 0) {
        return -1;
    }
    pass = pass_from(top->reader, end);
    json_token_pass_space(&pass.cursor);
    return pass.cursor.at == pass.cursor.end ? 0 : expected(&pass, "the end", err);
}

enum json_view_type json_view_type(const struct json_view *view)
{
    if (view->reader == NULL) {
        return JSON_VIEW_NOTHING;
    }
    switch (view->reader->bytes[view->start]) {
    case '{':
        return JSON_VIEW_OBJECT;
    case '[':
        return JSON_VIEW_LIST;
    case '"':
        return JSON_VIEW_STRING;
    case 't':
    case 'f':
        return JSON_VIEW_BOOLEAN;
    case 'n':
        return JSON_VIEW_NULL;
    default:
        return JSON_VIEW_NUMBER;
    }
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
    if (find_end(view, &end, &next, err) < 0) {
        return -1;
    }
    *bytes = view->reader->bytes + view->start;
    *len = end - view->start;
    return 0;
}

struct json_walk json_walk_of(const struct json_view *container)
{
    return (struct json_walk){
        .container = is_container(container) ? *container : (struct json_view){0},
        .is_object = json_view_type(container) == JSON_VIEW_OBJECT,
    };
}

/* Note where the walked list or object ends, so that nobody passes over it again. */
static void end_walk(const struct json_walk *walk, const struct pass *pass, uint32_t next)
{
    pass->reader->spans[walk->container.nth] =
        (struct json_span){.end = offset_of(pass), .next = next};
}

int json_walk_next(struct json_walk *walk, struct err *err)
{
    const struct json_view *container = &walk->container;
    uint32_t at = container->start + 1;
    uint32_t nth = container->nth + 1;
    struct pass pass;
    bool more;

    if (container->reader == NULL) {
        return 0;
    }
    if (container->depth >= JSON_DEPTH_MAX) {
        pass = pass_from(container->reader, container->start);
        return expected(&pass, "at most 256 levels", err);
    }
    if (walk->has_begun && find_end(&walk->value, &at, &nth, err) < 0) {
        return -1;
    }
    pass = pass_from(container->reader, at);
    if (pass_between(&pass, walk->is_object, !walk->has_begun, &more, err) < 0) {
        return -1;
    }
    if (!more) {
        end_walk(walk, &pass, nth);
        return 0;
    }
    walk->index += walk->has_begun ? 1 : 0;
    walk->has_begun = true;
    walk->key = pass.key;
    return see(&pass, nth, container->depth + 1U, &walk->value, err) < 0 ? -1 : 1;
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
