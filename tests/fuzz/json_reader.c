/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The reader of JSON (base/json_reader.h) beside jansson (base/json.h)
 *
 * The input is a text. Both accept it or both refuse it, but for what base/json.h refuses on
 * purpose, and both read the same values from it. In which order the values are asked for makes no
 * difference, neither to them nor to the error; and what lies behind the last of them does not
 * count until somebody asks for it.
 */

#include "base/json_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "tests/fuzz/fuzz.h"

/* Below it neither JSON_MEMORY_MAX nor JSON_READER_CONTAINERS_MAX is met. */
#define TEXT_MAX    ((size_t)512 * 1024)
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

/* A text that is being read. */
struct reading {
    struct arena *arena;
    struct fuzz_dice *dice; /* decide in which order; NULL: in that of the text */
    const char *refusal;    /* why base/json.h refuses what was read so far, if it does */
};

/* How that ended. */
struct verdict {
    bool is_read;
    struct err err; /* if not */
    const char *refusal;
};

static void *allocate(struct arena *arena, size_t size)
{
    void *bytes = arena_alloc(arena, size);

    if (bytes == NULL) {
        fuzz_broken("the arena is full");
    }
    return bytes;
}

/*
 * Values
 */

static void compare_string(struct arena *arena,
                           const struct json_string *string,
                           const char *expected,
                           size_t len)
{
    const struct json_string plain = {.bytes = expected, .len = len};
    char *decoded = allocate(arena, string->len + 1);

    if (json_string_decode(string, decoded) != len || memcmp(decoded, expected, len) != 0) {
        fuzz_broken("a string reads otherwise");
    }
    /* A backslash would be taken for an escape. */
    if (memchr(expected, '\\', len) == NULL && !json_string_same(string, &plain)) {
        fuzz_broken("a string is not the same as what it stands for");
    }
}

/* Compare the number @text, or note why base/json.h refuses it. */
static void
compare_number(struct reading *reading, const char *text, size_t len, const json_t *tree)
{
    const char *number = arena_strndup(reading->arena, text, len);
    const bool is_integer = memchr(text, '.', len) == NULL && memchr(text, 'e', len) == NULL &&
                            memchr(text, 'E', len) == NULL && !json_scan_is_large(text, len);

    if (number == NULL) {
        fuzz_broken("the arena is full");
    }
    if (len > JSON_WORD_MAX) {
        reading->refusal = "a long number";
    } else if (!is_integer && __builtin_isinf(strtod(number, NULL))) {
        reading->refusal = "a number that a double cannot hold";
    } else if (tree != NULL && is_integer != json_is_integer(tree)) {
        fuzz_broken("an integer is a real to one of them");
    } else if (tree != NULL && (is_integer ? strtoll(number, NULL, 10) != json_integer_value(tree)
                                           : strtod(number, NULL) != json_real_value(tree))) {
        fuzz_broken("a number reads otherwise");
    }
}

static int read_scalar(struct reading *reading,
                       const struct json_view *view,
                       const json_t *tree,
                       struct err *err)
{
    const enum json_view_type type = json_view_type(view);
    struct json_string string;
    const char *text;
    size_t len;

    if (json_view_text(view, &text, &len, err) < 0) {
        return -1;
    }
    if (type == JSON_VIEW_NUMBER) {
        compare_number(reading, text, len, tree);
    } else if (type == JSON_VIEW_STRING && tree != NULL) {
        string = json_view_string(view);
        compare_string(reading->arena, &string, json_string_value(tree), json_string_length(tree));
    } else if (tree != NULL && json_view_is_true(view) != json_is_true(tree)) {
        fuzz_broken("a boolean reads otherwise");
    }
    return 0;
}

/*
 * Lists and objects
 */

/* A walk beside the same in the tree, where there is one. */
struct pair {
    struct json_walk walk;
    json_t *tree;
    void *at;      /* the member of the tree that is next */
    json_t *value; /* what the tree has for the walk's value; NULL without one */
};

static struct pair pair_of(const struct json_view *view, json_t *tree)
{
    return (struct pair){
        .walk = json_walk_of(view),
        .tree = tree,
        .at = json_object_iter(tree),
    };
}

/* The tree has nothing left where the walk has ended. */
static void compare_ends(const struct pair *pair)
{
    const size_t n = pair->walk.has_begun ? pair->walk.index + 1 : 0;
    const size_t expected =
        json_is_array(pair->tree) ? json_array_size(pair->tree) : json_object_size(pair->tree);

    if (pair->tree != NULL && n != expected) {
        fuzz_broken("a walk ends behind %zu items of %zu", n, expected);
    }
}

