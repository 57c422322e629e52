/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names that are taken
 *
 * Argo gives volumes and containers of its own to every pod (argo-workflows
 * workflow/controller/workflowpod.go, workflow/common/common.go); a policy must not use their
 * names. Names that start with "hawser-" belong to what hawser adds besides a policy's volumes.
 */

#include <stdbool.h>

#define RESERVED_PREFIX "hawser-"

/* var-run-argo, tmp-dir-argo, input-artifacts, argo-staging, ..., and hawser's own. */
bool reserved_volume_name(const char *name) __attribute__((nonnull));
