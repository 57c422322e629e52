/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/reserved.h"

#include <stddef.h>
#include <string.h>

/* argo-workflows workflow/controller/workflowpod.go and workflow/common/common.go; and ours */
static const char *const names[] = {
    "argo-env-config", "argo-staging", "argoexec-bin", "exec-sa-token",     "input-artifacts",
    "kubeconfig",      "tmp-dir-argo", "var-run-argo", RESERVED_TOOLS_NAME,
};

static const char *const prefixes[] = {
    RESERVED_PREFIX,
    "artifact-plugin-", /* Argo, one for each artifact driver (ArtifactPluginName.VolumeName) */
    "kube-api-access-", /* Kubernetes, the token of the service account */
};

bool reserved_volume_name(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncmp(prefixes[i], name, strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}
