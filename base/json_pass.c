/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_pass.h"

#include <assert.h>
#include <string.h>

/* Real texts have a list or object for 30 bytes or more: room for those is made once. */
#define BYTES_PER_SPAN 24
#define SPANS_FIRST    16

#define TOO_DEEP "at most 256 levels"
_Static_assert(JSON_DEPTH_MAX == 256, "the message names the limit");

/* A pass over a part of a text. Functions take where they stand and return where they got to, NULL
 * where they did not: then the cursor says why. */
struct pass {
    struct json_reader *reader;
    struct json_string *key; /* where the one that was passed over last goes */
    struct json_cursor cursor;
};

/* The lists and objects that are open. */
struct levels {
    struct json_level *items;
    size_t n;
    size_t n_max;
    uint32_t next; /* the number of the list or object that comes next */
};

/* A pass through the text of @source. (A macro: a struct that is copied would cost as much as the
 * rest of a short pass.) */
#define PASS_THROUGH(source, key_out)                     \
    {                                                     \
        .reader = (source), .key = (key_out), .cursor = { \
            .end = (source)->bytes + (source)->len,       \
        }                                                 \
    }

static const char *fail(struct pass *pass, const char *at, const char *problem)
{
    pass->cursor.at = at;
    pass->cursor.problem = problem;
    return NULL;
}

static int raise_problem(const struct pass *pass, struct err *err)
{
    assert(pass->cursor.at != NULL); /* who fails says where */
    return json_reader_error(pass->reader, pass->cursor.at, pass->cursor.problem, err);
}

static inline bool is_at(const struct pass *pass, const char *at, char c)
{
    return at < pass->cursor.end && *at == c;
}

