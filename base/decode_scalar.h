/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding values that hold no others
 *
 * The part of decode.c that knows texts, numbers and names, split off to keep both readable. Only
 * decode.c calls this. All raise errors in the decoder's err, with place.
 */

#include "base/buf.h"
#include "base/decode.h"

struct decoder {
    const struct decode *in;
    struct buf pointer; /* of the value being decoded */
    struct err *err;
};

/* The names of a table, for messages. */
#define DECODE_WORDS_MAX 32

struct decode_words {
    const char *items[DECODE_WORDS_MAX];
    size_t n;
};

/* Put the place of the value being decoded in front of the message; returns -1. */
int decode_locate(struct decoder *d) __attribute__((nonnull));

/* "expected a list, found a string" */
int decode_refuse_type(struct decoder *d, const char *expected, const json_t *found)
    __attribute__((nonnull(1, 2)));

/* "key 'sise' is unknown; did you mean 'size'? accepted: size, storageClassName", without place. */
int decode_refuse_word(struct decoder *d,
                       const char *what,
                       const char *word,
                       const struct decode_words *words) __attribute__((nonnull));

/* The text of @value, borrowed, or made of an integer's digits; NULL in @out when it is empty. */
int decode_read_text(struct decoder *d,
                     const struct decode_field *field,
                     const json_t *value,
                     const char **out) __attribute__((nonnull(1, 2, 4), warn_unused_result));

/* The value of the name @value. */
int decode_read_name(struct decoder *d,
                     const struct decode_field *field,
                     const json_t *value,
                     unsigned int *out) __attribute__((nonnull(1, 2, 4), warn_unused_result));

/* Those of decode.h's kinds, into the field at @out. */
int decode_text(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
    __attribute__((nonnull(1, 2, 4), warn_unused_result));
int decode_bool(struct decoder *d, const json_t *value, char *out)
    __attribute__((nonnull(1, 3), warn_unused_result));
int decode_uint(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
    __attribute__((nonnull(1, 2, 4), warn_unused_result));
int decode_enum(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
    __attribute__((nonnull(1, 2, 4), warn_unused_result));
