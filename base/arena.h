/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Arenas and lists
 *
 * An arena hands out memory that lives until the whole arena is freed, or reset to be used again:
 * one policy set, one admission request. It has a limit, so that no input can make it take more; at
 * the limit, or when the system has no memory, an allocation returns NULL and the caller fails its
 * request cleanly.
 *
 * A LIST_OF(type) is a plain pointer and a count. Lists grow inside an arena with LIST_ADD().
 */

#include <stdbool.h>
#include <stddef.h>

/* What an arena that was reset still holds of the system's memory: as much as a usual request
 * needs. One that was large must not keep its peak. */
#define ARENA_KEPT_BYTES_MAX ((size_t)64 * 1024)

struct arena;

/* An arena that takes at most @max_bytes from the system. NULL when there is no memory. */
struct arena *arena_new(size_t max_bytes);

/* Give back everything. Accepts NULL. */
void arena_free(struct arena *arena);

/* Take everything back that was handed out, as if the arena were new. Of the system's memory at
 * most ARENA_KEPT_BYTES_MAX are kept, for what is handed out next. */
void arena_reset(struct arena *arena) __attribute__((nonnull));

/* Whether an allocation has failed at the limit, and not for want of the system's memory. */
bool arena_is_full(const struct arena *arena) __attribute__((nonnull));

/* @size zeroed bytes, aligned for every type; NULL at the limit. */
void *arena_alloc(struct arena *arena, size_t size)
    __attribute__((malloc, nonnull, warn_unused_result));

/* A copy of @text, which need not be terminated; NULL at the limit. */
char *arena_strndup(struct arena *arena, const char *text, size_t len)
    __attribute__((malloc, nonnull, warn_unused_result));

char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), malloc, nonnull(1, 2), warn_unused_result));

#define LIST_OF(type) \
    struct {          \
        type *items;  \
        size_t n;     \
    }

/* The most common of them, under a name that headers can share. */
struct text_list {
    const char **items;
    size_t n;
};

/* Add one zeroed item to @list and return a pointer to it, or NULL when @arena is exhausted. */
#define LIST_ADD(arena, list)                                                                 \
    __extension__({                                                                           \
        __typeof__((list)->items) added_ =                                                    \
            list_grow((arena), (list)->items, (list)->n, sizeof(__typeof__(*(list)->items))); \
        if (added_ != NULL) {                                                                 \
            (list)->items = added_;                                                           \
            added_ += (list)->n++;                                                            \
        }                                                                                     \
        added_;                                                                               \
    })

/* The body of LIST_ADD(): @items, or a larger copy of them, with room for item number @n. */
void *list_grow(struct arena *arena, void *items, size_t n, size_t item_size)
    __attribute__((nonnull(1), warn_unused_result));

static inline void arena_free_p(struct arena **arena)
{
    arena_free(*arena);
}
