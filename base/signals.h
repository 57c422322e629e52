/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signals
 *
 * They are blocked in all threads and taken by the main one when it has time for them, so that no
 * handler ever runs.
 */

#include "base/err.h"

enum signals_word {
    SIGNALS_NONE,
    SIGNALS_RELOAD,    /* SIGHUP */
    SIGNALS_STOP,      /* SIGTERM */
    SIGNALS_INTERRUPT, /* SIGINT: somebody at a keyboard waits */
};

/* Block them, and ignore SIGPIPE. Before any thread is started. */
void signals_block(void);

/* Wait at most @timeout_ms for the next one. */
enum signals_word signals_wait(unsigned int timeout_ms);

/*
 * A descriptor that can be read while one waits to be taken with signals_wait(0), for a loop that
 * waits for other descriptors too. After signals_block(). Owner: the caller, close(). -1 with
 * ERR_INTERNAL.
 */
int signals_open(struct err *err) __attribute__((nonnull, warn_unused_result));
