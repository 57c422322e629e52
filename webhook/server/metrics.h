/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Metrics
 *
 * What the server counts, and how it shows it: Prometheus' text format, version 0.0.4. No label
 * takes a value that a user controls without bound: kinds and operations that hawser does not
 * handle count as "other", and the names of policies are those that an operator wrote, at most
 * METRICS_POLICIES_MAX of them over the life of the process (the rest count as "other").
 *
 * Safe to call from all threads. One for each process; made before threads are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "webhook/inject/report.h"

#define METRICS_POLICIES_MAX 1024

/* More than metrics_write() ever appends, with that many policies and all kinds. */
#define METRICS_PAGE_MAX (1024UL * 1024)

struct metrics;

/* @version is for hawser_build_info. NULL with ERR_INTERNAL. */
struct metrics *metrics_new(const char *version, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void metrics_free(struct metrics *metrics);

/* How a request to the admission port ended that got an AdmissionReview back, or none. */
enum metrics_outcome {
    METRICS_ANSWERED,  /* the report says the rest */
    METRICS_MALFORMED, /* 4xx: not a review that can be answered */
    METRICS_FAILED,    /* 500: a bug, or no memory */
};

/*
 * Count a request that came to admit(): @n_bytes long, answered after @duration_us. @report is that
 * of admit() for METRICS_ANSWERED, else NULL. Requests of a dry run count, but nothing is counted
 * as injected or skipped for them.
 */
void metrics_count_admission(struct metrics *metrics,
                             enum metrics_outcome outcome,
                             const struct report *report,
                             size_t n_bytes,
                             uint64_t duration_us) __attribute__((nonnull(1)));

/* Count an answer of the admission port by its HTTP status. */
void metrics_count_response(struct metrics *metrics, unsigned int status) __attribute__((nonnull));

/* Why a request was answered with 503. */
enum metrics_shed { METRICS_SHED_MEMORY, METRICS_SHED_WAITED, METRICS_N_SHED };
void metrics_count_shed(struct metrics *metrics, enum metrics_shed reason) __attribute__((nonnull));

/* Why the server closed a connection that its client had not closed. */
enum metrics_closed {
    METRICS_CLOSED_HANDSHAKE, /* no whole first request in time, nor anything else of it */
    METRICS_CLOSED_REQUEST,   /* no whole request in time */
    METRICS_CLOSED_ANSWER,    /* the answer was not taken in time */
    METRICS_CLOSED_IDLE,      /* idle for too long */
    METRICS_CLOSED_FULL,      /* to make room for another */
    METRICS_N_CLOSED,
};
void metrics_count_closed(struct metrics *metrics, enum metrics_closed reason)
    __attribute__((nonnull));

/* What was read again, and whether it is in force now. */
enum metrics_reload { METRICS_RELOAD_POLICIES, METRICS_RELOAD_CERTIFICATE, METRICS_N_RELOADS };
void metrics_count_reload(struct metrics *metrics, enum metrics_reload what, bool done)
    __attribute__((nonnull));

/* What is in force. */
void metrics_set_policies(struct metrics *metrics, size_t n) __attribute__((nonnull));
void metrics_set_certificate_expiry(struct metrics *metrics, long long not_after_s)
    __attribute__((nonnull));

/* What is measured when it is asked for. */
struct metrics_sample {
    size_t n_connections; /* of the admission port */
    size_t body_bytes;    /* request bodies that are held */
    bool ready;
};

/* Append all of it, with process_* from /proc. */
void metrics_write(struct metrics *metrics, const struct metrics_sample *sample, struct buf *out)
    __attribute__((nonnull));

static inline void metrics_free_p(struct metrics **metrics)
{
    metrics_free(*metrics);
}
