/* SPDX-License-Identifier: Apache-2.0 */
#include "base/console.h"
#include "base/flags.h"
#include "deploy/copier/commands.h"
#include "deploy/copier/install.h"

static enum cmd_exit run(int argc, char **argv)
{
    struct err err = {0};

    if (argc != 2 || argv[1][0] == '-') {
        (void)err_set(&err, ERR_INVALID, "expected DIR and nothing else");
        (void)flags_point_to_help(&err, "hawser-copy", "install");
        console_error(&err);
        return CMD_USAGE;
    }
    return install_self(argv[1], commands_start.argv0, &err) < 0 ? cmd_fail(&err) : CMD_DONE;
}

static void write_no_flags(struct buf *out)
{
    buf_add_text(out, "");
}

const struct command cmd_install = {
    .name = "install",
    .summary = "put this program into a directory",
    .synopsis = "install DIR",
    .about = "Copy this program to DIR/hawser-copy, for containers whose images lack it.\n",
    .example = "  hawser-copy install /hawser/bin\n",
    .write_flags = write_no_flags,
    .run = run,
};
