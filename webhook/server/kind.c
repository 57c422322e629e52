/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/kind.h"

#include <string.h>

static const char *const names[] = {
    [KIND_WORKFLOW] = "Workflow",
    [KIND_WORKFLOW_TEMPLATE] = "WorkflowTemplate",
    [KIND_CLUSTER_WORKFLOW_TEMPLATE] = "ClusterWorkflowTemplate",
    [KIND_CRON_WORKFLOW] = "CronWorkflow",
    [KIND_OTHER] = "other",
};

const char *kind_name(enum kind kind)
{
    return names[kind];
}

enum kind kind_find(const char *name)
{
    unsigned int kind = 0;

    while (kind < KIND_OTHER && strcmp(name, names[kind]) != 0) {
        kind++;
    }
    return (enum kind)kind;
}