static inline const char *pass_space(const struct pass *pass, const char *at)
{
    while (at < pass->cursor.end && *at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    return at;
}

/* Behind the string at @at when all its characters stand for themselves; else, and near the end of
 * the text, NULL. */
static inline const char *pass_plain_string(const struct pass *pass, const char *at)
{
    unsigned int n;

    at++;
    do {
        if (pass->cursor.end - at <= JSON_TOKEN_BLOCK) {
            return NULL;
        }
        n = json_token_find_special(at);
        at += n;
    } while (n == JSON_TOKEN_BLOCK);
    return *at == '"' ? at + 1 : NULL;
}

/* Behind any string, or what is no string. */
static const char *pass_scalar(struct pass *pass, const char *at)
{
    pass->cursor.at = at;
    pass->cursor.has_nul = false;
    return json_token_pass_scalar(&pass->cursor) ? pass->cursor.at : NULL;
}

/* The key in a way that takes all keys. */
static const char *pass_any_key(struct pass *pass, const char *at)
{
    const char *behind;

    if (!is_at(pass, at, '"')) {
        return fail(pass, at, "a key, a string");
    }
    behind = pass_scalar(pass, at);
    if (behind != NULL && pass->cursor.has_nul) {
        return fail(pass, at, "a key without NUL characters");
    }
    pass->key->is_escaped = pass->cursor.is_escaped;
    return behind;
}

/* A key and the colon behind it. */
static inline const char *pass_key(struct pass *pass, const char *at)
{
    const char *behind = is_at(pass, at, '"') ? pass_plain_string(pass, at) : NULL;

    pass->key->is_escaped = false;
    if (behind == NULL) {
        behind = pass_any_key(pass, at);
        if (behind == NULL) {
            return NULL;
        }
    }
    pass->key->bytes = at + 1;
    pass->key->len = (size_t)(behind - at) - 2; /* quotes */
    behind = pass_space(pass, behind);
    if (!is_at(pass, behind, ':')) {
        return fail(pass, behind, "':'");
    }
    return pass_space(pass, behind + 1);
}

/* A value that is no list or object. */
static inline const char *pass_value(struct pass *pass, const char *at)
{
    const char *behind = is_at(pass, at, '"') ? pass_plain_string(pass, at) : NULL;

    return behind != NULL ? behind : pass_scalar(pass, at);
}

/* Behind a value, or with @is_first behind an opening bracket: the next value, before which there
 * is no bracket that closes. */
static inline const char *
pass_to_value(struct pass *pass, const char *at, bool is_object, bool is_first)
{
    if (!is_first) {
        if (!is_at(pass, at, ',')) {
            return fail(pass, at, is_object ? "',' or '}'" : "',' or ']'");
        }
        at = pass_space(pass, at + 1);
    }
    return is_object ? pass_key(pass, at) : at;
}

static inline void note_end(const struct pass *pass, uint32_t nth, const char *at, uint32_t next)
{
    pass->reader->spans[nth] = (struct json_span){
        .end = (uint32_t)(at - pass->reader->bytes),
        .next = next,
    };
}

/* Behind a value, or with @is_first behind an opening bracket: go on to the next value. All levels
 * that end here are closed; when none is left it is where the last one ended. */
static inline const char *
go_on(struct pass *pass, struct levels *levels, const char *at, bool is_first)
{
    while (levels->n > 0) {
        const struct json_level *level = &levels->items[levels->n - 1];
        at = pass_space(pass, at);
        if (!is_at(pass, at, level->closer)) {
            return pass_to_value(pass, at, level->closer == '}', is_first);
        }
        note_end(pass, level->nth, ++at, levels->next);
        levels->n--;
        is_first = false;
    }
    return at;
}

/* Make room for a note on list or object number @nth, where there is none. */
static int grow(struct json_reader *reader, uint32_t nth, struct err *err)
{
    size_t n = 2 * reader->n_spans;
    struct json_span *spans;

    if (nth >= JSON_READER_CONTAINERS_MAX) {
        return err_set(err, ERR_TOO_BIG, "the text has more than %d lists and objects",
                       JSON_READER_CONTAINERS_MAX);
    }
    if (n == 0) {
        n = reader->len / BYTES_PER_SPAN + SPANS_FIRST;
    }
    if (n > JSON_READER_CONTAINERS_MAX / 2) {
        n = JSON_READER_CONTAINERS_MAX; /* with those before it room for less than two million */
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

static inline int make_room(struct json_reader *reader, uint32_t nth, struct err *err)
{
    return nth < reader->n_spans ? 0 : grow(reader, nth, err);
}

/* A list or object begins with the bracket at @at: go behind it if it was passed over before, and
 * else into it. *@opens says which; NULL on failure. */
static inline const char *
open_level(struct pass *pass, struct levels *levels, const char *at, bool *opens, struct err *err)
{
    struct json_reader *reader = pass->reader;
    const struct json_span *span;

    if (make_room(reader, levels->next, err) < 0) {
        return NULL;
    }
    span = &reader->spans[levels->next];
    *opens = span->end == 0;
    if (!*opens) {
        levels->next = span->next;
        return reader->bytes + span->end;
    }
    if (levels->n == levels->n_max) {
        (void)json_reader_error(reader, at, TOO_DEEP, err);
        return NULL;
    }
    levels->items[levels->n++] = (struct json_level){
        .nth = levels->next++,
        .closer = *at == '{' ? '}' : ']',
    };
    return at + 1;
}

int json_pass(const struct json_view *view, struct err *err)
{
    struct json_reader *reader = view->reader;
    const char *at = reader->bytes + view->start;
    struct json_string ignored;
    struct pass pass = PASS_THROUGH(reader, &ignored);
    struct levels levels = {
        .items = reader->levels,
        .n_max = (size_t)JSON_DEPTH_MAX - view->depth,
        .next = view->nth,
    };

    do {
        bool opens = false;
        if (is_at(&pass, at, '{') || is_at(&pass, at, '[')) {
            at = open_level(&pass, &levels, at, &opens, err);
            if (at == NULL) {
                return -1;
            }
        } else {
            at = pass_value(&pass, at);
        }
        at = at != NULL ? go_on(&pass, &levels, at, opens) : NULL;
        if (at == NULL) {
            return raise_problem(&pass, err);
        }
    } while (levels.n > 0);
    return 0;
}

/* Make @out the view of the value at @at, number @nth if it is a list or object; a scalar is passed
 * over. */
static int see(struct pass *pass,
               const char *at,
               uint32_t nth,
               size_t depth,
               struct json_view *out,
               struct err *err)
{
    const char *behind = at;

    pass->cursor.is_escaped = false;
    if (is_at(pass, at, '{') || is_at(pass, at, '[')) {
        if (make_room(pass->reader, nth, err) < 0) {
            return -1;
        }
    } else {
        behind = pass_value(pass, at);
        if (behind == NULL) {
            return raise_problem(pass, err);
        }
    }
    out->reader = pass->reader;
    out->start = (uint32_t)(at - pass->reader->bytes);
    out->end = (uint32_t)(behind - pass->reader->bytes);
    out->nth = nth;
    out->depth = (uint16_t)depth;
    out->is_escaped = pass->cursor.is_escaped;
    return 0;
}

int json_pass_first(struct json_reader *reader, struct json_view *out, struct err *err)
{
    struct json_string none;
    struct pass pass = PASS_THROUGH(reader, &none);

    return see(&pass, pass_space(&pass, reader->bytes), 0, 0, out, err);
}

/* As json_reader_find_end(), and quick for scalars. */
static inline int
find_end(const struct json_view *view, uint32_t *end, uint32_t *next, struct err *err)
{
    if (view->end == view->start) {
        return json_reader_find_end(view, end, next, err);
    }
    *end = view->end;
    *next = view->nth;
    return 0;
}

/* As json_walk_next(), for a walk through something. */
static int go_to_next(struct json_walk *walk, struct err *err)
{
    const struct json_view *container = &walk->container;
    struct pass pass = PASS_THROUGH(container->reader, &walk->key);
    uint32_t start = container->start + 1;
    uint32_t nth = container->nth + 1;
    const char *at;

    if (walk->has_begun && find_end(&walk->value, &start, &nth, err) < 0) {
        return -1;
    }
    at = pass_space(&pass, container->reader->bytes + start);
    if (is_at(&pass, at, walk->is_object ? '}' : ']')) {
        note_end(&pass, container->nth, at + 1, nth);
        return 0;
    }
    at = pass_to_value(&pass, at, walk->is_object, !walk->has_begun);
    if (at == NULL) {
        return raise_problem(&pass, err);
    }
    walk->index += walk->has_begun ? 1 : 0;
    walk->has_begun = true;
    return see(&pass, at, nth, container->depth + 1U, &walk->value, err) < 0 ? -1 : 1;
}

int json_walk_next(struct json_walk *walk, struct err *err)
{
    const struct json_view *container = &walk->container;

    if (container->reader == NULL) {
        return 0;
    }
    if (container->depth >= JSON_DEPTH_MAX) {
        return json_reader_error(container->reader, container->reader->bytes + container->start,
                                 TOO_DEEP, err);
    }
    return go_to_next(walk, err);
}
