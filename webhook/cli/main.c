/* SPDX-License-Identifier: Apache-2.0 */

/*
 * hawser: the command line
 *
 * Finds the command and runs it. Without one, the list of commands goes to standard error with exit
 * code 2: a script that lost its arguments must not look as if it had done its work.
 */

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/console.h"
#include "webhook/cli/cmd.h"

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Whether help is asked for anywhere among the flags: the answer does not depend on the others. */
static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            return true;
        }
    }
    return false;
}

static enum cmd_exit print_help(const struct command *command)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(64UL * 1024);

    cmd_write_help(&text, command);
    return cmd_print(&text);
}

/* No command at all. */
static enum cmd_exit show_overview(void)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(64UL * 1024);

    cmd_write_overview(&text);
    (void)fputs(buf_text(&text), stderr);
    return CMD_USAGE;
}

static enum cmd_exit refuse_command(const char *name)
{
    const struct command *nearest = cmd_find_nearest(name);

    if (nearest != NULL) {
        console_say("unknown command '%s', did you mean '%s'?", name, nearest->name);
    } else {
        console_say("unknown command '%s'; see 'hawser help'", name);
    }
    return CMD_USAGE;
}

static enum cmd_exit run(int argc, char **argv)
{
    const struct command *command;
    const char *name;

    if (argc < 2) {
        return show_overview();
    }
    name = argv[1];
    if (is_help(name)) {
        name = "help";
    } else if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    command = cmd_find(name);
    if (command == NULL) {
        return refuse_command(name);
    }
    if (wants_help(argc - 1, argv + 1)) {
        return print_help(command);
    }
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    struct err err = {0};
    enum cmd_exit code;

    console_init("hawser");
    code = run(argc, argv);
    if (code != CMD_TROUBLE && console_close(&err) < 0) {
        code = cmd_fail(&err);
    }
    return (int)code;
}
