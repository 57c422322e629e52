/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trouble with the system, on demand
 *
 * The library shim.c, preloaded into the server, makes calls fail or lie as a test wants. Test and
 * server share the wishes in a file that both map; its path is in the environment as SHIM_FILE.
 */

#include <stdatomic.h>

#define SHIM_VARIABLE "SHIM_FILE"

/* All zero: the system as it is. */
struct shim_wishes {
    atomic_llong clock_offset_s; /* added to the wall clock */
    atomic_size_t alloc_max;     /* malloc(), calloc() and realloc() fail for more bytes */
    atomic_int no_threads;       /* pthread_create() fails with EAGAIN */
};
