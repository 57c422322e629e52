/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_pass.h"

#include <assert.h>
#include <string.h>

/* Real texts have a list or object for 30 bytes or more: room for those is made once. */
#define BYTES_PER_SPAN 24
#define SPANS_FIRST    16

#define TOO_DEEP "at most 256 levels"
_Static_assert(JSON_DEPTH_MAX == 256, "the message names the limit");

/*
 * Functions that pass over something take where they stand and return where they got to, NULL where
 * they did not: then the cursor of the reader says why.
 */

/* The lists and objects that are open. */
struct levels {
    struct json_level *items;
    size_t n;
    size_t n_max;
    uint32_t next; /* the number of the list or object that comes next */
};

static const char *fail(struct json_reader *reader, const char *at, const char *problem)
{
    reader->cursor.at = at;
    reader->cursor.problem = problem;
    return NULL;
}

static int raise_problem(const struct json_reader *reader, struct err *err)
{
    assert(reader->cursor.at != NULL); /* who fails says where */
    return json_reader_error(reader, reader->cursor.at, reader->cursor.problem, err);
}

/* As json_token_byte(). */
static inline char peek(const struct json_reader *reader, const char *at)
{
    return json_token_byte(at, reader->cursor.end);
}

/* As json_token_reach(). */
static inline char reach_token(const struct json_reader *reader, const char **at)
{
    return json_token_reach(at, reader->cursor.end);
}

static inline bool begins_container(char c)
{
    return c == '{' || c == '[';
}

/* Behind the string at @at when all its characters stand for themselves; else, and near the end of
 * the text, NULL. */
static inline const char *pass_plain_string(const struct json_reader *reader, const char *at)
{
    unsigned int n;

    at++;
    do {
        if (reader->cursor.end - at <= JSON_TOKEN_BLOCK) {
            return NULL;
        }
        n = json_token_find_special(at);
        at += n;
    } while (n == JSON_TOKEN_BLOCK);
    return *at == '"' ? at + 1 : NULL;
}

/* Behind any string, or what is no string. */
static const char *pass_scalar(struct json_reader *reader, const char *at)
{
    reader->cursor.at = at;
    reader->cursor.has_nul = false;
    return json_token_pass_scalar(&reader->cursor) ? reader->cursor.at : NULL;
}

/* The key in a way that takes all keys. */
static const char *pass_any_key(struct json_reader *reader, const char *at, struct json_string *key)
{
    const char *behind;

    if (peek(reader, at) != '"') {
        return fail(reader, at, "a key, a string");
    }
    behind = pass_scalar(reader, at);
    if (behind != NULL && reader->cursor.has_nul) {
        return fail(reader, at, "a key without NUL characters");
    }
    key->is_escaped = reader->cursor.is_escaped;
    return behind;
}

/* A key and the colon behind it. */
static inline const char *
pass_key(struct json_reader *reader, const char *at, struct json_string *key)
{
    const char *behind = peek(reader, at) == '"' ? pass_plain_string(reader, at) : NULL;

    key->is_escaped = false;
    if (behind == NULL) {
        behind = pass_any_key(reader, at, key);
        if (behind == NULL) {
            return NULL;
        }
    }
    key->bytes = at + 1;
    key->len = (size_t)(behind - at) - 2; /* quotes */
    if (reach_token(reader, &behind) != ':') {
        return fail(reader, behind, "':'");
    }
    behind++;
    (void)reach_token(reader, &behind);
    return behind;
}

/* A value that is no list or object. */
static inline const char *pass_value(struct json_reader *reader, const char *at)
{
    const char *behind = peek(reader, at) == '"' ? pass_plain_string(reader, at) : NULL;

    return behind != NULL ? behind : pass_scalar(reader, at);
}

/* Behind a value, or with @is_first behind an opening bracket: the next value, before which there
 * is no bracket that closes. In an object its key goes to @key. */
static inline const char *pass_to_value(struct json_reader *reader,
                                        const char *at,
                                        bool is_object,
                                        bool is_first,
                                        struct json_string *key)
{
    if (!is_first) {
        if (peek(reader, at) != ',') {
            return fail(reader, at, is_object ? "',' or '}'" : "',' or ']'");
        }
        at++;
        (void)reach_token(reader, &at);
    }
    return is_object ? pass_key(reader, at, key) : at;
}