/* Take the tree's item for the one that the walk has found. */
static void follow(struct reading *reading, struct pair *pair)
{
    const char *key;

    if (json_is_array(pair->tree)) {
        pair->value = json_array_get(pair->tree, pair->walk.index);
    } else if (pair->at != NULL) {
        key = json_object_iter_key(pair->at);
        compare_string(reading->arena, &pair->walk.key, key, strlen(key));
        pair->value = json_object_iter_value(pair->at);
        pair->at = json_object_iter_next(pair->tree, pair->at);
    } else {
        pair->value = NULL;
    }
    if (pair->tree != NULL && pair->value == NULL) {
        fuzz_broken("a walk finds more items than there are");
    }
}

static int go_on(struct reading *reading, struct pair *pair, struct err *err)
{
    int status = json_walk_next(&pair->walk, err);

    if (status == 0) {
        compare_ends(pair);
    } else if (status > 0) {
        follow(reading, pair);
    }
    return status;
}

/* The keys of an object so far. */
struct key_list {
    struct json_string *items;
    size_t n;
};

/* Note a key that was there before. */
static void note_key(struct reading *reading, const struct pair *pair, struct key_list *keys)
{
    struct json_string *added;

    if (!pair->walk.is_object) {
        return;
    }
    for (size_t i = 0; i < keys->n; i++) {
        if (json_string_same(&keys->items[i], &pair->walk.key)) {
            reading->refusal = "a key that stands twice";
        }
    }
    if (keys->n == JSON_MEMBERS_MAX) {
        reading->refusal = "a wide object";
    }
    added = LIST_ADD(reading->arena, keys);
    if (added == NULL) {
        fuzz_broken("the arena is full");
    }
    *added = pair->walk.key;
}

/* Values nest: bounded by JSON_DEPTH_MAX. NOLINTBEGIN(misc-no-recursion) */
static int
read_value(struct reading *reading, const struct json_view *view, json_t *tree, struct err *err);

static int
read_forward(struct reading *reading, const struct json_view *view, json_t *tree, struct err *err)
{
    struct pair pair = pair_of(view, tree);
    struct key_list keys = {0};
    int status;

    while ((status = go_on(reading, &pair, err)) > 0) {
        note_key(reading, &pair, &keys);
        if (read_value(reading, &pair.walk.value, pair.value, err) < 0) {
            return -1;
        }
    }
    return status;
}

/* Find all items first, and read the last one first. */
static int
read_backward(struct reading *reading, const struct json_view *view, json_t *tree, struct err *err)
{
    LIST_OF(struct pair) found = {0};
    struct pair pair = pair_of(view, tree);
    struct pair *added;
    int status;

    while ((status = go_on(reading, &pair, err)) > 0) {
        added = LIST_ADD(reading->arena, &found);
        if (added == NULL) {
            fuzz_broken("the arena is full");
        }
        *added = pair;
    }
    for (size_t i = found.n; i > 0 && status == 0; i--) {
        status = read_value(reading, &found.items[i - 1].walk.value, found.items[i - 1].value, err);
    }
    return status;
}

/* Leave a walk before its end, maybe. */
static int
begin_walk(struct reading *reading, const struct json_view *view, json_t *tree, struct err *err)
{
    struct pair pair = pair_of(view, tree);
    int status = 1;

    while (status > 0 && fuzz_roll(reading->dice, 4) > 0) {
        status = go_on(reading, &pair, err);
    }
    return status < 0 ? -1 : 0;
}

/* Pass over it, and come back. */
static int pass_over(const struct json_view *view, struct err *err)
{
    const char *text;
    size_t len;

    return json_view_text(view, &text, &len, err);
}

static int
read_container(struct reading *reading, const struct json_view *view, json_t *tree, struct err *err)
{
    if (reading->dice == NULL) {
        return read_forward(reading, view, tree, err);
    }
    switch (fuzz_roll(reading->dice, 4)) {
    case 0:
        return read_forward(reading, view, tree, err);
    case 1:
        return read_backward(reading, view, tree, err);
    case 2:
        return pass_over(view, err) < 0 ? -1 : read_forward(reading, view, tree, err);
    default:
        return begin_walk(reading, view, tree, err) < 0 ? -1
                                                        : read_forward(reading, view, tree, err);
    }
}

/* Read all of @view, and compare it with @tree where that is not NULL. */
static int
read_value(struct reading *reading, const struct json_view *view, json_t *tree, struct err *err)
{
    const enum json_view_type type = json_view_type(view);

    if (tree != NULL && strcmp(json_view_type_name(view), json_type_name(tree)) != 0) {
        fuzz_broken("%s is %s to jansson", json_view_type_name(view), json_type_name(tree));
    }
    return type == JSON_VIEW_OBJECT || type == JSON_VIEW_LIST
               ? read_container(reading, view, tree, err)
               : read_scalar(reading, view, tree, err);
}

/* NOLINTEND(misc-no-recursion) */

/*
 * Texts
 */

/* Read a text whose reader has been opened. */
static struct verdict finish(struct reading *reading, const struct json_view *top, json_t *tree)
{
    struct verdict verdict = {0};

