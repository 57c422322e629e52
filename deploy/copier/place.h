/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Both ends of a copy
 *
 * They are looked at first, and the destination is made when it is certain that something is to be
 * put there.
 */

#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "deploy/copier/copy.h"

struct place {
    int from;            /* -1: it is not there, which the job allows */
    int to;              /* -1: it is not there yet */
    int around;          /* the nearest directory that is there: TO, or one that it will be below */
    uint64_t n_unmade;   /* directories that will be made down to TO */
    struct stat to_stat; /* of TO, all zeros as long as it is not there */
    dev_t to_device;     /* on which it is or will be */
};

#define PLACE_INIT ((struct place){.from = -1, .to = -1, .around = -1})

/* See what of @job is there. ERR_INVALID (both are one directory), ERR_NOT_FOUND, ERR_IO. */
int place_look(const struct copy_job *job, struct place *place, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Make what is not there of TO, and open it. */
int place_make(const struct copy_job *job, struct place *place, struct err *err)
    __attribute__((nonnull, warn_unused_result));

void place_clear(struct place *place) __attribute__((nonnull));
