/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether there is a /proc, and what it says of this process
 *
 * What a process uses, and what the peer of a connection has read, is told nowhere else. A bare
 * chroot has none; a test leaves out there what it cannot see, and says so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
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

/* No process of ours takes a tebibyte of addresses, except under a sanitizer. */
#define PROC_SANITIZED_BYTES ((size_t)1 << 40)

static inline size_t proc_address_space_bytes(void)
{
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");

    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%zu", &pages), 1); /* NOLINT(cert-err34-c): the kernel's */
    assert_int_equal(fclose(statm), 0);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Whether a test can take this process's memory away. False is said. */
static inline bool proc_can_lack_memory(void)
{
    if (!proc_is_mounted()) {
        return false;
    }
    if (proc_address_space_bytes() > PROC_SANITIZED_BYTES) {
        print_message("# left out: a sanitizer itself ends without memory\n");
        return false;
    }
    return true;
}
