/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/cmd.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/console.h"
#include "base/nearest.h"
#include "webhook/cli/options.h"

static const struct command *const commands[] = {
    &cmd_dry_run,  &cmd_diff,  &cmd_explain, &cmd_lint,
    &cmd_policies, &cmd_serve, &cmd_version, &cmd_help,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *cmd_find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

const struct command *cmd_find_nearest(const char *name)
{
    const struct command *nearest = NULL;
    unsigned int least = NEAREST_FAR;

    for (size_t i = 0; i < N_COMMANDS; i++) {
        unsigned int distance = nearest_distance(name, commands[i]->name);
        if (distance < least) {
            nearest = commands[i];
            least = distance;
        }
    }
    return nearest;
}

void cmd_write_overview(struct buf *out)
{
    buf_add_text(out, "hawser moors NFS volumes to Argo Workflows.\n"
                      "\n"
                      "Usage: hawser COMMAND [flags]\n"
                      "\n"
                      "Commands:\n");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        buf_printf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    buf_add_text(out, "\n"
                      "'hawser COMMAND --help' says more, with an example.\n"
                      "\n"
                      "Example:\n"
                      "  hawser dry-run -f workflow.yaml --policy scratch\n");
}

void cmd_write_help(struct buf *out, const struct command *command)
{
    const char *exits = command->exits;

    if (exits == NULL) {
        exits = "  0  done\n"
                "  2  wrong usage\n"
                "  3  trouble with files\n";
    }
    buf_printf(out, "%s\nUsage: hawser %s\n\n", command->about, command->synopsis);
    if (command->write_flags != NULL) {
        command->write_flags(out);
    } else {
        buf_add_text(out, "Flags:\n");
        options_write_help(out, command->flags);
    }
    buf_printf(out, "\nExit codes:\n%s\nExample:\n%s", exits, command->example);
}

enum cmd_exit cmd_print(const struct buf *text)
{
    struct err err = {0};

    return console_write(text, &err) < 0 ? cmd_fail(&err) : CMD_DONE;
}

enum cmd_exit cmd_fail(const struct err *err)
{
    console_error(err);
    return err->code == ERR_INVALID || err->code == ERR_TOO_BIG ? CMD_USAGE : CMD_TROUBLE;
}
