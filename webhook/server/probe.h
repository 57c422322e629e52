/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trying our own TLS port
 *
 * A thread connects to the admission port as a client does, sees that the handshake presents a
 * certificate of ours, asks for /healthz and reads the answer. What it finds is the last of the
 * conditions of readiness: it notices a port that is full, workers that hang, and a system that is
 * out of descriptors.
 */

#include "base/err.h"
#include "webhook/server/identity.h"
#include "webhook/server/readiness.h"

#define PROBE_EVERY_MS   2000
#define PROBE_TIMEOUT_MS 1000

/* What is asked for; the admission port answers 200 without asking who wants to know. */
#define PROBE_PATH "/healthz"

/*
 * One try of the port at @address (as address_connect() takes it), within PROBE_TIMEOUT_MS.
 *
 * Errors: ERR_IO and ERR_INTERNAL, with what went wrong.
 */
int probe_once(const char *address, struct identity *identity, struct err *err)
    __attribute__((nonnull, warn_unused_result));

struct probe;

/* Try it now and then, and tell @readiness. The first try is made before this returns. @address and
 * @identity must outlive it. NULL with ERR_INTERNAL. */
struct probe *probe_start(const char *address,
                          struct identity *identity,
                          struct readiness *readiness,
                          struct err *err) __attribute__((nonnull, warn_unused_result));

/* Ends the thread. Accepts NULL. */
void probe_stop(struct probe *probe);
