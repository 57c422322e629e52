/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of `hawser`, each in its own file */

#include "base/cmd.h"

extern const struct command cmd_dry_run;
extern const struct command cmd_diff;
extern const struct command cmd_explain;
extern const struct command cmd_lint;
extern const struct command cmd_policies;
extern const struct command cmd_serve;
