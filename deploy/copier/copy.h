/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Copies
 *
 * Trees are merged into what is at their destinations, one after the other, by threads that all
 * work on the same one. First each is measured, and nothing is written or made unless all fit.
 * Files appear under their names only whole; a copy that was interrupted is completed by another.
 *
 * While it lasts a line of the log tells every COPY_PROGRESS_MS how far it has come, and what could
 * not be copied; at the end one tells how it went.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "deploy/copier/choice.h"

#define COPY_PROGRESS_MS 5000
#define COPY_JOBS_MAX    64

struct copy_job {
    const char *from;
    const char *to; /* made, with the directories around it, where it is not there */
    struct choice choice;
    bool may_be_missing; /* @from: then only @to is made */
    uint64_t max_bytes;  /* that the tree may take up; 0: any number */
};

struct copy_options {
    unsigned int n_threads; /* fewer, where there are few descriptors or little memory */
    bool is_durable;        /* each file is flushed before it gets its name */
    bool is_alone; /* nobody else writes to the destinations: what is left there of a copy that
                      was killed is removed at once, before it is seen what fits; else when it is
                      an hour old */
};

enum copy_result {
    COPY_DONE,
    COPY_INCOMPLETE, /* the rest is there; what is not was told */
    COPY_REFUSED,    /* no file was written: @err says what is missing, or how much room. Where it
                        is a directory that cannot be made others may have been. */
};

/* Make all @jobs. @err is filled unless it is DONE. */
enum copy_result
copy_run(const struct copy_job *jobs, size_t n, const struct copy_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));
