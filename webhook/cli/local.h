/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Admission without a cluster
 *
 * What would happen to an object that is created now: it is wrapped as the API server wraps it,
 * goes through the same admit() as on the server, and the patch that comes back is applied. Objects
 * that the webhook is not registered for pass unchanged. Nothing but hawser's changes shows in the
 * result: defaults, and the namespace that the API server would fill in, are left out.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "webhook/inject/admit.h"

struct local_options {
    struct admit_options admit;
    const char *namespace; /* for objects that name none; NULL: "default" */
    const char *policy;    /* what hawser.dev/policy is set to first; NULL: left as it is */
};

/* Release with local_result_clear(). Texts live in the arena. */
struct local_result {
    bool asked;         /* one of our kinds: the webhook was asked, and the report is filled */
    json_t *object;     /* as it would be stored; NULL when denied */
    json_t *patch;      /* the JSON Patch, an empty list when nothing changes; NULL when denied */
    const char *denial; /* NULL when not denied */
    struct text_list warnings;
    struct report report;
};

void local_result_clear(struct local_result *result) __attribute__((nonnull));

/*
 * Admit @object, which has a kind and an apiVersion and is not changed.
 *
 * Errors: ERR_INVALID for a namespace that contradicts the object's own, and metadata that cannot
 * carry annotations; ERR_TOO_BIG past ADMIT_BODY_MAX; ERR_INTERNAL. @out is untouched then.
 */
int local_admit(const struct local_options *options,
                json_t *object,
                struct arena *arena,
                struct local_result *out,
                struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void local_result_clear_p(struct local_result *result)
{
    local_result_clear(result);
}
