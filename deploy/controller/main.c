/* SPDX-License-Identifier: Apache-2.0 */

/* hawser-controller: what keeps hawser running in a cluster */

#include "base/cmd.h"
#include "base/version.h"
#include "deploy/controller/commands.h"

int main(int argc, char **argv)
{
    static const struct command *const commands[] = {
        &cmd_run, &cmd_status, &cmd_manifests, &cmd_certs, &cmd_selftest, &cmd_uninstall, NULL};
    static const struct program program = {
        .name = "hawser-controller",
        .about = "hawser-controller keeps what hawser needs in a cluster.",
        .version = VERSION,
        .example = "  hawser-controller run --namespace hawser\n",
        .commands = commands,
    };

    return cmd_main(&program, argc, argv);
}
