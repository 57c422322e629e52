/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is in force at the moment
 *
 * A place for one immutable, reference-counted value that is replaced as a whole: the policies, the
 * certificate pair. Whoever takes it keeps using that one until it lets go, so a request sees
 * exactly one generation; the old value is freed when its last user is done.
 *
 * Thread-safe.
 */

#include <pthread.h>

struct current {
    pthread_mutex_t lock;
    void *value; /* NULL: none yet */
    void *(*ref)(void *value);
    void (*unref)(void *value); /* accepts NULL */
};

/* A place with nothing in it, for values that @ref and @unref count. */
void current_init(struct current *current, void *(*ref)(void *), void (*unref)(void *))
    __attribute__((nonnull));

/* Let go of the value. */
void current_clear(struct current *current) __attribute__((nonnull));

/* The value, with one more owner: the caller. NULL while there is none. */
void *current_get(struct current *current) __attribute__((nonnull, warn_unused_result));

/* Put @value in force; its ownership goes over. */
void current_set(struct current *current, void *value) __attribute__((nonnull));
