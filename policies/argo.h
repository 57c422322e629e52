/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the Argo controller in use can do
 */

#include "base/err.h"
#include "policies/policy.h"

/* "v3.7.7" or "3.7.7", whose numbers are below 10,000. ERR_INVALID. */
int argo_version_check(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The numbers of @text, which passed argo_version_check(). */
struct policy_argo_version argo_version_parse(const char *text) __attribute__((nonnull));

/*
 * Why hawser may not use spec.templateDefaults, as a clause for messages, or NULL when it may.
 *
 * Since v3.6.16, v3.7.7 and v4.0.0 the controller merges a type section into templates of that type
 * only. Before, `container` defaults turn an http or containerSet template into a container
 * (argo-workflows #15144). With templateReferencing Strict or Secure a Workflow that brings them is
 * refused.
 */
const char *argo_defaults_obstacle(const struct policy_argo *argo) __attribute__((nonnull));
