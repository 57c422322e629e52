/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Label selectors
 *
 * Kubernetes' own meaning (k8s.io/apimachinery pkg/labels): all terms must hold, and NotIn and
 * DoesNotExist hold for an object without the label.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "policies/policy.h"

bool policy_selector_matches(const struct policy_selector *selector,
                             const struct policy_label *labels,
                             size_t n_labels) __attribute__((nonnull(1)));

/* Append @selector as kubectl writes one: "tier=batch,env notin (prod),gpu,!legacy". */
void policy_selector_describe(const struct policy_selector *selector, struct buf *out)
    __attribute__((nonnull));
