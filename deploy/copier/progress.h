/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How far a copy has come
 *
 * Lines of the log: files, bytes, the rate since the line before, and how long it will take at that
 * rate. One thread.
 */

#include <stdint.h>

#include "deploy/copier/tally.h"

struct progress {
    struct tally *tally;
    uint64_t length; /* of all files */
    uint64_t files;
    uint64_t begun_ms;
    uint64_t told_ms;
    uint64_t told_bytes;
};

/* So much is to be copied, from now on. */
void progress_begin(struct progress *progress, struct tally *tally, uint64_t length, uint64_t files)
    __attribute__((nonnull));

void progress_tell(struct progress *progress) __attribute__((nonnull));

/* It is over: how it went. */
void progress_end(const struct progress *progress) __attribute__((nonnull));
