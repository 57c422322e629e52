/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A table of settings on a command line
 *
 * Which flags there are, what they may be and what the help says of them all come from the table.
 * Defaults are values as a flag would have them. Reading is in steps, so that a program can put
 * what a file says between the defaults and the flags. A flag without a value says "true": it is a
 * SETTING_WORD whose words are "false" and "true".
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/flags.h"
#include "base/setting.h"

#define SETTING_FLAGS_MAX 48

struct setting_table {
    const struct setting *items;
    size_t n; /* at most SETTING_FLAGS_MAX */

    /* A flag with a text that is no setting, as a file must not lead to another; NULL: none. */
    const struct flag *file;
};

/* What a command line says: values of argv, NULL where it says nothing. */
struct setting_flags {
    const char *values[SETTING_FLAGS_MAX];
    const char *file;
};

/* Read @argv, whose first element is the command's name. Errors: those of flags_parse(), and of
 * flags_set_text(). */
int setting_flags_read(const struct setting_table *table,
                       int argc,
                       char **argv,
                       struct setting_flags *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));

/* Put the defaults into the struct @out. What has none stays. Errors: ERR_INTERNAL. */
int setting_flags_store_defaults(const struct setting_table *table,
                                 struct arena *arena,
                                 void *out,
                                 struct err *err) __attribute__((nonnull, warn_unused_result));

/* Put what @given says into the struct @out. Errors: those of setting_parse(), with the flag. */
int setting_flags_store(const struct setting_table *table,
                        const struct setting_flags *given,
                        struct arena *arena,
                        void *out,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the settings by topic, with their bounds and defaults. */
void setting_flags_write_help(const struct setting_table *table, struct buf *out)
    __attribute__((nonnull));
