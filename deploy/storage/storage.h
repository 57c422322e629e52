/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The storage job
 *
 * Keeps what policies rely on: the NFS servers of NFSProvisioner documents (server.h), and the
 * claims that policies ask for (claim_keeper.h); finds volumes whose server is gone (lost.h) and
 * workflows that got nothing (missed.h). It watches, and acts when something changes, when a
 * back-off is over, and every STORAGE_RESYNC_MS besides. Servers come first: while there are many
 * claims to make it looks at the servers between them.
 *
 * It deletes nothing that holds data. What it does and what keeps it from it is told by log lines,
 * Events and metrics (news.h), and by status.h as a whole.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "deploy/kube/events.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"
#include "deploy/storage/status.h"
#include "policies/policy.h"

#define STORAGE_RESYNC_MS 600000ULL /* plus up to a tenth */

struct storage;

struct storage_options {
    const char *home;          /* the namespace of hawser; texts are borrowed */
    struct text_list excluded; /* namespaces that the webhook is not asked about, hawser's own among
                                  them */
};

/* Begins to watch; there is nothing to keep before storage_use(). NULL with ERR_INTERNAL. */
struct storage *storage_new(struct loop *loop,
                            struct kube *kube,
                            struct events *events,
                            const struct storage_options *options,
                            struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void storage_free(struct storage *storage);

/* From the next run on @set counts, which it shares. @since_s: since when policies are as they are;
 * 0: for ever. */
void storage_use(struct storage *storage, struct policy_set *set, long long since_s)
    __attribute__((nonnull));

/* Whether storage_run() has something to do. */
bool storage_is_due(const struct storage *storage) __attribute__((nonnull));

/* This process leads from now on: it is due. Or it does not any more, which it does not at the
 * beginning: what it knows is past, and servers are not asked. Also while it runs. */
void storage_lead(struct storage *storage) __attribute__((nonnull));
void storage_rest(struct storage *storage) __attribute__((nonnull));

/* One run. Waits for answers, in steps of the loop; not from one of its callbacks. */
void storage_run(struct storage *storage) __attribute__((nonnull));

/* Whether everything was read, and its changes are told; else the reason is in @err. */
int storage_check(const struct storage *storage, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether there is something new to report since this was last asked. */
bool storage_take_news(struct storage *storage) __attribute__((nonnull));

/* Add what the last run saw to @status. False: there was none since this process leads, or since
 * policies changed. */
bool storage_add_status(const struct storage *storage, struct status *status)
    __attribute__((nonnull));

/* Append its metrics; those that are gauges are known when the status is. */
void storage_write_metrics(const struct storage *storage, struct buf *out) __attribute__((nonnull));

static inline void storage_free_p(struct storage **storage)
{
    storage_free(*storage);
}
