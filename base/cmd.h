/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A program of several commands
 *
 * A command is one file that defines one `struct command`; the program has a table of them. This
 * module finds the command, answers --help for it, and otherwise runs it. `help` and `version` are
 * every program's. Without a command the list of commands goes to standard error with exit code 2:
 * a script that lost its arguments must not look as if it had done its work.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* What scripts may rely on. */
enum cmd_exit {
    CMD_DONE = 0,
    CMD_REFUSED = 1, /* a command's own: an object was denied, objects differ */
    CMD_USAGE = 2,   /* wrong flags or files: what was given has to change */
    CMD_TROUBLE = 3, /* files, the network, memory: what was given may be right */
};

struct command {
    const char *name;
    const char *summary;  /* one line for the list of commands */
    const char *synopsis; /* what follows the program's name in the usage line */
    const char *about;    /* paragraphs, each line ending in a newline */
    unsigned int flags;   /* for the program's write_flags(), where the next but two is NULL */
    const char *exits;    /* lines "  0  meaning"; NULL where 0, 2 and 3 need no words */
    const char *example;  /* lines to type */
    /* Appends the list of flags under its own headings; NULL: the program's, under "Flags:". */
    void (*write_flags)(struct buf *out);
    /* @argv[0] is the command's name. */
    enum cmd_exit (*run)(int argc, char **argv);
};

struct program {
    const char *name;
    const char *about; /* one sentence, for the list of commands */
    const char *version;
    const char *example; /* a line to type */
    const struct command *const
        *commands; /* NULL at the end; `help` and `version` come by themselves */
    void (*write_flags)(struct buf *out,
                        unsigned int flags); /* NULL: its commands have their own */
};

/* The whole of a program's main(): what it exits with. */
int cmd_main(const struct program *program, int argc, char **argv) __attribute__((nonnull));

/* Print @text on standard output as the whole result of a command. */
enum cmd_exit cmd_print(const struct buf *text) __attribute__((nonnull));

/* Print @err and say what the program exits with because of it. */
enum cmd_exit cmd_fail(const struct err *err) __attribute__((nonnull));
