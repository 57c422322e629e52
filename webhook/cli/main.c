/* SPDX-License-Identifier: Apache-2.0 */

/* hawser: the command line */

#include "base/cmd.h"
#include "base/version.h"
#include "webhook/cli/commands.h"
#include "webhook/cli/options.h"

int main(int argc, char **argv)
{
    static const struct command *const commands[] = {
        &cmd_dry_run, &cmd_diff, &cmd_explain, &cmd_lint, &cmd_policies, &cmd_serve, NULL,
    };
    static const struct program program = {
        .name = "hawser",
        .about = "hawser moors NFS volumes to Argo Workflows.",
        .version = VERSION,
        .example = "  hawser dry-run -f workflow.yaml --policy scratch\n",
        .commands = commands,
        .write_flags = options_write_help,
    };

    return cmd_main(&program, argc, argv);
}
