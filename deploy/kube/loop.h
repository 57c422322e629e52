/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The event loop
 *
 * One thread does everything: transfers of libcurl, descriptors (the health port, signals) and
 * timers. A step waits until something is ready and calls back. What waits for its own transfer
 * (kube_call()) runs steps meanwhile, so leases are renewed, watches are read and probes answered
 * while a slow answer is on its way. A callback never runs inside another: it notes what it saw, or
 * starts something, and returns. A callback that waits is a bug and asserts.
 */

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct loop;

/* NULL with ERR_INTERNAL. One for each process: libcurl's global state begins here, and SIGPIPE is
 * ignored from now on, which libcurl leaves to its callers where it may use no signals. */
struct loop *loop_new(struct err *err) __attribute__((nonnull, warn_unused_result));

/* After everything that uses it. Accepts NULL. */
void loop_free(struct loop *loop);

/* Call @ready in a step where @fd can be read, until loop_remove_fd(). The descriptor stays the
 * caller's. At most LOOP_FDS_MAX: a few that stay, and one for each server that is asked whether it
 * lives. Who adds more than a fixed few asks loop_has_room() first. */
#define LOOP_FDS_MAX 32
typedef void loop_ready_fn(void *data);
void loop_add_fd(struct loop *loop, int fd, loop_ready_fn *ready, void *data)
    __attribute__((nonnull(1, 3)));
bool loop_has_room(const struct loop *loop) __attribute__((nonnull));

/* The same where @fd can be written to, or the connection that it was making has failed. */
void loop_add_writable_fd(struct loop *loop, int fd, loop_ready_fn *ready, void *data)
    __attribute__((nonnull(1, 3)));
void loop_remove_fd(struct loop *loop, int fd) __attribute__((nonnull));

/*
 * A timer: a struct of its owner, zeroed before its first use. When @due_ms (CLOCK_MONOTONIC, ms)
 * has come, @ring is called once in the next step. Setting it again moves it; a timer that is not
 * set costs nothing. loop_stop_timer() before its memory goes.
 */
struct loop_timer {
    void (*ring)(void *data);
    void *data;
    uint64_t due_ms;
    struct loop_timer *next; /* of those that are set; the loop's */
    bool is_set;
};
void loop_set_timer(struct loop *loop, struct loop_timer *timer, uint64_t due_ms)
    __attribute__((nonnull));
void loop_stop_timer(struct loop *loop, struct loop_timer *timer) __attribute__((nonnull));

/* Give @easy to the loop; @done is called once with curl's result unless it is removed before. Its
 * CURLOPT_PRIVATE is the loop's. Errors: ERR_INTERNAL. */
typedef void loop_done_fn(void *data, CURLcode result);
int loop_add_transfer(struct loop *loop,
                      CURL *easy,
                      loop_done_fn *done,
                      void *data,
                      struct err *err) __attribute__((nonnull(1, 2, 3, 5), warn_unused_result));
void loop_remove_transfer(struct loop *loop, CURL *easy) __attribute__((nonnull));

/* One step: wait at most @timeout_ms for something to be ready, and call back. */
void loop_step(struct loop *loop, unsigned int timeout_ms) __attribute__((nonnull));

static inline void loop_free_p(struct loop **loop)
{
    loop_free(*loop);
}
