/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * AdmissionReview, admission.k8s.io/v1
 *
 * Reading the request that the API server sends and writing the response that it accepts
 * (k8s.io/api/admission/v1, k8s.io/apiserver/pkg/admission/plugin/webhook).
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "policies/policy.h"

#define REVIEW_UID_MAX 256 /* the API server's are 36 bytes */

/* The request; all strings are borrowed from the document that was read, or empty. */
struct review {
    const char *uid;
    const char *operation; /* "CREATE", ... */
    const char *group;     /* of request.kind */
    const char *version;
    const char *kind;
    const char *namespace; /* "" for objects without one */
    bool dry_run;          /* nothing is stored, and nothing may be done for good */
    json_t *object;        /* NULL for DELETE and CONNECT */
    json_t *old_object;    /* NULL for CREATE and CONNECT */
};

/*
 * Read the AdmissionReview @document.
 *
 * Errors: ERR_INVALID, naming the place, for another kind or version, and for a request without
 * uid, operation or kind, or without the object that a CREATE or UPDATE must have.
 */
int review_read(json_t *document, struct review *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* What goes back. Exactly one of `denial` and allowing is said. */
struct review_answer {
    const char *uid;
    const char *denial;        /* NULL: allowed */
    const char *patch;         /* a JSON Patch that is not empty, or NULL */
    struct text_list warnings; /* as report_warnings() makes them */
    struct text_list policies; /* for the audit log; none: no audit annotations */
    const char *policies_hash;
    const char *outcome;
};

/* Append the AdmissionReview with the response. Errors: ERR_TOO_BIG at the limit of @buf,
 * ERR_INTERNAL. */
int review_write(const struct review_answer *answer, struct buf *buf, struct err *err)
    __attribute__((nonnull, warn_unused_result));
