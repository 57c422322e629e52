/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Volumes whose server is gone
 *
 * When the pod of an ephemeral server was replaced, volumes of the one before are still there, and
 * whoever has one mounted hangs (volumes.h). Each is told of by an Event on its claim, and on the
 * workflow that the claim belongs to. When its claim is gone and no pod uses it any more the volume
 * is deleted, which its provisioner never does. One that cannot be, as it is used or the API server
 * refuses it, is not looked at again before LOST_AGAIN_MS, and holds up no other.
 *
 * Only servers are looked at whose StatefulSet and Service this hawser keeps: what another one
 * keeps under the same name is none of its business.
 */

#include <stddef.h>

#include "deploy/kube/kube.h"
#include "deploy/storage/later.h"
#include "deploy/storage/news.h"
#include "deploy/storage/server.h"
#include "deploy/storage/status.h"
#include "deploy/storage/told.h"
#include "deploy/storage/watches.h"
#include "policies/policy.h"

/* So many are tried to delete in one look. */
#define LOST_AT_ONCE 5

#define LOST_AGAIN_MS 60000ULL

/* Zeroed at the beginning; release with lost_clear(). */
struct lost {
    struct told told;
    struct told failed; /* those that the API server does not delete */
    struct later again; /* uids of those that were tried */
    size_t n;           /* in the last look */
    bool has_more;      /* there are more to be deleted: worth another look at once */
};

/*
 * Look at the volumes of all @servers. Waits for answers, in steps of the loop. KUBE_HALTED: this
 * process must not write any more; else KUBE_OK.
 */
enum kube_outcome lost_run(struct lost *lost,
                           const struct server_context *context,
                           struct server *const *servers,
                           size_t n_servers) __attribute__((nonnull, warn_unused_result));

/* Add them to @status. */
void lost_add_status(const struct server_context *context,
                     struct server *const *servers,
                     size_t n_servers,
                     struct status *status) __attribute__((nonnull));

void lost_clear(struct lost *lost) __attribute__((nonnull));
