/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One setting of a program
 *
 * A program has a table of its settings: what the flag is called and says in the help, what a value
 * may be, the default, and the field of the program's struct that it goes to. This module reads one
 * value; base/setting_flags.h does so for a whole table from a command line.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/flags.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_NAMES,    /* NAME[,NAME]; in a file a list. From `least` to `most` of them. */
    SETTING_DURATION, /* from `least` to `most` milliseconds; as base/duration.h reads it */
    SETTING_SPAN,     /* the same in whole seconds, for what lasts longer */
    SETTING_NUMBER,   /* from `least` to `most` */
    SETTING_WORD,     /* one of `words`; its position is the value */
};

struct setting {
    const char *topic; /* the heading that starts here in the help; NULL: the one before goes on */
    struct flag flag;
    enum setting_kind kind;
    unsigned int offset; /* of the field in the program's struct */
    const char *initial; /* the value when nobody says, as the flag would have it; NULL for none */
    unsigned int least;
    unsigned int most;
    const char *const *words; /* NULL at the end */
};

/* What stands in the field: `text`, `names`, or `number` for all other kinds. */
union setting_value {
    const char *text;
    struct text_list names;
    unsigned int number;
};

#define SETTING_KEY_SIZE 32

/* The key in a configuration file: "tlsCertFile" for the flag "tls-cert-file". */
void setting_key(const char *flag_name, char out[static SETTING_KEY_SIZE]) __attribute__((nonnull));

/*
 * Read @text, which is not empty and which a text value borrows; names are in @arena.
 *
 * Errors: ERR_INVALID with what was expected, without the name of the flag or key unless the kind
 * is SETTING_WORD; ERR_INTERNAL when @arena is full.
 */
int setting_parse(const struct setting *setting,
                  const char *text,
                  struct arena *arena,
                  union setting_value *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Put @value into its field of the struct @out. */
void setting_store(const struct setting *setting, const union setting_value *value, void *out)
    __attribute__((nonnull));
