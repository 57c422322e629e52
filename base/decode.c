/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decode.h"

#include <assert.h>
#include <string.h>

#include "base/decode_scalar.h"
#include "base/json.h"

#define POINTER_MAX 8192 /* more than source_locate() looks at */

/* An item of DECODE_PAIRS. */
struct pair {
    const char *key;
    const char *value;
};

/* DECODE_LIST, whatever the items are. */
struct list {
    char *items;
    size_t n;
};

static int
decode_value(struct decoder *d, const struct decode_field *field, json_t *value, char *out);

/* Go down to @key or to item @index; returns what buf_cut() needs to come back. */
static size_t go_to_key(struct decoder *d, const char *key)
{
    size_t len = d->pointer.len;

    json_pointer_add(&d->pointer, key);
    return len;
}

static size_t go_to_item(struct decoder *d, size_t index)
{
    size_t len = d->pointer.len;

    buf_printf(&d->pointer, "/%zu", index);
    return len;
}

/*
 * Lists
 */

static int check_count(struct decoder *d, const struct decode_field *field, size_t n)
{
    if (n < field->min) {
        err_set(d->err, ERR_INVALID, "expected at least %u, found %zu", field->min, n);
        return decode_locate(d);
    }
    if (field->max > 0 && n > field->max) {
        err_set(d->err, ERR_INVALID, "expected at most %u, found %zu", field->max, n);
        return decode_locate(d);
    }
    return 0;
}

static int check_list(struct decoder *d, const struct decode_field *field, const json_t *value)
{
    if (!json_is_array(value)) {
        return decode_refuse_type(d, "a list", value);
    }
    return check_count(d, field, json_array_size(value));
}

static int refuse_twice(struct decoder *d, const char *text)
{
    err_set(d->err, ERR_INVALID, "'%.64s' stands twice in the list", text);
    return decode_locate(d);
}

static int
decode_flags(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
{
    unsigned int flags = 0;

    if (check_list(d, field, value) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t len = go_to_item(d, i);
        const json_t *item = json_array_get(value, i);
        unsigned int flag = 0;
        if (decode_read_name(d, field, item, &flag) < 0) {
            return -1;
        }
        if ((flags & flag) != 0) {
            return refuse_twice(d, json_string_value(item));
        }
        flags |= flag;
        buf_cut(&d->pointer, len);
    }
    memcpy(out, &flags, sizeof(flags));
    return 0;
}

static bool has_text(const char *const *texts, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static int
decode_texts(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
{
    const struct decode_field item = {.check = field->check};
    LIST_OF(const char *) texts = {0};

    if (check_list(d, field, value) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t len = go_to_item(d, i);
        const char *text = NULL;
        const char **added;
        if (decode_read_text(d, &item, json_array_get(value, i), &text) < 0) {
            return -1;
        }
        if (has_text(texts.items, texts.n, text)) {
            return refuse_twice(d, text);
        }
        added = LIST_ADD(d->in->arena, &texts);
        if (added == NULL) {
            return err_no_memory(d->err);
        }
        *added = text;
        buf_cut(&d->pointer, len);
    }
    memcpy(out, &texts, sizeof(texts));
    return 0;
}

static int
decode_pairs(struct decoder *d, const struct decode_field *field, json_t *value, char *out)
{
    const struct decode_field item = {
        .check = field->check, .integer = field->integer, .empty = field->empty};
    LIST_OF(struct pair) pairs = {0};
    const char *key;
    json_t *text;

    if (!json_is_object(value)) {
        return decode_refuse_type(d, "an object", value);
    }
    if (check_count(d, field, json_object_size(value)) < 0) {
        return -1;
    }
    json_object_foreach (value, key, text) {
        size_t len = go_to_key(d, key);
        struct pair *pair = LIST_ADD(d->in->arena, &pairs);
        if (pair == NULL) {
            return err_no_memory(d->err);
        }
        pair->key = key;
        if (field->check_key != NULL && field->check_key(key, d->err) < 0) {
            return source_locate(d->in->source, true, d->err, "%s", buf_text(&d->pointer));
        }
        if (decode_read_text(d, &item, text, &pair->value) < 0) {
            return -1;
        }
        pair->value = pair->value != NULL ? pair->value : "";
        buf_cut(&d->pointer, len);
    }
    memcpy(out, &pairs, sizeof(pairs));
    return 0;
}

/*
 * Objects
 */

static bool has_field(const struct decode_field *fields, const char *key)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, key) == 0) {
            return true;
        }
    }
    return false;
}

