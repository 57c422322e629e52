/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A command line that a test writes as one text */

#include <string.h>

#include "tests/test.h"

#define COMMAND_LINE_MAX 24 /* words */

/*
 * Split @text in place at its spaces into @argv, which ends with NULL; '' is an empty word. The
 * number of words comes back.
 */
static inline int command_line_split(char *text, char *argv[static COMMAND_LINE_MAX + 1])
{
    char *rest = NULL;
    int argc = 0;

    print_message("# %s\n", text);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(argc < COMMAND_LINE_MAX);
        argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
    }
    argv[argc] = NULL;
    return argc;
}
