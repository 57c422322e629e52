/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/same.h"

#include <stdint.h>
#include <string.h>

#include "base/quantity.h"
#include "webhook/inject/node.h"

bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool same_quantity(const char *a, const char *b)
{
    struct quantity left;
    struct quantity right;
    struct err err = {0};

    if (strcmp(a, b) == 0) {
        return true;
    }
    return quantity_parse(a, &left, &err) == 0 && quantity_parse(b, &right, &err) == 0 &&
           quantity_compare(left, right) == 0;
}

/* Whether they are the same bytes. */
static int
same_bytes(const struct json_view *a, const struct json_view *b, bool *out, struct err *err)
{
    const char *left;
    const char *right;
    size_t left_len;
    size_t right_len;

    if (json_view_text(a, &left, &left_len, err) < 0 ||
        json_view_text(b, &right, &right_len, err) < 0) {
        return -1;
    }
    *out = left_len == right_len && memcmp(left, right, left_len) == 0;
    return 0;
}

static bool is_zero(const struct json_view *number)
{
    return number->end - number->start == 1 && number->reader->bytes[number->start] == '0';
}

/* What Go's `omitempty` leaves out, or a struct without it writes. */
static int is_empty(const struct json_view *value, bool *out, struct err *err)
{
    const struct node node = {.value = *value};

    *out = false;
    switch (json_view_type(value)) {
    case JSON_VIEW_NOTHING:
    case JSON_VIEW_NULL:
        *out = true;
        break;
    case JSON_VIEW_OBJECT:
    case JSON_VIEW_LIST:
        if (node_has_items(&node, out, err) < 0) {
            return -1;
        }
        *out = !*out;
        break;
    case JSON_VIEW_STRING:
        *out = json_view_string(value).len == 0;
        break;
    case JSON_VIEW_NUMBER:
        *out = is_zero(value);
        break;
    case JSON_VIEW_BOOLEAN:
        *out = !json_view_is_true(value);
        break;
    }
    return 0;
}

/* Quantities are short: nobody writes one of more digits than an amount can have. */
#define QUANTITY_LEN_MAX 64

static int same_string(const struct json_view *a,
                       const struct json_view *b,
                       struct arena *arena,
                       bool *out,
                       struct err *err)
{
    const struct json_string left = json_view_string(a);
    const struct json_string right = json_view_string(b);
    const char *left_text;
    const char *right_text;

    *out = json_string_same(&left, &right);
    if (*out || left.len > QUANTITY_LEN_MAX || right.len > QUANTITY_LEN_MAX) {
        return 0;
    }
    left_text = node_keep(&left, arena);
    right_text = node_keep(&right, arena);
    if (left_text == NULL || right_text == NULL) {
        return err_no_memory(err);
    }
    *out = same_quantity(left_text, right_text);
    return 0;
}

/* Values nest: bounded by JSON_DEPTH_MAX. NOLINTBEGIN(misc-no-recursion) */
static int same_list(const struct json_view *a,
                     const struct json_view *b,
                     struct arena *arena,
                     bool *out,
                     struct err *err)
{
    struct json_walk left = json_walk_of(a);
    struct json_walk right = json_walk_of(b);

    for (;;) {
        const int has_left = json_walk_next(&left, err);
        const int has_right = json_walk_next(&right, err);
        if (has_left < 0 || has_right < 0) {
            return -1;
        }
        *out = has_left == has_right;
        if (has_left == 0 || has_right == 0) {
            return 0;
        }
        if (same_value(&left.value, &right.value, arena, out, err) < 0) {
            return -1;
        }
        if (!*out) {
            return 0;
        }
    }
}

/* Whether all members of @a are the same in @b. */
static int covers(const struct json_view *a,
                  const struct json_view *b,
                  struct arena *arena,
                  bool *out,
                  struct err *err)
{
    struct json_walk walk = json_walk_of(a);
    int status;

    *out = true;
    while (*out && (status = json_walk_next(&walk, err)) != 0) {
        struct json_view twin;
        bool empty;
        bool twin_empty;
        if (status < 0 || json_view_member(b, &walk.key, &twin, err) < 0 ||
            is_empty(&walk.value, &empty, err) < 0 || is_empty(&twin, &twin_empty, err) < 0) {
            return -1;
        }
        if ((!empty || !twin_empty) && same_value(&walk.value, &twin, arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* How many members @object has, @max at most. */
static int count_members(const struct json_view *object, size_t max, size_t *out, struct err *err)
{
    struct json_walk walk = json_walk_of(object);
    int status = 1;

    for (*out = 0; *out < max; ++*out) {
        status = json_walk_next(&walk, err);
        if (status <= 0) {
            break;
        }
    }
    return status < 0 ? -1 : 0;
}

static int same_object(const struct json_view *a,
                       const struct json_view *b,
                       struct arena *arena,
                       bool *out,
                       struct err *err)
{
    size_t n_ours;
    size_t n;

    if (count_members(b, SIZE_MAX, &n_ours, err) < 0 ||
        count_members(a, n_ours + SAME_EMPTY_MAX + 1, &n, err) < 0) {
        return -1;
    }
    if (n > n_ours + SAME_EMPTY_MAX) {
        return 0;
    }
    if (covers(a, b, arena, out, err) < 0) {
        return -1;
    }
    return *out ? covers(b, a, arena, out, err) : 0;
}

int same_value(const struct json_view *a,
               const struct json_view *b,
               struct arena *arena,
               bool *out,
               struct err *err)
{
    const enum json_view_type type = json_view_type(a);

    *out = false;
    if (type != json_view_type(b)) {
        return 0;
    }
    switch (type) {
    case JSON_VIEW_OBJECT:
        return same_object(a, b, arena, out, err);
    case JSON_VIEW_LIST:
        return same_list(a, b, arena, out, err);
    case JSON_VIEW_STRING:
        return same_string(a, b, arena, out, err);
    case JSON_VIEW_NOTHING:
    case JSON_VIEW_NUMBER:
    case JSON_VIEW_BOOLEAN:
    case JSON_VIEW_NULL:
        break;
    }
    return same_bytes(a, b, out, err);
}
/* NOLINTEND(misc-no-recursion) */
