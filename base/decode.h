/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding trees into structs
 *
 * A table says which keys an object may have, of which type, and where in a struct each value
 * goes. What no table names is an error, as is a value of another type: the type is the field's,
 * never guessed from the value. A key that is absent leaves its field zero.
 *
 * Every error starts with the place: "file:line:column: spec.volumes[0].size: what is wrong".
 *
 * Texts and JSON values are borrowed from the document, which must live as long as the structs;
 * lists and structs behind pointers are in the arena. Strings hold no NUL, as YAML_STRICT reads
 * them.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"

enum decode_kind {
    DECODE_TEXT,    /* const char *: a string, not empty unless `empty` */
    DECODE_BOOL,    /* bool */
    DECODE_UINT,    /* unsigned int, from `min` to `max` */
    DECODE_ENUM,    /* an enum: the value of one of `names` */
    DECODE_FLAGS,   /* unsigned int: a list of `names`, their values or-ed */
    DECODE_TEXTS,   /* LIST_OF(const char *): a list of strings, each once and not empty */
    DECODE_PAIRS,   /* LIST_OF(a struct of two const char *): an object of strings */
    DECODE_STRUCT,  /* a struct in place: an object */
    DECODE_POINTER, /* struct *: an object; NULL when the key is absent */
    DECODE_LIST,    /* LIST_OF(struct): a list of objects */
    DECODE_JSON,    /* const json_t *: the value as it is, after it passed as `shape` says */
};

struct decode_name {
    const char *name; /* NULL ends a table */
    unsigned int value;
};

struct decode_field {
    const char *name; /* NULL ends a table */
    enum decode_kind kind;
    unsigned int offset; /* of the field in its struct */
    bool required;
    bool empty;   /* a text may be "", which is stored as NULL, as if the key were absent */
    bool integer; /* an integer may stand for the text of its digits, as in Kubernetes quantities */
    unsigned int min; /* least number, or fewest items of a list or an object */
    unsigned int max; /* greatest number, most items, or most characters of a text; 0: no bound */
    size_t size;      /* of the struct of DECODE_POINTER and DECODE_LIST */
    const struct decode_field *fields; /* of that struct; NULL: any keys, and nothing is stored */
    const struct decode_name *names;
    const struct decode_field *shape; /* a DECODE_POINTER, _LIST or _PAIRS */

    /* What a text, each text of a list or each value of pairs must be; NULL: anything. Returns 0,
     * or -1 with a message without place. */
    int (*check)(const char *text, struct err *err);
    int (*check_key)(const char *text, struct err *err); /* the same for the keys of pairs */
};

/* Where the values come from and where the lists and structs go. */
struct decode {
    const struct source *source;
    struct arena *arena;
};

/*
 * Decode the object @value, which stands at the JSON Pointer @pointer of the source's document,
 * into the zeroed struct @out.
 *
 * Errors: ERR_INVALID with place and excerpt; ERR_INTERNAL when the arena is full.
 */
int decode_object(const struct decode *in,
                  const char *pointer,
                  json_t *value,
                  const struct decode_field *fields,
                  void *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));
