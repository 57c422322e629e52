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

/* What a process that was killed has left is taken away when nobody has touched it for so long: not
 * by the time of its content, which is that of the source before it gets its name. */
#define TEMPORARY_STALE_S 3600

struct temporary {
    uint64_t own; /* of this process */
    atomic_uint_fast64_t n;
};

void temporary_init(struct temporary *temporary) __attribute__((nonnull));

/* Whether @name is one of them: of whatever process, and nothing that only begins like it. */
bool temporary_is_name(const char *name) __attribute__((nonnull));

/* A name that nothing else has. */
void temporary_name(struct temporary *temporary, char out[static TEMPORARY_SIZE])
    __attribute__((nonnull));

/* Remove what others have left in the directory @fd: all of it where nobody else writes there
 * (@is_alone), else what is stale. */
void temporary_clear(const struct temporary *temporary, int fd, bool is_alone)
    __attribute__((nonnull));
