/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of the settings share: words and a file go in, and settings come out. */

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "tests/command_line.h"
#include "tests/folder.h"
#include "tests/test.h"
#include "webhook/server/settings.h"

#define ARENA_BYTES ((size_t)256 * 1024)
#define HEAD        "apiVersion: hawser.dev/v1\nkind: ServerConfiguration\n"

/* Read the settings of the command line "serve @line", in which '' is an empty word. */
static inline int
read_line(const char *line, struct arena *arena, struct settings *out, struct err *err)
{
    char *argv[COMMAND_LINE_MAX + 1];
    const int argc = command_line_split(arena_printf(arena, "serve %s", line), argv);

    return settings_read(argc, argv, "image:1", arena, out, err);
}

/* The same with --config for a file of @text. */
static inline int read_file(
    const char *text, const char *line, struct arena *arena, struct settings *out, struct err *err)
{
    const char *words = arena_printf(arena, "--config s.yaml %s", line);

    for (const char *at = text; *at != '\0'; at = *at == '\n' ? at + 1 : at) {
        print_message("#   %.*s\n", (int)strcspn(at, "\n"), at);
        at += strcspn(at, "\n");
    }
    assert_int_equal(folder_write("s.yaml", text), 0);
    return read_line(words, arena, out, err);
}
