/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Flags of the command line
 *
 * One table knows every flag, its place in struct options and its line of help; a command says
 * which of them it takes. So a flag means the same everywhere.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "policies/policy.h"

enum options_flag {
    OPTIONS_FILENAME = 1 << 0,
    OPTIONS_POLICIES = 1 << 1,
    OPTIONS_POLICY = 1 << 2,
    OPTIONS_NAMESPACE = 1 << 3,
    OPTIONS_COPIER_IMAGE = 1 << 4,
    OPTIONS_OUTPUT = 1 << 5,
    OPTIONS_COLOR = 1 << 6,
    OPTIONS_STRICT = 1 << 7,
    OPTIONS_OBJECTS = OPTIONS_FILENAME | OPTIONS_POLICIES | OPTIONS_POLICY | OPTIONS_NAMESPACE |
                      OPTIONS_COPIER_IMAGE,
};

enum options_output { OPTIONS_YAML, OPTIONS_JSON, OPTIONS_PATCH, OPTIONS_STATUS };
enum options_color { OPTIONS_COLOR_AUTO, OPTIONS_COLOR_ALWAYS, OPTIONS_COLOR_NEVER };

/* The texts are those of argv. */
struct options {
    struct text_list filenames;
    const char *policies;  /* NULL: the shipped ones */
    const char *policy;    /* NULL: what each object says */
    const char *namespace; /* NULL: what each object says */
    const char *copier_image;
    enum options_output output;
    enum options_color color;
    bool strict;
};

/*
 * Read the flags in @argv, of which the command takes @accepted. Its name is argv[0].
 *
 * Errors: ERR_INVALID for a flag or value that is not accepted, an argument that is no flag, and
 * where @accepted has OPTIONS_FILENAME, no file name; ERR_INTERNAL when @arena is full.
 */
int options_parse(int argc,
                  char **argv,
                  unsigned int accepted,
                  struct arena *arena,
                  struct options *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the lines of help for the flags in @accepted. */
void options_write_help(struct buf *out, unsigned int accepted) __attribute__((nonnull));
