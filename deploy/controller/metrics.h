/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Metrics of the controller
 *
 * What it counts and what it last saw, and how it shows it: Prometheus' text format. Plain data of
 * the one thread; no label takes a value that a user controls.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "deploy/kube/kube.h"

/* More than metrics_write() ever appends. */
#define METRICS_PAGE_MAX ((size_t)64 * 1024)

/* What the certificate job changed. */
enum metrics_change {
    METRICS_AUTHORITY,    /* a new CA was made */
    METRICS_LEAF,         /* a new serving certificate was issued */
    METRICS_BUNDLE,       /* the bundle beside it changed */
    METRICS_REGISTRATION, /* caBundle was written */
    METRICS_N_CHANGES,
};

struct metrics {
    const char *version; /* of the program */
    bool is_leader;
    uint64_t changes[METRICS_N_CHANGES];
    uint64_t failures;               /* of runs of the certificate job */
    long long authority_not_after_s; /* 0: there is none */
    long long leaf_not_after_s;
    long long leaf_renewal_s; /* when it is renewed */
    bool has_bundle;          /* the registration has the bundle that is wanted */
};

/* Append how often policies did not load. */
void metrics_write_policies(uint64_t n_failures, struct buf *out) __attribute__((nonnull));

/* Append all of it, with what the client counted and process_* from /proc. */
void metrics_write(const struct metrics *metrics, const struct kube_counts *kube, struct buf *out)
    __attribute__((nonnull));
