/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether this server should be sent requests
 *
 * It is ready when policies are loaded, the certificate in force is valid now, has the right names
 * and leads to the CA bundle where there is one, and a request through its own TLS port was
 * answered a moment ago. It stops being ready the moment it is told to stop.
 *
 * Thread-safe. Time is a parameter.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "webhook/server/current.h"
#include "webhook/server/identity.h"

/* A probe's result counts for so long. */
#define READINESS_PROBE_AGE_MS_MAX 10000

struct readiness {
    struct current *policies; /* both borrowed */
    struct identity *identity;
    pthread_mutex_t lock; /* of what follows */
    struct readiness_facts {
        bool is_stopping;
        bool was_probed;
        uint64_t probed_ms;
        struct err probe; /* how the last probe ended */
    } facts;
};

void readiness_init(struct readiness *readiness,
                    struct current *policies,
                    struct identity *identity) __attribute__((nonnull));
void readiness_clear(struct readiness *readiness) __attribute__((nonnull));

/* The probe that ended at @now_ms (CLOCK_MONOTONIC) succeeded, or failed with @err. */
void readiness_note_probe(struct readiness *readiness, const struct err *err, uint64_t now_ms)
    __attribute__((nonnull));

/* Never ready again. */
void readiness_stop(struct readiness *readiness) __attribute__((nonnull));

/* 0 when ready; else -1 with the reason in @err, whatever its code. */
int readiness_check(struct readiness *readiness, long long now_s, uint64_t now_ms, struct err *err)
    __attribute__((nonnull, warn_unused_result));
