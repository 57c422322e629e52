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

/* The size of this process, and what of it is resident, both in bytes. */
static inline void proc_sizes(size_t *size, size_t *resident)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    FILE *statm = fopen("/proc/self/statm", "re");

    assert_non_null(statm);
    /* NOLINTNEXTLINE(cert-err34-c): the kernel's numbers */
    assert_int_equal(fscanf(statm, "%zu %zu", size, resident), 2);
    assert_int_equal(fclose(statm), 0);
    *size *= page;
    *resident *= page;
}

static inline size_t proc_address_space_bytes(void)
{
    size_t size = 0;
    size_t resident;

    proc_sizes(&size, &resident);
    return size;
}

static inline size_t proc_resident_bytes(void)
{
    size_t size;
    size_t resident = 0;

    proc_sizes(&size, &resident);
    return resident;
}

/* Whether a test can take this process's memory away, or say how much it takes. False is said. */
static inline bool proc_memory_is_ours(void)
{
    if (!proc_is_mounted()) {
        return false;
    }
    if (proc_address_space_bytes() > PROC_SANITIZED_BYTES) {
        print_message("# left out: under a sanitizer memory is its own\n");
        return false;
    }
    return true;
}
