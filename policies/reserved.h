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

/* The volume that brings hawser-copy to containers whose images lack it. No copy's volume can have
 * the name. */
#define RESERVED_TOOLS_NAME "hawser"

/* var-run-argo, tmp-dir-argo, input-artifacts, argo-staging, ..., and hawser's own. */
bool reserved_volume_name(const char *name) __attribute__((nonnull));
