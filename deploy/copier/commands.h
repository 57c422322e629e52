/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of hawser-copy, and what main() tells them. */

#include "base/cmd.h"
#include "deploy/copier/child.h"

/* As they were when the program was started: nothing that it does itself reaches a command that it
 * runs. Written by main() alone. */
extern struct child_signals commands_signals;

extern const struct command cmd_copy;
extern const struct command cmd_run;
extern const struct command cmd_install;
