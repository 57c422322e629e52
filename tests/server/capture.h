/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a process writes, line by line
 *
 * A thread reads a pipe into memory all the time, so that the writer never waits for the test. A
 * test waits for a line of the log, or looks at the text when something went wrong.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

#define CAPTURE_BYTES_MAX ((size_t)32 * 1024 * 1024) /* what comes later is read and forgotten */

struct capture;

/* Read @fd, which is closed in any case. Errors: ERR_INTERNAL. Owner: the caller, capture_free().
 */
struct capture *capture_start(int fd, struct err *err) __attribute__((nonnull, warn_unused_result));

/* Stop reading, though there may be writers left. Accepts NULL. */
void capture_free(struct capture *capture);

/*
 * Wait for a line that is a JSON object with the "msg" @message. The search begins at the byte
 * *@from of the text, at first 0, and leaves it behind the line that was found: so each line is
 * found once, in order. Lines that are no JSON are passed over.
 *
 * Errors: ERR_NOT_FOUND when there is none within @timeout_ms, or nothing more will come.
 * Owner: the caller, json_decref().
 */
json_t *capture_await(struct capture *capture,
                      const char *message,
                      size_t *from,
                      unsigned int timeout_ms,
                      struct err *err) __attribute__((nonnull, warn_unused_result));

/* Wait until nothing more will come, at most @timeout_ms: what a process wrote before it ended may
 * still be on its way. */
void capture_await_end(struct capture *capture, unsigned int timeout_ms) __attribute__((nonnull));

/* A copy of all that was written, to be freed; never NULL but without memory. */
char *capture_text(struct capture *capture) __attribute__((nonnull, warn_unused_result));

static inline void capture_free_p(struct capture **capture)
{
    capture_free(*capture);
}
