/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The annotation hawser.dev/status
 *
 * A report for people and dashboards, never a switch. It describes the object as it is after
 * injection and not what was changed, so it is the same when hawser runs again: compact JSON with
 * sorted keys, no time, no host.
 *
 *     {"policies":{"scratch":"0f1e..."},"skipped":{"b":["mount-path"]},"templates":["a"],
 *      "volumes":["workdir"]}
 */

#include "base/err.h"
#include "webhook/inject/choose.h"
#include "webhook/inject/plan.h"
#include "webhook/inject/report.h"

/* All annotations of an object together have 256 KiB: long lists are cut, and "omitted" counts the
 * rest. */
#define STATUS_TEMPLATES_MAX 64

/* The text for the object after @plan, in the report's arena; NULL with ERR_INTERNAL. */
const char *status_text(const struct choice *choice,
                        const struct plan *plan,
                        const struct report *report,
                        struct err *err) __attribute__((nonnull, warn_unused_result));
