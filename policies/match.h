/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Matching: does a policy apply to an object, does it choose a template
 *
 * Pure predicates over the model. Comparison is byte-exact: Kubernetes has checked the names.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "policies/policy.h"
#include "policies/selector.h"

/* What of an object decides whether a policy applies. */
struct policy_subject {
    enum policy_kind kind;
    const char *namespace; /* "" for objects without one; "*" alone matches those too */
    const struct policy_label *labels;
    size_t n_labels;
};

enum policy_match_result {
    POLICY_MATCHES,
    POLICY_OTHER_KIND,
    POLICY_OTHER_NAMESPACE,
    POLICY_EXCLUDED_NAMESPACE,
    POLICY_OTHER_LABELS,
};

enum policy_match_result policy_match(const struct policy_match *match,
                                      const struct policy_subject *subject)
    __attribute__((nonnull));

/* What of it concerns the namespace called @namespace alone, whatever is in there. */
bool policy_match_namespace(const struct policy_match *match, const char *namespace)
    __attribute__((nonnull));

/* Why not, as a clause for messages: "it applies to namespaces team-*, ci only". The text is in
 * @arena; when that is full, a shorter one stands for it. */
const char *policy_match_reason(const struct policy_match *match,
                                enum policy_match_result result,
                                struct arena *arena) __attribute__((nonnull, warn_unused_result));

/* Whether @templates chooses the template called @name. */
bool policy_templates_include(const struct policy_templates *templates, const char *name)
    __attribute__((nonnull));

/* Whether @templates chooses every template there can be: include is empty or "*", no exclude. */
bool policy_templates_is_all(const struct policy_templates *templates) __attribute__((nonnull));

/* "Workflow", "CronWorkflow", ... */
const char *policy_kind_name(enum policy_kind kind);