static int refuse_key(struct decoder *d, const struct decode_field *fields, const char *key)
{
    struct decode_words words = {.n = 0};

    for (; fields->name != NULL; fields++) {
        assert(words.n < DECODE_WORDS_MAX);
        words.items[words.n++] = fields->name;
    }
    decode_refuse_word(d, "key ", key, &words);
    (void)go_to_key(d, key);
    return source_locate(d->in->source, true, d->err, "%s", buf_text(&d->pointer));
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the tables nest, which is fixed */

static int
decode_fields(struct decoder *d, const struct decode_field *fields, json_t *value, char *out)
{
    const char *key;
    json_t *member;

    if (!json_is_object(value)) {
        return decode_refuse_type(d, "an object", value);
    }
    if (fields == NULL) {
        return 0;
    }
    json_object_foreach (value, key, member) {
        if (!has_field(fields, key)) {
            return refuse_key(d, fields, key);
        }
    }
    for (const struct decode_field *field = fields; field->name != NULL; field++) {
        size_t len = d->pointer.len;
        member = json_object_get(value, field->name);
        if (member == NULL && field->required) {
            err_set(d->err, ERR_INVALID, "key '%s' is missing", field->name);
            return decode_locate(d);
        }
        if (member != NULL) {
            (void)go_to_key(d, field->name);
            if (decode_value(d, field, member, out + field->offset) < 0) {
                return -1;
            }
            buf_cut(&d->pointer, len);
        }
    }
    return 0;
}

static int
decode_list(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
{
    struct list list = {0};

    if (check_list(d, field, value) < 0) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t len = go_to_item(d, i);
        list.items = list_grow(d->in->arena, list.items, list.n, field->size);
        if (list.items == NULL) {
            return err_no_memory(d->err);
        }
        if (decode_fields(d, field->fields, json_array_get(value, i),
                          list.items + i * field->size) < 0) {
            return -1;
        }
        list.n++;
        buf_cut(&d->pointer, len);
    }
    memcpy(out, &list, sizeof(list));
    return 0;
}

static int
decode_pointer(struct decoder *d, const struct decode_field *field, json_t *value, char *out)
{
    char *target = arena_alloc(d->in->arena, field->size);

    if (target == NULL) {
        return err_no_memory(d->err);
    }
    if (decode_fields(d, field->fields, value, target) < 0) {
        return -1;
    }
    memcpy(out, &target, sizeof(target));
    return 0;
}

static int
decode_json(struct decoder *d, const struct decode_field *field, json_t *value, char *out)
{
    const void *kept = value;
    struct list scratch;

    assert(field->shape->kind == DECODE_POINTER || field->shape->kind == DECODE_LIST ||
           field->shape->kind == DECODE_PAIRS);
    if (decode_value(d, field->shape, value, (char *)&scratch) < 0) {
        return -1;
    }
    memcpy(out, &kept, sizeof(kept));
    return 0;
}

static int
decode_value(struct decoder *d, const struct decode_field *field, json_t *value, char *out)
{
    switch (field->kind) {
    case DECODE_TEXT:
        return decode_text(d, field, value, out);
    case DECODE_BOOL:
        return decode_bool(d, value, out);
    case DECODE_UINT:
        return decode_uint(d, field, value, out);
    case DECODE_ENUM:
        return decode_enum(d, field, value, out);
    case DECODE_FLAGS:
        return decode_flags(d, field, value, out);
    case DECODE_TEXTS:
        return decode_texts(d, field, value, out);
    case DECODE_PAIRS:
        return decode_pairs(d, field, value, out);
    case DECODE_STRUCT:
        return decode_fields(d, field->fields, value, out);
    case DECODE_POINTER:
        return decode_pointer(d, field, value, out);
    case DECODE_LIST:
        return decode_list(d, field, value, out);
    case DECODE_JSON:
        return decode_json(d, field, value, out);
    }
    return err_set(d->err, ERR_INTERNAL, "a decode table is wrong");
}

/* NOLINTEND(misc-no-recursion) */

int decode_object(const struct decode *in,
                  const char *pointer,
                  json_t *value,
                  const struct decode_field *fields,
                  void *out,
                  struct err *err)
{
    struct decoder d = {.in = in, .pointer = BUF_INIT(POINTER_MAX), .err = err};
    int result;

    buf_add_text(&d.pointer, pointer);
    result = decode_fields(&d, fields, value, out);
    buf_clear(&d.pointer);
    return result;
}
