/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asking one NFS server now and then whether it lives
 *
 * Every PROBE_PERIOD_MS while its pod is ready, at its Service's address, as clients reach it
 * (nfs_null.h). It counts as silent after PROBE_FAILURES questions in a row that were not answered
 * well: one that is lost on its way is no outage.
 */

#include <stdbool.h>
#include <stdint.h>

#include "deploy/kube/loop.h"
#include "deploy/storage/nfs_null.h"

#define PROBE_PERIOD_MS  10000
#define PROBE_TIMEOUT_MS 3000
#define PROBE_FAILURES   3

/* Must not move while a question is under way. Zeroed at the beginning; release with
 * probe_clear(). */
struct probe {
    uint16_t port;             /* 0: that of NFS; for tests */
    struct nfs_null *question; /* NULL: none is under way */
    uint64_t next_ms;          /* when the next is due; CLOCK_MONOTONIC */
    bool is_known;             /* one was, or enough were not */
    unsigned int n_failures;   /* in a row */
    struct nfs_null_result result;
    void (*changed)(void *data); /* whether it answers has changed */
    void *data;
};

/* Ask if it is time. @address: of the Service; NULL: the server is not up, and nothing is known. */
void probe_mind(struct probe *probe, struct loop *loop, const char *address, uint64_t now_ms)
    __attribute__((nonnull(1, 2)));

/* Whether it has stopped to answer. */
bool probe_is_silent(const struct probe *probe) __attribute__((nonnull));

void probe_clear(struct probe *probe) __attribute__((nonnull));
