/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Putting this program where the containers of a pod find it
 *
 * An init container copies it into a volume that the other containers mount. A copy that is there
 * is whole: it is written under a name of its own, flushed, and renamed in place of a former one.
 * Who is killed in between leaves a file ".hawser-copy." and six letters, which nobody runs and
 * which goes with the volume; another may be at work, so that none is ever cleaned up.
 *
 * The name itself is not flushed: after a crash of the node the pod's init containers run again.
 */

#include "base/err.h"

#define INSTALL_NAME "hawser-copy"

/*
 * Copy the program that runs to INSTALL_NAME in the folder @dir, with mode 0755.
 *
 * It is read from /proc/self/exe, and without /proc from @argv0, which must then be a path: what
 * lies on PATH under that name may be another program.
 *
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_INVALID (no path). They name the folder or the program, and
 * nothing is left behind.
 */
int install_self(const char *dir, const char *argv0, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The same with the link to look at instead of "/proc/self/exe". */
int install_from(const char *exe, const char *dir, const char *argv0, struct err *err)
    __attribute__((nonnull, warn_unused_result));
