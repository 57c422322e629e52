/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Scope-bound release
 *
 * `CLEANUP(foo_free) struct foo *f = NULL;` releases f on every way out of the scope. TAKE(f)
 * hands f on to a new owner and leaves NULL behind.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLEANUP(free_fn) __attribute__((cleanup(free_fn##_p)))

/* Give CLEANUP() the hook it needs for a destructor that accepts NULL. */
#define DEFINE_CLEANUP(type, free_fn)        \
    static inline void free_fn##_p(type **p) \
    {                                        \
        free_fn(*p);                         \
    }

/* Serves every object pointer type, hence the copy instead of a cast to void **. */
static inline void free_p(void *p)
{
    void *heap;

    memcpy(&heap, p, sizeof(heap));
    free(heap);
}

static inline void close_p(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static inline void fclose_p(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

#define TAKE(ptr)                       \
    __extension__({                     \
        __typeof__(ptr) taken_ = (ptr); \
        (ptr) = NULL;                   \
        taken_;                         \
    })
