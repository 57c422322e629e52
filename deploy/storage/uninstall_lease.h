/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * That no controller leads
 *
 * Reads the controllers' Lease and never writes it. Who holds it lives as long as the Lease
 * changes; a holder that says nothing for the duration it promised is dead (lease_record.h). To
 * tell takes a retry period for one that lives, the duration for one that died, and no time where
 * the Lease was given up or is not there.
 */

#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/lease_record.h"
#include "deploy/kube/loop.h"

/* How often it is read until it is known whether its holder lives. */
#define UNINSTALL_LEASE_POLL_MS 500

struct uninstall_lease {
    struct loop *loop; /* pointers are borrowed */
    struct kube *kube;
    const char *namespace_;
    const char *name;
    struct lease_sight sight; /* zeroed at the beginning */
};

/* Return when it is known; runs the loop. Errors: ERR_CONFLICT when a controller leads; ERR_IO. */
int uninstall_lease_await(struct uninstall_lease *lease, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Read it once more: whether one began to lead since uninstall_lease_await(). Errors: the same. */
int uninstall_lease_check(struct uninstall_lease *lease, struct err *err)
    __attribute__((nonnull, warn_unused_result));
