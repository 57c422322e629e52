/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Kinds of objects as metrics tell them apart: those that hawser handles, and all others as one,
 * since who sends a review chooses the name.
 */

enum kind {
    KIND_WORKFLOW,
    KIND_WORKFLOW_TEMPLATE,
    KIND_CLUSTER_WORKFLOW_TEMPLATE,
    KIND_CRON_WORKFLOW,
    KIND_OTHER,
    KIND_N,
};

/* "Workflow", ..., "other". */
const char *kind_name(enum kind kind);

/* The kind of that name, or KIND_OTHER. */
enum kind kind_find(const char *name) __attribute__((nonnull));
