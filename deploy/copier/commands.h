/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of hawser-copy, and what main() tells them. */

#include "base/cmd.h"
#include "deploy/copier/child.h"

/* How the program was started. */
struct commands_start {
    struct child_signals signals; /* nothing that it does itself reaches a command that it runs */
    const char *argv0;
};

/* Written by main() alone. */
extern struct commands_start commands_start;

extern const struct command cmd_copy;
extern const struct command cmd_run;
extern const struct command cmd_install;
