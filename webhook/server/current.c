/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/current.h"

#include <stddef.h>

void current_init(struct current *current, void *(*ref)(void *), void (*unref)(void *))
{
    *current = (struct current){.ref = ref, .unref = unref};
    (void)pthread_mutex_init(&current->lock, NULL); /* cannot fail with default attributes */
}

void current_clear(struct current *current)
{
    current->unref(current->value);
    current->value = NULL;
    (void)pthread_mutex_destroy(&current->lock);
}

void *current_get(struct current *current)
{
    void *value;

    (void)pthread_mutex_lock(&current->lock);
    value = current->value != NULL ? current->ref(current->value) : NULL;
    (void)pthread_mutex_unlock(&current->lock);
    return value;
}

void current_set(struct current *current, void *value)
{
    void *old;

    (void)pthread_mutex_lock(&current->lock);
    old = current->value;
    current->value = value;
    (void)atomic_fetch_add_explicit(&current->generation, 1, memory_order_release);
    (void)pthread_mutex_unlock(&current->lock);
    current->unref(old); /* may be long: not under the lock */
}

void *current_look(struct current *current, struct current_view *view)
{
    const unsigned long now = atomic_load_explicit(&current->generation, memory_order_acquire);
    void *value;

    /* Replaced once more since then, the next look sees it. */
    if (view->generation != now) {
        value = current_get(current);
        current_view_clear(current, view);
        *view = (struct current_view){.generation = now, .value = value};
    }
    return view->value;
}

void current_view_clear(struct current *current, struct current_view *view)
{
    current->unref(view->value);
    *view = (struct current_view){0};
}
