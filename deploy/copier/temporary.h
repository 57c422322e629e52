/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of what is not finished
 *
 * A file is written under a name of its own in the directory where it belongs, and then renamed:
 * who sees its final name sees all of it. The name is random for each process, as several may write
 * to one directory of a share.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TEMPORARY_PREFIX ".hawser-copy."
#define TEMPORARY_SIZE   64

/* What a process that was killed has left is taken away when nobody has written to it for so long.
 */
#define TEMPORARY_STALE_S 3600

struct temporary {
    uint64_t own; /* of this process */
    atomic_uint_fast64_t n;
};

void temporary_init(struct temporary *temporary) __attribute__((nonnull));

/* A name that nothing else has. */
void temporary_name(struct temporary *temporary, char out[static TEMPORARY_SIZE])
    __attribute__((nonnull));

/* Remove what others have left in the directory @fd: all of it where nobody else writes there
 * (@is_alone), else what is stale. */
void temporary_clear(const struct temporary *temporary, int fd, bool is_alone)
    __attribute__((nonnull));
