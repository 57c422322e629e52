/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The commands of `hawser`
 *
 * A command is one file that defines one `struct command`; cmd.c lists them all. main.c finds the
 * command, answers --help for it, and otherwise runs it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* What scripts may rely on. */
enum cmd_exit {
    CMD_DONE = 0,
    CMD_REFUSED = 1, /* an object was denied; for `diff`: objects differ */
    CMD_USAGE = 2,   /* wrong flags, policies or manifests: what was given has to change */
    CMD_TROUBLE = 3, /* files, the network, memory: what was given may be right */
};

struct command {
    const char *name;
    const char *summary;  /* one line for the list of commands */
    const char *synopsis; /* what follows "hawser " in the usage line */
    const char *about;    /* paragraphs, each line ending in a newline */
    unsigned int flags;   /* bits of enum options_flag, for the list of flags */
    const char *exits;    /* lines "  0  meaning"; NULL where 0, 2 and 3 need no words */
    const char *example;  /* lines to type */
    /* Appends the list of flags under its own headings; NULL: those in `flags`, under "Flags:". */
    void (*write_flags)(struct buf *out);
    /* @argv[0] is the command's name. */
    enum cmd_exit (*run)(int argc, char **argv);
};

extern const struct command cmd_dry_run;
extern const struct command cmd_diff;
extern const struct command cmd_explain;
extern const struct command cmd_lint;
extern const struct command cmd_policies;
extern const struct command cmd_serve;
extern const struct command cmd_version;
extern const struct command cmd_help;

/* The command called @name, or NULL. */
const struct command *cmd_find(const char *name) __attribute__((nonnull));

/* The command that @name, which is none, may have been meant for, or NULL. */
const struct command *cmd_find_nearest(const char *name) __attribute__((nonnull));

/* Append the list of commands, or what there is to know about @command. */
void cmd_write_overview(struct buf *out) __attribute__((nonnull));
void cmd_write_help(struct buf *out, const struct command *command) __attribute__((nonnull));

/* Print @text on standard output as the whole result of a command. */
enum cmd_exit cmd_print(const struct buf *text) __attribute__((nonnull));

/* Print @err and say what the program exits with because of it. */
enum cmd_exit cmd_fail(const struct err *err) __attribute__((nonnull));
