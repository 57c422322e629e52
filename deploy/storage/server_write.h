/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing one object of an NFS server
 *
 * Inside server.h. What is written is the very object that was observed, and no other that somebody
 * has put in its place: its uid and resourceVersion go with it. Where none was, nobody else's field
 * is taken over: it is applied unforced, as an apply cannot say that it is for an absent object
 * only. A POST could, but its fields would be those of an update, which no later apply gives up.
 *
 * All wait for answers, in steps of the loop. 0 when it is done, and our copy has learned of it;
 * -1: it is not, which the part says itself (server_look_fail()), but for want of memory.
 */

#include <jansson.h>
#include <stddef.h>

#include "deploy/storage/server_look.h"

/* Part @i, as @body has it. */
int server_write_apply(struct server_look *look, size_t i, const json_t *body)
    __attribute__((nonnull, warn_unused_result));

/* The JSON merge patch @body, which names its own precondition. */
int server_write_patch(struct server_look *look, size_t i, const json_t *body)
    __attribute__((nonnull, warn_unused_result));

/* Delete it, and apply what is desired in its place. */
int server_write_replace(struct server_look *look, size_t i)
    __attribute__((nonnull, warn_unused_result));