    verdict.is_read = read_value(reading, top, tree, &verdict.err) == 0 &&
                      json_reader_close(top, &verdict.err) == 0;
    verdict.refusal = reading->refusal;
    return verdict;
}

static struct verdict read_text(const char *bytes, size_t len, json_t *tree, struct fuzz_dice *dice)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct reading reading = {.arena = arena, .dice = dice};
    struct verdict verdict = {0};
    struct json_reader reader;
    struct json_view top;

    if (json_reader_open(&reader, arena, bytes, len, &top, &verdict.err) < 0) {
        return verdict;
    }
    return finish(&reading, &top, tree);
}

static struct verdict pass_over_text(const char *bytes, size_t len)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct verdict verdict = {0};
    struct json_reader reader;
    struct json_view top;

    verdict.is_read = json_reader_open(&reader, arena, bytes, len, &top, &verdict.err) == 0 &&
                      json_reader_close(&top, &verdict.err) == 0;
    return verdict;
}

static void compare_verdicts(const struct verdict *a, const struct verdict *b, const char *what)
{
    if (a->is_read != b->is_read || strcmp(a->err.msg, b->err.msg) != 0) {
        fuzz_broken("%s: '%s', otherwise '%s'", what, b->err.msg, a->err.msg);
    }
}

static void try_text(const char *bytes, size_t len, struct fuzz_dice *dice)
{
    struct err err = {0};
    json_auto_t *tree = json_parse(bytes, len, &err);
    const struct verdict verdict = read_text(bytes, len, tree, NULL);
    const struct verdict passed = pass_over_text(bytes, len);
    const struct verdict mixed = read_text(bytes, len, tree, dice);

    if (!verdict.is_read && verdict.err.code != ERR_INVALID) {
        fuzz_broken("refused with code %d: %s", verdict.err.code, verdict.err.msg);
    }
    if ((verdict.is_read && verdict.refusal == NULL) != (tree != NULL)) {
        fuzz_broken("reader: '%s', base/json.h: '%s', known difference: %s", verdict.err.msg,
                    err.msg, verdict.refusal != NULL ? verdict.refusal : "none");
    }
    compare_verdicts(&verdict, &passed, "passed over");
    compare_verdicts(&verdict, &mixed, "read in another order");
}

/* A text that ends anywhere is one like any other. */
static void try_cut(const char *bytes, size_t len, struct fuzz_dice *dice)
{
    const size_t cut = fuzz_roll(dice, len + 1);
    CLEANUP(free) char *copy = fuzz_copy(bytes, cut);

    try_text(copy, cut, dice);
}

/* Read up to item number @nth of the outermost list or object, and where that ends. */
static bool read_up_to(const struct json_view *top, size_t nth, size_t *end)
{
    struct json_walk walk = json_walk_of(top);
    struct err err = {0};
    const char *text;
    size_t len;

    for (size_t i = 0; i <= nth; i++) {
        if (json_walk_next(&walk, &err) <= 0) {
            return false;
        }
    }
    if (json_view_text(&walk.value, &text, &len, &err) < 0) {
        return false;
    }
    *end = (size_t)(text - top->reader->bytes) + len;
    return true;
}

/* The text may end where the reader stopped. */
static void try_end(const char *bytes, size_t nth, size_t end)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    CLEANUP(free) char *copy = fuzz_copy(bytes, end);
    struct json_reader reader;
    struct json_view top;
    struct err err = {0};
    size_t found = 0;

    if (json_reader_open(&reader, arena, copy, end, &top, &err) < 0 ||
        !read_up_to(&top, nth, &found) || found != end) {
        fuzz_broken("%zu bytes are not enough for item %zu, which ends there", end, nth);
    }
}

/* Stop early, change a byte that was not looked at yet, go on. */
static void try_early_stop(const char *bytes, size_t len, struct fuzz_dice *dice)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    CLEANUP(free) char *copy = fuzz_copy(bytes, len);
    const size_t nth = fuzz_roll(dice, 4);
    struct reading reading = {.arena = arena, .dice = dice};
    struct verdict verdict;
    struct verdict fresh;
    struct json_reader reader;
    struct json_view top;
    struct err err = {0};
    size_t end;

    if (json_reader_open(&reader, arena, copy, len, &top, &err) < 0 ||
        !read_up_to(&top, nth, &end)) {
        return;
    }
    try_end(bytes, nth, end);
    if (end + 1 < len) { /* the byte behind a number was looked at */
        copy[end + 1 + fuzz_roll(dice, len - end - 1)] = (char)fuzz_roll(dice, 256);
    }
    verdict = finish(&reading, &top, NULL);
    fresh = pass_over_text(copy, len);
    compare_verdicts(&fresh, &verdict, "changed behind an early stop");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_dice dice = fuzz_dice_of(bytes, len);
    const char *text = (const char *)bytes;

    if (len <= TEXT_MAX) {
        try_text(text, len, &dice);
        try_cut(text, len, &dice);
        try_early_stop(text, len, &dice);
    }
    return 0;
}
