/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The real server, run by a test
 *
 * Starts `hawser serve` on ports that the kernel chooses and reads from its log which they are. It
 * never outlives the test: served_free() kills it, and the kernel does when the thread that
 * started it ends, so that this should be the main thread.
 */

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define SERVED_ARGUMENTS_MAX 64

struct served;

/*
 * Run @binary with "serve --listen 127.0.0.1:0 --health-listen 127.0.0.1:0 --log-format json" and
 * @arguments, which end with NULL; standard error is captured.
 *
 * Errors: ERR_IO; a binary that cannot be run ends with status 127. Owner: the caller,
 * served_free().
 */
struct served *served_start(const char *binary, const char *const *arguments, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Kill it if it still runs, and forget it. Accepts NULL. */
void served_free(struct served *served);

/* Wait until it serves, and GET /readyz is answered with 200. Errors: ERR_NOT_FOUND when it does
 * not say in time that it serves; ERR_IO. */
int served_await_ready(struct served *served, unsigned int timeout_ms, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* "127.0.0.1:41234"; "" before served_await_ready(). */
const char *served_address(const struct served *served) __attribute__((nonnull));
const char *served_health_address(const struct served *served) __attribute__((nonnull));

/* GET @path on the health port, and write the status. Errors: ERR_IO, ERR_NOT_FOUND, ... of the
 * client; 0 is no status. */
int served_probe(const struct served *served,
                 const char *path,
                 unsigned int *status_out,
                 struct err *err) __attribute__((nonnull, warn_unused_result));

/* Wait for a line of the log, as capture_await(). */
json_t *served_await_line(struct served *served,
                          const char *message,
                          size_t *from,
                          unsigned int timeout_ms,
                          struct err *err) __attribute__((nonnull, warn_unused_result));

pid_t served_pid(const struct served *served) __attribute__((nonnull));

/* All that it wrote to standard error, to be freed. */
char *served_text(struct served *served) __attribute__((nonnull, warn_unused_result));

/* Nothing happens when it has ended. */
void served_signal(struct served *served, int signal) __attribute__((nonnull));

/*
 * Wait until it has ended. *@status_out is its exit status, or 128 and the signal that killed it.
 * Errors: ERR_IO when it still runs after @timeout_ms.
 */
int served_await_exit(struct served *served,
                      unsigned int timeout_ms,
                      int *status_out,
                      struct err *err) __attribute__((nonnull, warn_unused_result));

/* Resident memory now, and at its peak, in KiB, and how many descriptors are open; 0 when it has
 * ended or there is no /proc. */
size_t served_memory_kib(const struct served *served) __attribute__((nonnull));
size_t served_peak_kib(const struct served *served) __attribute__((nonnull));
size_t served_n_descriptors(const struct served *served) __attribute__((nonnull));

static inline void served_free_p(struct served **served)
{
    served_free(*served);
}
