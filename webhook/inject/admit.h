/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Admission: the one function that server, command line and tests call
 *
 * An AdmissionReview request (admission.k8s.io/v1) goes in, an AdmissionReview response comes out.
 * No I/O, no clock, no global state: equal input gives byte-equal output.
 *
 * Order: the review is read where it lies (review.h), the object decoded into a typed view
 * (workflow.h), policies chosen by the annotations (choose.h), decisions made (plan.h) and written
 * as a patch (emit.h), which adds only to what the view has seen in the object.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "policies/policy.h"
#include "webhook/inject/report.h"

/* The API server sends object and oldObject of at most 3 MiB each and can store 1.5 MiB. */
#define ADMIT_BODY_MAX (8UL * 1024 * 1024)

/*
 * Working memory of one request is 64 MiB beside its body: this arena, the patch and the answer. A
 * template takes 1 KiB of it, so that as many as the limits of a patch let pass take 8 MiB, and
 * notes on where lists and objects end take at most 16 MiB (base/json_reader.h).
 */
#define ADMIT_ARENA_MAX (60UL * 1024 * 1024)

/* Base64 of the largest patch, warnings, and the envelope. */
#define ADMIT_ANSWER_MAX (2UL * 1024 * 1024)

/* etcd stores 1.5 MiB (etcd embed/config.go); warn before, refuse at it. */
#define ADMIT_OBJECT_WARN_BYTES (1400UL * 1024)
#define ADMIT_OBJECT_MAX_BYTES  (1536UL * 1024)

struct admit_options {
    const struct policy_set *policies;
    const char *copier_image; /* where a policy names none: the image that hawser comes in */
    bool namespace_opted_in;  /* default policies apply unless the object opts out */
};

/*
 * Answer the review in the @len bytes at @body: append the response to @answer and tell in @report
 * what was done. An object that cannot be handled is a denial, with a message for the person who
 * ran `kubectl create`, and not an error.
 *
 * Errors: ERR_INVALID for what is not an AdmissionReview of a request we can answer (HTTP 400);
 * ERR_TOO_BIG for more than ADMIT_BODY_MAX, or than the report's arena holds (HTTP 413);
 * ERR_INTERNAL for a bug or no memory (HTTP 500). @answer may then hold a part; @report is
 * undefined. Owner: everything in @report lives in its arena, which the caller sets and nothing
 * else of it.
 */
int admit(const struct admit_options *options,
          const char *body,
          size_t len,
          struct buf *answer,
          struct report *report,
          struct err *err) __attribute__((nonnull, warn_unused_result));
