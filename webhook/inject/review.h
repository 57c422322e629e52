/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * AdmissionReview, admission.k8s.io/v1
 *
 * Reading the request that the API server sends and writing the response that it accepts
 * (k8s.io/api/admission/v1, k8s.io/apiserver/pkg/admission/plugin/webhook).
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_reader.h"
#include "policies/policy.h"

#define REVIEW_UID_MAX 256 /* the API server's are 36 bytes */

/* The request; strings live in the arena that it was read with. */
struct review {
    const char *uid;
    const char *operation; /* "CREATE", ... */
    const char *group;     /* of request.kind */
    const char *version;
    const char *kind;
    const char *namespace;       /* "" for objects without one */
    bool dry_run;                /* nothing is stored, and nothing may be done for good */
    struct json_view object;     /* nothing for DELETE and CONNECT */
    struct json_view old_object; /* nothing for CREATE and CONNECT */
};

/*
 * Read the AdmissionReview @document, all of it.
 *
 * Errors: ERR_INVALID, naming the place, for another kind or version, and for a request without
 * uid, operation or kind, or without the object that a CREATE or UPDATE must have; those of the
 * reader.
 */
int review_read(const struct json_view *document,
                struct arena *arena,
                struct review *out,
                struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Read it up to where the object starts, which the API server sends behind everything that says
 * what kind of request it is (k8s.io/api/admission/v1, the order of the struct's fields). So
 * `dry_run` and `old_object` are not set, nor `namespace` if somebody sends it behind, and what is
 * there a second time is not seen.
 *
 * Errors: as above, also for what stands behind the object.
 */
int review_glance(const struct json_view *document,
                  struct arena *arena,
                  struct review *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

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
