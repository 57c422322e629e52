/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of hawser-copy. */

#include "base/cmd.h"

extern const struct command cmd_copy;
