/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Does the whole way work?
 *
 * Asks the API server to create a small Workflow that opts in, as a dry run (dryRun=All): it goes
 * through admission as any other and is not stored. If the webhook was called, what comes back
 * carries hawser's status annotation and the volumes of the policies.
 */

#include "base/buf.h"
#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"

/* How long after the first try the last one is made while the webhook is not called: API servers
 * take a moment to learn of a new registration. */
#define SELFTEST_PATIENCE_MS 10000
#define SELFTEST_PAUSE_MS    500

struct selftest {
    struct loop *loop; /* all pointers are borrowed */
    struct kube *kube;
    const char *namespace_;
    const char *policy;       /* as in the annotation hawser.dev/policy; NULL: the default ones */
    unsigned int patience_ms; /* SELFTEST_PATIENCE_MS */
};

/*
 * Try it. What was found is appended to @out, a line for a person. Runs the loop.
 *
 * Errors: ERR_CONFLICT when the Workflow came back as it was sent: the webhook was not called;
 * ERR_INVALID with the API server's words when it was refused; ERR_NOT_FOUND where Argo Workflows
 * is not installed; ERR_IO when the API server did not answer.
 */
int selftest_try(const struct selftest *selftest, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
