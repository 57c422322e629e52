/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Delete hawser's storage from a cluster
 *
 * Carries out what uninstall.h decides, as somebody who may do everything: each kind is listed
 * once, each object is deleted by its uid, one that is gone already is fine. Whatever cuts it, it
 * can be run again, and a run when all is done changes nothing.
 *
 * A controller that leads would put everything back: it is refused while one does
 * (uninstall_lease.h). The Lease is not taken: who uninstalls should leave nothing new behind.
 *
 * After the StorageClasses are gone the Lease and all claims are looked at again. If there is a
 * controller or a claim now, nothing more is deleted.
 */

#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"
#include "deploy/storage/uninstall.h"

/* Pointers are borrowed. */
struct uninstall {
    struct loop *loop;
    struct kube *kube;
    struct uninstall_terms terms;
    const char *lease; /* its name, in the namespace `terms.home` */
    bool is_dry_run;   /* say what would be deleted; all else is looked at and refused as well */

    /* Each thing that was done, and each that stands in the way, at once: a line without its end.
     */
    void (*say)(void *data, const char *line);
    void *data;
};

/*
 * Do it. Runs the loop. Errors: ERR_CONFLICT when it is refused, or stopped because the world
 * changed meanwhile; ERR_IO with the API server's words; ERR_INTERNAL.
 */
int uninstall_run(const struct uninstall *uninstall, struct err *err)
    __attribute__((nonnull, warn_unused_result));
