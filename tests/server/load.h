/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Load
 *
 * Threads that send one request again and again, each on a connection that it keeps, as the API
 * server does, and count what fails. Nothing is tried twice: a POST is not. A new connection is
 * made only where the last answer said "Connection: close", where the server closed in peace before
 * a byte of the next request was sent, where the options ask for it, and after a failure.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tests/server/client.h"

#define LOAD_THREADS_MAX 64

struct load_options {
    const char *address;
    struct client_options client;
    struct client_message message;
    unsigned int n_threads;
    unsigned int n_for_each_connection; /* requests; 0: as many as the server allows */
    unsigned int pause_ms;              /* between two requests of a thread */
    unsigned int status;                /* that is expected; 0: 200 */
    uint64_t slow_us;                   /* what takes longer is counted as slow; 0: nothing is */

    /* What an answer must be beside; NULL: anything. Returns 0, or -1 with a message. Called from
     * all threads. */
    int (*check)(const struct answer *answer, void *data, struct err *err);
    void *data;
};

struct load_result {
    size_t n_requests; /* those that failed, too */
    size_t n_failures; /* each other outcome than the answer that is expected */
    size_t n_connections;
    size_t n_slow;            /* good answers that took longer than the options say */
    uint64_t slowest_us;      /* from the first byte sent to the last received, connecting apart */
    struct err first_failure; /* when there is one */
};

struct load;

/* What @options point to is borrowed until the load is over. Errors: ERR_INTERNAL. Owner: the
 * caller, load_free(). */
struct load *load_start(const struct load_options *options, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* What has happened so far. */
void load_read(struct load *load, struct load_result *out) __attribute__((nonnull));

/* Let the requests under way finish, and say what happened in all. */
void load_stop(struct load *load, struct load_result *out) __attribute__((nonnull));

/* Stop, if that was not done, and release. Accepts NULL. */
void load_free(struct load *load);

static inline void load_free_p(struct load **load)
{
    load_free(*load);
}
