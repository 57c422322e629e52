/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Is an object still as it was applied?
 *
 * What is desired names the fields that are ours. The API server fills in defaults beside them, and
 * others may add labels: that is no drift. A field of ours that has another value, or none, is; so
 * is an entry that somebody added to a list that must be exactly as it is, such as the ports of a
 * Service, which a server-side apply would leave there. Quantities are compared as amounts: the API
 * server writes "1024Mi" as "1Gi". Pure.
 *
 * Lists that Kubernetes merges by a key (containers, env, volumes, mounts by their name or path,
 * ports by number and protocol) are compared by that key, whatever their order; all other lists in
 * order. What is added to those an apply takes away again, as they are one value to it: that is
 * DIFFERENT. What is added to a list that is merged by a key, to a selector or nodeSelector, or a
 * second choice beside ours (a probe's handler, a volume's source) it would leave, or be refused
 * for: that is SURPLUS, and drift_patch() takes it away.
 *
 * An object is ours when our field manager has fields in it (metadata.managedFields), or it has our
 * labels. Taking away the one or the other does not make it somebody else's; a label
 * SERVER_OBJECTS_LABEL_HOME that names another hawser does. A Namespace without our labels is
 * nobody's, as it is usual to make them beforehand: it is DIFFERENT.
 *
 * "kind" and "apiVersion" are not compared, which items of lists do not have.
 */

#include <jansson.h>

enum drift_kind {
    DRIFT_NONE,
    DRIFT_ABSENT,    /* there is no such object */
    DRIFT_DIFFERENT, /* a field of ours has another value, or none */
    DRIFT_SURPLUS,   /* somebody added to a list that must be exactly so */
    DRIFT_OWNED,     /* it has ownerReferences: garbage collection would take it with its owner */
    DRIFT_FIXED,     /* a field differs that the API server does not let anybody change */
    DRIFT_FOREIGN,   /* it was there before us, or is another hawser's */
    DRIFT_GOING,     /* it is being deleted (deletionTimestamp) */
};

#define DRIFT_POINTER_SIZE 256

struct drift {
    enum drift_kind kind;
    char pointer[DRIFT_POINTER_SIZE]; /* where: a JSON Pointer into what is observed, or where it
                                         would be; "" for the whole; cut when it is too long */
    const json_t *wanted;             /* what is desired there; NULL: nothing. Borrowed */
    const json_t *found;              /* what is observed there; NULL: nothing. Borrowed */
};

/* The first drift of @observed, NULL for an object that does not exist, from @desired; the gravest
 * first: FOREIGN, GOING, FIXED, OWNED, SURPLUS, DIFFERENT. A Service that is headless is FIXED,
 * also where no address is asked for. PersistentVolumeClaims are judged by claim.h besides, which
 * knows of sizes: their spec is passed over here. */
void drift_find(const json_t *desired, const json_t *observed, struct drift *out)
    __attribute__((nonnull(1, 3)));

/*
 * A JSON merge patch (RFC 7386) that takes away all SURPLUS, and the owners, over the version that
 * was observed (metadata.resourceVersion). A list that has surplus is replaced by ours as a whole:
 * the API server fills in the defaults again. NULL without memory. Owner: the caller.
 */
json_t *drift_patch(const json_t *desired, const json_t *observed)
    __attribute__((nonnull, warn_unused_result));
