/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether there is a /proc
 *
 * What a process uses, and what the peer of a connection has read, is told nowhere else. A bare
 * chroot has none; a test leaves out there what it cannot see, and says so.
 */

#include <stdbool.h>
#include <unistd.h>

#include "tests/test.h"

static inline bool proc_is_mounted(void)
{
    const bool is_mounted = access("/proc/self/stat", R_OK) == 0;

    if (!is_mounted) {
        print_message("# there is no /proc here, as in a bare chroot\n");
    }
    return is_mounted;
}
