/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of `hawser-controller`, each in its own file */

#include "base/cmd.h"

extern const struct command cmd_run;
extern const struct command cmd_certs;
extern const struct command cmd_manifests;
extern const struct command cmd_selftest;
extern const struct command cmd_status;
extern const struct command cmd_uninstall;
