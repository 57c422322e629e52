/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/node.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* A character of a key takes six bytes at most, \u0061. */
#define KEY_BYTES_MAX (6UL * NODE_KEY_MAX)

static bool is_of_kind(const struct node *node, enum node_kind kind)
{
    static const enum json_view_type types[] = {
        [NODE_TEXT] = JSON_VIEW_STRING,  [NODE_TEXTS] = JSON_VIEW_LIST,
        [NODE_FLAG] = JSON_VIEW_BOOLEAN, [NODE_OBJECT] = JSON_VIEW_OBJECT,
        [NODE_LIST] = JSON_VIEW_LIST,    [NODE_ANY] = JSON_VIEW_NOTHING,
        [NODE_LAST] = JSON_VIEW_NOTHING,
    };

    return types[kind] == JSON_VIEW_NOTHING || types[kind] == json_view_type(&node->value);
}

/* The same for one that is there. */
static int expect_present(const struct node *node, enum node_kind kind, struct err *err)
{
    static const char *const names[] = {
        [NODE_TEXT] = "a string",    [NODE_TEXTS] = "a list", [NODE_FLAG] = "a boolean",
        [NODE_OBJECT] = "an object", [NODE_LIST] = "a list",  [NODE_ANY] = "a value",
        [NODE_LAST] = "a value",
    };

    if (is_of_kind(node, kind)) {
        return 0;
    }
    return node_error(node, err, "expected %s, found %s", names[kind],
                      json_view_type_name(&node->value));
}

int node_expect(const struct node *node, enum node_kind kind, struct err *err)
{
    return node->value.reader == NULL ? 0 : expect_present(node, kind, err);
}

char *node_keep(const struct json_string *string, struct arena *arena)
{
    char *text = arena_alloc(arena, string->len + 1);

    if (text != NULL) {
        text[json_string_decode(string, text)] = '\0';
    }
    return text;
}

/* The text of @node, which is a string. */
static int
keep_text(const struct node *node, struct arena *arena, const char **out, struct err *err)
{
    const struct json_string string = json_view_string(&node->value);
    char *text = arena_alloc(arena, string.len + 1);
    size_t len;

    if (text == NULL) {
        return err_no_memory(err);
    }
    len = json_string_decode(&string, text);
    text[len] = '\0';
    if (string.is_escaped && strlen(text) != len) {
        return node_error(node, err, "expected a string without NUL characters");
    }
    *out = text;
    return 0;
}

int node_text(const struct node *node, struct arena *arena, const char **out, struct err *err)
{
    *out = NULL;
    if (node->value.reader == NULL) {
        return 0;
    }
    return expect_present(node, NODE_TEXT, err) < 0 ? -1 : keep_text(node, arena, out, err);
}

static struct node item_of(const struct node *list, const struct json_walk *walk)
{
    return (struct node){.parent = list, .index = walk->index, .value = walk->value};
}

static int
read_texts(const struct node *list, struct arena *arena, struct text_list *out, struct err *err)
{
    struct json_walk walk = json_walk_of(&list->value);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        const struct node item = item_of(list, &walk);
        const char **added = LIST_ADD(arena, out);
        if (added == NULL) {
            return err_no_memory(err);
        }
        if (expect_present(&item, NODE_TEXT, err) < 0 || keep_text(&item, arena, added, err) < 0) {
            return -1;
        }
    }
    return status;
}

/* The field that @key, which has no escapes, names, or NULL. */
static const struct node_field *find_plain(const struct node_field *fields,
                                           const struct json_string *key)
{
    for (; fields->key != NULL; fields++) {
        /* The first byte tells most keys apart, and saves a call. */
        if (key->len == fields->key_len && key->bytes[0] == fields->key[0] &&
            memcmp(key->bytes, fields->key, key->len) == 0) {
            return fields;
        }
    }
    return NULL;
}

/* The field that @key, which has escapes, names. It is decoded once, not for each field. Apart from
 * the quick way: its room is zeroed on each call (-ftrivial-auto-var-init). */
static __attribute__((noinline)) const struct node_field *
find_escaped(const struct node_field *fields, const struct json_string *key)
{
    char decoded[KEY_BYTES_MAX];
    struct json_string plain = {.bytes = decoded};

    if (key->len > sizeof(decoded)) {
        return NULL;
    }
    plain.len = json_string_decode(key, decoded);
    return find_plain(fields, &plain);
}

/* The field that @key names, or NULL. */
static const struct node_field *find_field(const struct node_field *fields,
                                           const struct json_string *key)
{
    return key->is_escaped ? find_escaped(fields, key) : find_plain(fields, key);
}

/* Set the field of @member; null is as good as absent. */
static int set_field(const struct node *member,
                     enum node_kind kind,
                     struct arena *arena,
                     void *field,
                     struct err *err)
{
    if (json_view_type(&member->value) == JSON_VIEW_NULL) {
        return 0;
    }
    if (expect_present(member, kind, err) < 0) {
        return -1;
    }
    switch (kind) {
    case NODE_TEXT:
        return keep_text(member, arena, field, err);
    case NODE_TEXTS:
        return read_texts(member, arena, field, err);
    case NODE_FLAG:
        *(bool *)field = json_view_is_true(&member->value);
        break;
    case NODE_OBJECT:
    case NODE_LIST:
    case NODE_ANY:
    case NODE_LAST:
        *(struct node *)field = *member;
        break;
    }
    return 0;
}

