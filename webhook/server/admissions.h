/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Metrics of what admission did, from the reports of the engine
 *
 *     hawser_admission_requests_total{kind,operation,outcome}
 *     hawser_injections_total{policy,kind}
 *     hawser_skipped_templates_total{reason}
 *
 * A policy counts as injected where the report has something of it that was added: report->policies
 * lists those of mode Warn too, and those whose volumes were all in place. A CronWorkflow is given
 * annotations only: policies, and what is skipped, count for the Workflows that it starts.
 *
 * What was skipped counts once for each template and reason, however many of a policy's volumes it
 * concerns. What lies outside of the object's templates counts once for each policy: a template of
 * another object (reason "reference"), a volume that nothing mounts ("unused").
 *
 * Shown from the start, so that a first denial is an increase and no new series, is what a webhook
 * that is registered rightly can meet: CREATE and UPDATE of the four kinds, and the reasons for
 * which something can be skipped. The rest is shown once it was counted.
 *
 * Safe to call from all threads.
 */

#include "base/buf.h"
#include "webhook/inject/report.h"

struct admissions;

/* NULL when there is no memory. */
struct admissions *admissions_new(void) __attribute__((warn_unused_result));

/* Accepts NULL. */
void admissions_free(struct admissions *admissions);

/* Count a request that admit() answered. Of a dry run only the request counts. */
void admissions_count(struct admissions *admissions, const struct report *report)
    __attribute__((nonnull));

/* Count one that it did not answer, as of kind and operation "other". */
void admissions_count_malformed(struct admissions *admissions) __attribute__((nonnull));
void admissions_count_failed(struct admissions *admissions) __attribute__((nonnull));

/* Append the three families. */
void admissions_write(const struct admissions *admissions, struct buf *out)
    __attribute__((nonnull));
