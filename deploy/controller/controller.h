/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The controller
 *
 * One process in one thread: an event loop (loop.h), a client of the API server (kube.h), a lease
 * that decides which of several controllers writes (lease.h), and jobs that watch what they keep
 * and put it right (certificates.h). A job runs outside of the loop's callbacks and may wait for
 * answers; the loop turns meanwhile, so the lease is renewed and probes are answered.
 *
 * Who does not lead watches, answers probes, and writes nothing. SIGTERM and SIGINT end it: what is
 * under way is cut at any of its requests, which every job can bear, and the lease is given up, so
 * that the next one leads at once; all within CONTROLLER_STOP_MS.
 */

#include "base/err.h"
#include "deploy/controller/settings.h"
#include "deploy/kube/kube_config.h"

/* How long giving up the lease may take; less than any kubelet waits after SIGTERM. */
#define CONTROLLER_STOP_MS 3000

/*
 * Run until told to stop. Errors: what keeps it from starting: those of kube_new() and
 * address_listen(), ERR_INVALID, ERR_INTERNAL. A cluster that does not answer is no error: it is
 * waited for.
 */
int controller_run(const struct settings *settings,
                   const struct kube_config *config,
                   const char *version,
                   struct err *err) __attribute__((nonnull, warn_unused_result));
