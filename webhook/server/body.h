/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Request bodies
 *
 * A body grows as its bytes arrive, never by what was declared: a client that promises 8 MiB and
 * sends one byte costs little. All bodies of a server share one budget; when it is spent, whoever
 * asks for more is told to come back later.
 */

#include <stdatomic.h>
#include <stddef.h>

/* Eight of the largest requests at once, or all connections with 32 KiB each. */
#define BODY_ALL_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Most reviews fit; all connections of the default maximum take half of the budget with it. */
#define BODY_FIRST_BYTES_MAX ((size_t)16 * 1024)

/* What all bodies hold at the moment; begins as {0}. */
struct body_budget {
    atomic_size_t held;
};

/* Begins as {0}. */
struct body {
    char *bytes; /* NULL while nothing was added */
    size_t len;
    size_t size;
};

enum body_result {
    BODY_KEPT,
    BODY_NO_ROOM,   /* the budget is spent */
    BODY_NO_MEMORY, /* the system has none */
};

/*
 * Append @len bytes to a body that is to have @whole_len in the end, which decides only how much is
 * asked for at first. @body is unchanged unless the bytes are kept.
 */
enum body_result body_add(struct body *body,
                          struct body_budget *budget,
                          const void *bytes,
                          size_t len,
                          size_t whole_len) __attribute__((nonnull, warn_unused_result));

/* Give back what the body holds. */
void body_clear(struct body *body, struct body_budget *budget) __attribute__((nonnull));
