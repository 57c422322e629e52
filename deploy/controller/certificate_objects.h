/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Certificates as Kubernetes objects
 *
 * The certificates of certs/rotation.h live in three objects:
 *
 *     Secret for the controller   ca.crt, ca.key, old.crt, old-leaves.crt
 *     Secret for the webhook      tls.crt, tls.key, and in ca.crt the bundle
 *     MutatingWebhookConfiguration  webhooks[].clientConfig.caBundle, the bundle
 *
 * The webhook's pods never see the CA's key. What is written here are configurations for
 * server-side apply: exactly the fields that are the controller's. Of the registration that is one
 * field; everything else in it is Helm's. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "certs/rotation.h"

/* A Secret holds at most 1 MiB, and what is decoded from it less. */
#define CERTIFICATE_OBJECTS_BYTES_MAX ((size_t)1024 * 1024)

struct certificate_names {
    const char *namespace_;
    const char *ca_secret;
    const char *tls_secret;
    const char *configuration; /* the MutatingWebhookConfiguration */
    const char *service;       /* whose entries in it are meant */
};

/* What rotation_plan() is asked about, with texts of its own. */
struct certificate_texts {
    struct rotation_have have;
    char *owned[7];
};

/*
 * What stands in the two Secrets, either of which may be NULL for one that does not exist. A value
 * that is no base64, holds a NUL or is too long counts as one that is broken, not as absent: it
 * reads as "". Errors: ERR_INTERNAL. Release with certificate_texts_clear(), which cleanses.
 */
int certificate_texts_read(const json_t *ca_secret,
                           const json_t *tls_secret,
                           struct certificate_texts *out,
                           struct err *err) __attribute__((nonnull(3, 4), warn_unused_result));
void certificate_texts_clear(struct certificate_texts *texts) __attribute__((nonnull));

/* Whether the Secrets already say what is wanted. */
bool certificate_texts_match_ca(const struct certificate_texts *texts,
                                const struct rotation_want *want) __attribute__((nonnull));
bool certificate_texts_match_tls(const struct certificate_texts *texts,
                                 const struct rotation_want *want) __attribute__((nonnull));

/*
 * What to apply. @present is the object as it was read, NULL for one that does not exist: with it,
 * only that version is written over (metadata.resourceVersion). NULL when there is no memory.
 * Owner: the caller, json_decref().
 */
json_t *certificate_objects_ca_secret(const struct certificate_names *names,
                                      const json_t *present,
                                      const struct rotation_want *want)
    __attribute__((nonnull(1, 3), warn_unused_result));
json_t *certificate_objects_tls_secret(const struct certificate_names *names,
                                       const json_t *present,
                                       const struct rotation_want *want)
    __attribute__((nonnull(1, 3), warn_unused_result));

/*
 * Of a registration only the entries count that call our Service (clientConfig.service): others are
 * somebody else's. Whether there are any; @present may be NULL.
 */
bool certificate_objects_is_registered(const struct certificate_names *names, const json_t *present)
    __attribute__((nonnull(1)));

/* The caBundle of each entry of the registration @present. NULL also when it has no entries. */
json_t *certificate_objects_registration(const struct certificate_names *names,
                                         const json_t *present,
                                         const char *bundle)
    __attribute__((nonnull, warn_unused_result));

/* The same without a cluster: the chart's entries in the configuration @name. */
json_t *certificate_objects_chart_registration(const char *name, const char *bundle)
    __attribute__((nonnull, warn_unused_result));

/* Whether each entry of the registration @present has exactly this bundle as its caBundle. */
bool certificate_objects_has_bundle(const struct certificate_names *names,
                                    const json_t *present,
                                    const char *bundle) __attribute__((nonnull));

/* Whether each entry trusts the first certificate of @authority (PEM), among others or alone. */
bool certificate_objects_trusts(const struct certificate_names *names,
                                const json_t *present,
                                const char *authority) __attribute__((nonnull));

/*
 * Whether the Secrets, which may be NULL, are of the types that are applied: a type cannot be
 * changed. Errors: ERR_INVALID, with what can be done.
 */
int certificate_objects_check_types(const struct certificate_names *names,
                                    const json_t *ca_secret,
                                    const json_t *tls_secret,
                                    struct err *err)
    __attribute__((nonnull(1, 4), warn_unused_result));

static inline void certificate_texts_clear_p(struct certificate_texts *texts)
{
    certificate_texts_clear(texts);
}
