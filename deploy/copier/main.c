/* SPDX-License-Identifier: Apache-2.0 */

/* hawser-copy: from an NFS volume to a local disk and back, inside the pods of workflows */

#include "base/cmd.h"
#include "base/version.h"
#include "deploy/copier/commands.h"

struct commands_start commands_start;

int main(int argc, char **argv)
{
    static const struct command *const commands[] = {&cmd_copy, &cmd_run, &cmd_install, NULL};
    static const struct program program = {
        .name = "hawser-copy",
        .about = "hawser-copy copies between a volume and a local disk, inside a pod.",
        .version = VERSION,
        .example = "  hawser-copy copy /from /to\n",
        .commands = commands,
    };

    child_signals_read(&commands_start.signals);
    commands_start.argv0 = argv[0];
    return cmd_main(&program, argc, argv);
}
