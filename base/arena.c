/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(bytes, len)
#define ASAN_UNPOISON_MEMORY_REGION(bytes, len)
#endif

/* Blocks of this size, of one larger item, or of what the limit leaves come from the system. */
#define BLOCK_BYTES ((size_t)16 * 1024)

_Static_assert(ARENA_KEPT_BYTES_MAX % BLOCK_BYTES == 0, "whole blocks are kept");

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *blocks; /* the one with the most room first */
    struct block *kept;   /* of BLOCK_BYTES each; nothing in them is handed out */
    size_t left;          /* bytes that blocks may still take */
    bool full;            /* an allocation failed at the limit */
};

struct arena *arena_new(size_t max_bytes)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (arena != NULL) {
        arena->left = max_bytes;
    }
    return arena;
}

/* Take the first block out of the list at @first. */
static struct block *take_first(struct block **first)
{
    struct block *block = *first;

    *first = block->next;
    return block;
}

void arena_reset(struct arena *arena)
{
    size_t n_bytes = 0;

    for (struct block *kept = arena->kept; kept != NULL; kept = kept->next) {
        n_bytes += kept->size;
    }
    while (arena->blocks != NULL) {
        struct block *block = take_first(&arena->blocks);
        arena->left += block->size;
        if (block->size != BLOCK_BYTES || n_bytes == ARENA_KEPT_BYTES_MAX) {
            free(block);
            continue;
        }
        n_bytes += block->size;
        block->used = 0;
        ASAN_POISON_MEMORY_REGION(block->bytes, block->size); /* who still reads it is caught */
        block->next = arena->kept;
        arena->kept = block;
    }
    arena->full = false;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    arena_reset(arena);
    while (arena->kept != NULL) {
        free(take_first(&arena->kept));
    }
    free(arena);
}

bool arena_is_full(const struct arena *arena)
{
    return arena->full;
}

static size_t room(const struct block *block)
{
    return block->size - block->used;
}

/* An empty block of @bytes, one that was kept if it can be. */
static struct block *get_block(struct arena *arena, size_t bytes)
{
    struct block *block;
    size_t whole;

    if (bytes == BLOCK_BYTES && arena->kept != NULL) {
        return take_first(&arena->kept);
    }
    if (__builtin_add_overflow(sizeof(*block), bytes, &whole)) {
        return NULL;
    }
    block = malloc(whole);
    if (block != NULL) {
        block->used = 0;
        block->size = bytes;
    }
    return block;
}

/* A block with room for @size bytes. What is taken counts, not what is handed out of it. */
static struct block *add_block(struct arena *arena, size_t size)
{
    size_t bytes = arena->left < BLOCK_BYTES ? arena->left : BLOCK_BYTES;
    struct block *block;

    if (size > arena->left) {
        arena->full = true;
        return NULL;
    }
    if (bytes < size) {
        bytes = size;
    }
    block = get_block(arena, bytes);
    if (block == NULL) {
        return NULL;
    }
    arena->left -= bytes;
    /* A large item must not hide a block that still has room for small ones. */
    if (arena->blocks != NULL && room(arena->blocks) > bytes - size) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct block *block = arena->blocks;
    size_t rounded;
    char *bytes;

    if (__builtin_add_overflow(size, align - 1, &rounded)) {
        return NULL;
    }
    rounded -= rounded % align;
    if (block == NULL || room(block) < rounded) {
        block = add_block(arena, rounded);
        if (block == NULL) {
            return NULL;
        }
    }
    bytes = block->bytes + block->used;
    block->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(bytes, rounded);
    return memset(bytes, 0, rounded);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    size_t size;
    char *copy;

    if (__builtin_add_overflow(len, 1, &size)) {
        return NULL;
    }
    copy = arena_alloc(arena, size);
    if (copy != NULL) {
        memcpy(copy, text, len);
    }
    return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        return NULL;
    }
    text = arena_alloc(arena, (size_t)len + 1);
    if (text != NULL) {
        va_start(args, fmt);
        (void)vsnprintf(text, (size_t)len + 1, fmt, args); /* measured above */
        va_end(args);
    }
    return text;
}

void *list_grow(struct arena *arena, void *items, size_t n, size_t item_size)
{
    size_t bytes;
    void *larger;

    /* A list is full when it holds nothing or a power of two: no capacity needs to be kept. */
    if ((n & (n - 1)) != 0) {
        return items;
    }
    if (__builtin_mul_overflow(n == 0 ? 1 : 2 * n, item_size, &bytes)) {
        return NULL;
    }
    larger = arena_alloc(arena, bytes);
    if (larger != NULL && n > 0) {
        memcpy(larger, items, n * item_size);
    }
    return larger;
}