static inline void
note_end(const struct json_reader *reader, uint32_t nth, const char *at, uint32_t next)
{
    reader->spans[nth] = (struct json_span){
        .end = (uint32_t)(at - reader->bytes),
        .next = next,
    };
}

/* Behind a value, or with @is_first behind an opening bracket: go on to the next value. All levels
 * that end here are closed; when none is left it is where the last one ended. */
static inline const char *
go_on(struct json_reader *reader, struct levels *levels, const char *at, bool is_first)
{
    struct json_string ignored;

    while (levels->n > 0) {
        const struct json_level *level = &levels->items[levels->n - 1];
        if (reach_token(reader, &at) != level->closer) {
            return pass_to_value(reader, at, level->closer == '}', is_first, &ignored);
        }
        note_end(reader, level->nth, ++at, levels->next);
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
static inline const char *open_level(
    struct json_reader *reader, struct levels *levels, const char *at, bool *opens, struct err *err)
{
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

/* Pass over @view, a list or object. */
static int pass_over(const struct json_view *view, struct err *err)
{
    struct json_reader *reader = view->reader;
    const char *at = reader->bytes + view->start;
    struct levels levels = {
        .items = reader->levels,
        .n_max = (size_t)JSON_DEPTH_MAX - view->depth,
        .next = view->nth,
    };

    do {
        bool opens = false;
        if (begins_container(peek(reader, at))) {
            at = open_level(reader, &levels, at, &opens, err);
            if (at == NULL) {
                return -1;
            }
        } else {
            at = pass_value(reader, at);
        }
        at = at != NULL ? go_on(reader, &levels, at, opens) : NULL;
        if (at == NULL) {
            return raise_problem(reader, err);
        }
    } while (levels.n > 0);
    return 0;
}

/* Make @out the view of the value at @at, number @nth if it is a list or object; a scalar is passed
 * over. */
static inline int see(struct json_reader *reader,
                      const char *at,
                      uint32_t nth,
                      size_t depth,
                      struct json_view *out,
                      struct err *err)
{
    const char *behind = at;

    reader->cursor.is_escaped = false;
    if (begins_container(peek(reader, at))) {
        if (make_room(reader, nth, err) < 0) {
            return -1;
        }
    } else {
        behind = pass_value(reader, at);
        if (behind == NULL) {
            return raise_problem(reader, err);
        }
    }
    out->reader = reader;
    out->start = (uint32_t)(at - reader->bytes);
    out->end = (uint32_t)(behind - reader->bytes);
    out->nth = nth;
    out->depth = (uint16_t)depth;
    out->is_escaped = reader->cursor.is_escaped;
    return 0;
}

int json_pass_first(struct json_reader *reader, struct json_view *out, struct err *err)
{
    const char *at = reader->bytes;

    (void)reach_token(reader, &at);
    return see(reader, at, 0, 0, out, err);
}

int json_pass_find_end(const struct json_view *view, uint32_t *end, uint32_t *next, struct err *err)
{
    const struct json_reader *reader = view->reader;

    if (view->end != view->start) { /* a scalar */
        *end = view->end;
        *next = view->nth;
        return 0;
    }
    if (reader->spans[view->nth].end == 0 && pass_over(view, err) < 0) {
        return -1;
    }
    *end = reader->spans[view->nth].end;
    *next = reader->spans[view->nth].next;
    return 0;
}

/* As json_walk_next(), for a walk through something. */
static inline int go_to_next(struct json_walk *walk, struct err *err)
{
    const struct json_view *container = &walk->container;
    struct json_reader *reader = container->reader;
    uint32_t start = container->start + 1;
    uint32_t nth = container->nth + 1;
    const char *at;

    if (walk->has_begun && json_pass_find_end(&walk->value, &start, &nth, err) < 0) {
        return -1;
    }
    at = reader->bytes + start;
    if (reach_token(reader, &at) == (walk->is_object ? '}' : ']')) {
        note_end(reader, container->nth, at + 1, nth);
        return 0;
    }
    at = pass_to_value(reader, at, walk->is_object, !walk->has_begun, &walk->key);
    if (at == NULL) {
        return raise_problem(reader, err);
    }
    walk->index += walk->has_begun ? 1 : 0;
    walk->has_begun = true;
    return see(reader, at, nth, container->depth + 1U, &walk->value, err) < 0 ? -1 : 1;
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
