/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One look at an NFS server: what is there, and how it stands with each part
 *
 * Inside server.h: server_look.c sees and notes, server.c decides and writes. Parts are known by
 * their number in what is desired.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deploy/kube/kube.h"
#include "deploy/storage/news.h"
#include "deploy/storage/server.h"

/* Zeroed at the beginning, but for the first two; release with server_look_clear(). */
struct server_look {
    struct server *server;
    const struct server_context *context;
    json_t **observed; /* as many as are desired, a reference each; NULL: there is none */
    size_t n;
    bool is_halted;   /* this process must not write any more */
    bool has_changed; /* something was written, or is not any more as it was seen */
};

void server_look_clear(struct server_look *look) __attribute__((nonnull));

/* Fill `observed`. Waits for answers, in steps of the loop. -1: a part cannot be known at the
 * moment, which it says itself, and nothing can be decided. */
int server_look_observe(struct server_look *look) __attribute__((nonnull, warn_unused_result));

/* Part @i as it is desired. */
const json_t *server_look_desired(const struct server_look *look, size_t i)
    __attribute__((nonnull));

/* A request of @verb for part @i. Its texts are borrowed from what is desired. */
void server_look_address(const struct server_look *look,
                         size_t i,
                         enum kube_verb verb,
                         struct kube_request *out) __attribute__((nonnull));

/* It is right. What was told of it is over, and that is told. */
void server_look_right(struct server_look *look, size_t i) __attribute__((nonnull));

/* It is not right, for the reason @text; whether that is new. @wait_ms 0: only a change can help,
 * which a watch tells. */
bool server_look_note_trouble(struct server_look *look,
                              size_t i,
                              enum server_part_state state,
                              const char *text,
                              uint64_t wait_ms) __attribute__((nonnull));

/* The same, and tell it unless it was. */
void server_look_trouble(struct server_look *look,
                         size_t i,
                         enum server_part_state state,
                         enum news_trouble what,
                         const char *text,
                         uint64_t wait_ms) __attribute__((nonnull));

/* It is not right, as something has to end first, which is no trouble: only logged, unless it was.
 */
void server_look_wait(struct server_look *look, size_t i, const char *text, uint64_t wait_ms)
    __attribute__((nonnull));

/* A request to @what it was not answered well: note when to try again, and tell it. Always -1. */
int server_look_fail(struct server_look *look,
                     size_t i,
                     const char *what,
                     const struct kube_answer *answer) __attribute__((nonnull));

/* Something was done to it, because of @why. */
void server_look_note_change(struct server_look *look,
                             size_t i,
                             enum news_change what,
                             const char *why) __attribute__((nonnull));

static inline void server_look_clear_p(struct server_look *look)
{
    server_look_clear(look);
}
