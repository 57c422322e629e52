/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The three objects of the certificate job, watched
 *
 * Each by its name alone, which is all that the controller's roles allow.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "deploy/controller/certificate_objects.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/kube_watch.h"

enum certificate_object {
    CERTIFICATE_CA_SECRET,
    CERTIFICATE_TLS_SECRET,
    CERTIFICATE_REGISTRATION,
    CERTIFICATE_N_OBJECTS,
};

/* Zeroed at the beginning; release with certificate_watches_clear(). */
struct certificate_watches {
    const struct certificate_names *names; /* borrowed */
    struct kube_watch *items[CERTIFICATE_N_OBJECTS];
};

/* Begin to watch; @changed as of kube_watch_new(). Errors: ERR_INTERNAL. */
int certificate_watches_open(struct certificate_watches *watches,
                             struct kube *kube,
                             const struct certificate_names *names,
                             kube_watch_changed_fn *changed,
                             void *data,
                             struct err *err)
    __attribute__((nonnull(1, 2, 3, 4, 6), warn_unused_result));
void certificate_watches_clear(struct certificate_watches *watches) __attribute__((nonnull));

/* The fieldSelector for the object of this name alone. */
#define CERTIFICATE_WATCHES_SELECTOR_SIZE 320 /* names have at most 253 characters */
void certificate_watches_select(const char *name,
                                char out[static CERTIFICATE_WATCHES_SELECTOR_SIZE])
    __attribute__((nonnull));

/* Which object that is; @request gets what its path needs. */
void certificate_watches_name(const struct certificate_watches *watches,
                              enum certificate_object object,
                              struct kube_request *request) __attribute__((nonnull));

/* The objects as they are now, each a reference of the caller's, or NULL for one that does not
 * exist. */
void certificate_watches_take(const struct certificate_watches *watches,
                              json_t *out[static CERTIFICATE_N_OBJECTS]) __attribute__((nonnull));

/* Whether all were read at least once: before, nothing can be decided. */
bool certificate_watches_are_whole(const struct certificate_watches *watches)
    __attribute__((nonnull));

/* 0 when all were read, and none is refused by the server, else -1 with the reason. A stream that
 * is interrupted counts as refused only when a person must act, such as on RBAC. */
int certificate_watches_check(const struct certificate_watches *watches, struct err *err)
    __attribute__((nonnull, warn_unused_result));
