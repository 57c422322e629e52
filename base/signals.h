/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signals
 *
 * They are blocked in all threads and taken by the main one when it has time for them, so that no
 * handler ever runs.
 */

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
