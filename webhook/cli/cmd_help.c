/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/console.h"
#include "webhook/cli/cmd.h"

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(64UL * 1024);
    const struct command *command;

    if (argc < 2) {
        cmd_write_overview(&text);
        return cmd_print(&text);
    }
    command = cmd_find(argv[1]);
    if (argc > 2 || command == NULL) {
        console_say("no help on '%s'; see 'hawser help'", argv[argc - 1]);
        return CMD_USAGE;
    }
    cmd_write_help(&text, command);
    return cmd_print(&text);
}

const struct command cmd_help = {
    .name = "help",
    .summary = "list the commands, or explain one",
    .synopsis = "help [COMMAND]",
    .about = "List the commands, or say what there is to know about one.\n",
    .example = "  hawser help dry-run\n",
    .run = run,
};
