/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is in force at the moment
 *
 * A place for one immutable, reference-counted value that is replaced as a whole: the policies, the
 * certificate pair. Whoever takes it keeps using that one until it lets go, so a request sees
 * exactly one generation; the old value is freed when its last user is done.
 *
 * A thread that asks again and again looks through a view of its own, which costs neither a lock
 * nor a word that other threads write, as long as nothing is replaced. A view keeps what it saw
 * last until it looks again.
 *
 * Thread-safe; a view is one thread's.
 */

#include <pthread.h>
#include <stdatomic.h>

struct current {
    pthread_mutex_t lock;
    atomic_ulong generation; /* how often the value was replaced */
    void *value;             /* NULL: none yet */
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
void current_set(struct current *current, void *value) __attribute__((nonnull(1)));

/* Begins as {0}. */
struct current_view {
    unsigned long generation;
    void *value;
};

/* The value of @current, always the same one, which stays the view's: it lasts until the next look.
 * NULL while there is none. */
void *current_look(struct current *current, struct current_view *view) __attribute__((nonnull));

/* Let go of what was seen. */
void current_view_clear(struct current *current, struct current_view *view)
    __attribute__((nonnull));