int node_read_present(const struct node *node,
                      const struct node_field *fields,
                      struct arena *arena,
                      void *out,
                      struct err *err)
{
    struct json_walk walk = json_walk_of(&node->value);
    uint32_t seen = 0; /* a bit for each field */
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        const struct node_field *field = find_field(fields, &walk.key);
        if (field == NULL) {
            continue;
        }
        const struct node member = {.parent = node, .key = field->key, .value = walk.value};
        const uint32_t bit = UINT32_C(1) << (field - fields);
        assert(field - fields < NODE_FIELDS_MAX && field->key_len <= NODE_KEY_MAX);
        if ((seen & bit) != 0) {
            return node_error(&member, err, "the key is there twice");
        }
        seen |= bit;
        if (set_field(&member, field->kind, arena, (char *)out + field->offset, err) < 0) {
            return -1;
        }
        if (field->kind == NODE_LAST) {
            return 0;
        }
    }
    return status;
}

int node_each_present(
    const struct node *list, node_read_fn *read, struct arena *arena, void *out, struct err *err)
{
    struct json_walk walk = json_walk_of(&list->value);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        const struct node item = item_of(list, &walk);
        if (expect_present(&item, NODE_OBJECT, err) < 0 || read(&item, arena, out, err) < 0) {
            return -1;
        }
    }
    return status;
}

static int each_member(
    const struct node *object, node_read_fn *read, struct arena *arena, void *out, struct err *err)
{
    struct json_walk walk = json_walk_of(&object->value);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        const struct node member = {
            .parent = object,
            .key = node_keep(&walk.key, arena),
            .value = walk.value,
        };
        if (member.key == NULL) {
            return err_no_memory(err);
        }
        if (json_view_type(&walk.value) != JSON_VIEW_NULL &&
            (expect_present(&member, NODE_OBJECT, err) < 0 || read(&member, arena, out, err) < 0)) {
            return -1;
        }
    }
    return status;
}

int node_each_member(
    const struct node *object, node_read_fn *read, struct arena *arena, void *out, struct err *err)
{
    return object->value.reader == NULL ? 0 : each_member(object, read, arena, out, err);
}

int node_has_items(const struct node *node, bool *out, struct err *err)
{
    struct json_walk walk = json_walk_of(&node->value);
    int status = json_walk_next(&walk, err);

    *out = status > 0;
    return status < 0 ? -1 : 0;
}

/* As put_key(), for one with characters that have an escape. */
static size_t put_escaped(const char *key, char *end)
{
    size_t len = 0;

    for (size_t i = strlen(key); i > 0; i--) {
        const char c = key[i - 1];
        const bool is_special = c == '~' || c == '/';
        if (end != NULL && is_special) {
            end[-(ptrdiff_t)len - 1] = c == '~' ? '0' : '1';
            end[-(ptrdiff_t)len - 2] = '~';
        } else if (end != NULL) {
            end[-(ptrdiff_t)len - 1] = c;
        }
        len += is_special ? 2 : 1;
    }
    return len;
}

/* Put @text in front of @end. NULL @end: only count. Returns the length. */
static size_t put_text(const char *text, char *end)
{
    const size_t len = strlen(text);

    if (end != NULL) {
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): more stands behind it */
        memcpy(end - len, text, len);
    }
    return len;
}

/* The same for @key, escaped (RFC 6901). */
static size_t put_key(const char *key, char *end)
{
    return strpbrk(key, "~/") == NULL ? put_text(key, end) : put_escaped(key, end);
}

/* The same for a number. */
static size_t put_index(size_t index, char *end)
{
    size_t len = 0;

    do {
        if (end != NULL) {
            end[-(ptrdiff_t)len - 1] = (char)('0' + index % 10);
        }
        index /= 10;
        len++;
    } while (index > 0);
    return len;
}

/* Put the pointer of @node in front of @end, likewise: from its last step to its first, or to one
 * whose pointer is known. */
static size_t put_pointer(const struct node *node, char *end)
{
    size_t len = 0;

    for (; node->parent != NULL && node->pointer == NULL; node = node->parent) {
        char *step_end = end != NULL ? end - len : NULL;
        len += node->key != NULL ? put_key(node->key, step_end) : put_index(node->index, step_end);
        len++;
        if (end != NULL) {
            *(end - len) = '/';
        }
    }
    return node->pointer != NULL ? len + put_text(node->pointer, end != NULL ? end - len : NULL)
                                 : len;
}

const char *node_pointer(const struct node *node, struct arena *arena)
{
    const size_t len = put_pointer(node, NULL);
    char *pointer = arena_alloc(arena, len + 1);

    if (pointer != NULL) {
        (void)put_pointer(node, pointer + len);
    }
    return pointer;
}

int node_error(const struct node *node, struct err *err, const char *fmt, ...)
{
    const size_t len = put_pointer(node, NULL);
    CLEANUP(free) char *pointer = calloc(1, len + 1);
    char message[ERR_MSG_SIZE / 2];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args); /* cut to size on purpose */
    va_end(args);
    if (pointer == NULL) {
        return err_no_memory(err);
    }
    (void)put_pointer(node, pointer + len);
    return err_set(err, ERR_INVALID, "at %.400s: %s", len > 0 ? pointer : "/", message);
}
