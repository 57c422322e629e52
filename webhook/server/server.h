/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The admission server
 *
 * Two ports: admission over TLS, and health and metrics without. Threads: the main one takes
 * signals and keeps the log going; each port has a door (listener.h) and its workers, admission as
 * many as there are processors to use; one reads files again when they change; one tries the TLS
 * port as a client would.
 *
 * Stopping: the first SIGTERM makes the server unready at once and has every answer close its
 * connection, while it goes on serving for the grace period, because the cluster sends requests
 * until it has taken note. Then the door is closed, what is under way is finished, and the server
 * ends. SIGINT does the same without the grace period. A second signal ends it at once. SIGHUP has
 * all files read again.
 */

#include <stdbool.h>

#include "base/err.h"
#include "webhook/server/settings.h"

/*
 * Serve until told to stop. *@cut_out says whether requests were cut, by a second signal or because
 * they did not end in time.
 *
 * Errors: what keeps it from starting: those of the files that the settings name, once the start
 * time-out is over; of the addresses; ERR_IO where the process may not have enough open files;
 * ERR_INTERNAL without memory or threads.
 */
int server_run(const struct settings *settings, const char *version, bool *cut_out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
