/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Workflows that opted in and were not injected
 *
 * With failurePolicy Ignore a Workflow that is created while the webhook is down runs without its
 * volumes, and nobody is told. It is seen by what is missing: the webhook writes a report
 * (hawser.dev/status) on every Workflow for which it chose a policy of mode Inject, whatever was
 * left to inject, and refuses what it cannot serve.
 *
 * A false alarm is worse than a miss, so a Workflow counts as missed only if all of this is known:
 *
 * - It opts in: by hawser.dev/policy or hawser.dev/inject "true", or by the label of its namespace.
 * - It did so when it was created. Annotations that somebody adds to a Workflow that runs have no
 *   effect and are no miss. metadata.managedFields tell: what opts in was written together with the
 *   spec, in the seconds around its creation, or by what set its owner, as Argo's controller does
 *   for a CronWorkflow, which goes on to write the status and with that moves the time. With the
 *   status it also writes what spec.workflowMetadata says, the Workflow's own or its template's:
 *   who may have written both is a doubt. The label of a namespace must have been written before.
 *   Without managedFields nothing is missed.
 * - Each policy that it names is there and matches it, and one at least that it takes has mode
 *   Inject. A selector on Argo's own labels (workflows.argoproj.io/), which change, is a doubt; so
 *   is one of a default policy on labels that are not known to be there since the creation.
 * - The policies are older than it: otherwise they may have been others then.
 * - The webhook is asked about its namespace.
 *
 * Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

/* So long after a change of the policies the webhook may still have had the ones before: the
 * kubelet updates a mounted ConfigMap once a minute, from a cache that is a minute old. */
#define MISSED_SETTLING_S 180

/* Between the time of an object's creation and that of its fields, webhooks are asked, of which
 * each may take 30 s. */
#define MISSED_ADMISSION_S 30

struct missed_terms {
    const struct policy_set *policies;
    long long policies_since_s; /* since when they are so; 0: for ever */
    struct text_list excluded;  /* namespaces that the webhook is not asked about, beside kube-* */
};

/*
 * Whether @workflow, which lies in @namespace_ (the object; NULL: its labels are not known), was
 * missed. @reason then says so, as the text of an Event; otherwise it is "".
 */
#define MISSED_REASON_SIZE ERR_MSG_SIZE
bool missed_judge(const struct missed_terms *terms,
                  const json_t *workflow,
                  const json_t *namespace_,
                  char reason[static MISSED_REASON_SIZE]) __attribute__((nonnull(1, 2)));
