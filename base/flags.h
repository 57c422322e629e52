/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Flags of a command line
 *
 * A program has a table of its flags; this module reads argv by it, as GNU's getopt_long() does,
 * says what is wrong in words, and writes the help. What a value means is the caller's business.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct flag {
    const char *name;  /* without "--" */
    const char *value; /* what the help calls it; NULL for a flag without a value */
    const char *help;  /* lines, indented when printed */
    int id;            /* the caller's own */
    char letter;       /* 0 for none; only a flag with a value may have one */
};

#define FLAGS_MAX 64

struct flags {
    const struct flag *items[FLAGS_MAX]; /* those that are accepted */
    size_t n;
    const char *hint; /* ends the message about an argument that is no flag: ", manifests are given
                         with -f"; NULL for none */
};

/* Take @flag to the others; there is room for FLAGS_MAX. It must outlive them. */
void flags_add(struct flags *flags, const struct flag *flag) __attribute__((nonnull));

/* What flags_parse() calls for each flag found; @value is argv's, NULL for a flag without. */
typedef int flags_set_fn(const struct flag *flag, const char *value, void *data, struct err *err);

/*
 * Read @argv, whose first element is a name and no flag, and call @set for each flag in order.
 * Arguments that are no flags may be moved to its end.
 *
 * Errors: ERR_INVALID for a flag that is not accepted (with the one that may be meant), a value
 * that is missing or not wanted, an argument that is no flag; and those of @set. One thread at a
 * time, as getopt_long() has state of its own.
 */
int flags_parse(const struct flags *flags,
                int argc,
                char **argv,
                flags_set_fn *set,
                void *data,
                struct err *err) __attribute__((nonnull(1, 3, 4, 6), warn_unused_result));

/*
 * What most values are: a text that is given once. Errors: ERR_INVALID when it is empty, which is
 * most often a shell variable that is not set, or when *@text is there already.
 */
int flags_set_text(const char **text, const struct flag *flag, const char *value, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Add to the message in @err where to read on: "; see 'hawser lint --help'". Returns -1. */
int flags_point_to_help(struct err *err, const char *program, const char *command)
    __attribute__((nonnull));

/* Append one flag's lines of help: its name, and indented below it what it does. */
void flags_write_help(struct buf *out, const struct flag *flag) __attribute__((nonnull));
