/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificate job
 *
 * Keeps the webhook's certificates: the two Secrets and the caBundle of the registration
 * (certificate_objects.h), as certs/rotation.h plans it. It watches the three objects and acts when
 * one of them changes, when time has come, and every CERTIFICATES_RESYNC_MS besides, so that what
 * somebody emptied or overwrote is back in a moment.
 *
 * An object that the copy lacks is looked for once more before it is made: the copy may be late,
 * and a CA that was made over another one is lost to all who trust it. Who fights over the caBundle
 * is let win for longer each time, and that is told.
 *
 * One run writes in the order that is safe wherever it is cut: the Secret with the CA's key first,
 * because what it signs must never outlive it; then the caBundle, then the leaf. A run that fails
 * at any step changes nothing else and is made again, from what is there then. Nothing is
 * remembered but since when the registration has trusted the present CA.
 *
 * What it does and what keeps it from it is told by log lines, Events on the webhook's Secret, and
 * metrics.h; the same trouble is told once until it changes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "deploy/controller/certificate_terms.h"
#include "deploy/controller/metrics.h"
#include "deploy/kube/events.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"

#define CERTIFICATES_RESYNC_MS  600000ULL /* plus up to a tenth */
#define CERTIFICATES_REFUSED_MS 60000ULL  /* after what only a person can change, such as RBAC */

struct certificates_options {
    struct certificate_options certificate;
    unsigned int settle_ms; /* how long API servers may take to see a new caBundle */
};

struct certificates;

/*
 * Begins to watch. All pointers and texts are borrowed. NULL with the errors of
 * certificate_terms_make(), or ERR_INTERNAL.
 */
struct certificates *certificates_new(struct loop *loop,
                                      struct kube *kube,
                                      struct events *events,
                                      struct metrics *metrics,
                                      const struct certificates_options *options,
                                      struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void certificates_free(struct certificates *certificates);

/* Whether certificates_run() has something to do. */
bool certificates_is_due(const struct certificates *certificates) __attribute__((nonnull));

/* This process leads from now on: it is due, and what others did meanwhile is not known. */
void certificates_lead(struct certificates *certificates) __attribute__((nonnull));

/* One run. Waits for answers, in steps of the loop; not from one of its callbacks. */
void certificates_run(struct certificates *certificates) __attribute__((nonnull));

/* Whether the objects were read, and their changes are told; else the reason is in @err. */
int certificates_check(const struct certificates *certificates, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void certificates_free_p(struct certificates **certificates)
{
    certificates_free(*certificates);
}
