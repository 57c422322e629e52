/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policies/argo.h"
#include "webhook/inject/planner.h"

static bool may_use_defaults(const struct volume_policy *policy)
{
    return policy->argo.template_ref == POLICY_TEMPLATE_REF_INJECT &&
           argo_defaults_obstacle(&policy->argo) == NULL;
}

static const char *kind_of(const struct template_ref *ref)
{
    return ref->cluster_scope ? "ClusterWorkflowTemplate" : "WorkflowTemplate";
}

/* References that are told; an object with more is told enough by these. */
#define REFS_TOLD_MAX 64

/* Whether an earlier reference names the same template. */
static bool named_before(const struct template_ref_list *refs, size_t index)
{
    const struct template_ref *ref = &refs->list.items[index];

    for (size_t i = 0; i < index; i++) {
        const struct template_ref *other = &refs->list.items[i];
        if (other->cluster_scope == ref->cluster_scope && strcmp(other->object, ref->object) == 0 &&
            strcmp(other->template, ref->template) == 0) {
            return true;
        }
    }
    return false;
}

/* Tell for each template of another object that it should opt in itself. */
static int
warn_of_refs(struct planner *planner, const struct volume_policy *policy, struct err *err)
{
    const struct template_ref_list *refs = &planner->workflow->refs;
    const char *reason = policy->argo.template_ref == POLICY_TEMPLATE_REF_INJECT
                             ? argo_defaults_obstacle(&policy->argo)
                             : NULL;

    for (size_t i = 0; i < refs->list.n && i < REFS_TOLD_MAX; i++) {
        const struct template_ref *ref = &refs->list.items[i];
        const char *what;
        const char *detail;
        if (named_before(refs, i)) {
            continue;
        }
        what = arena_printf(planner->arena, "template '%.63s' of %s '%.63s'", ref->template,
                            kind_of(ref), ref->object);
        detail =
            arena_printf(planner->arena, "it gets policy '%s' when that object opts in%s%s",
                         policy->name, reason != NULL ? "; " : "", reason != NULL ? reason : "");
        if (what == NULL || detail == NULL) {
            return err_no_memory(err);
        }
        if (planner_tell_reference(planner, NULL, policy, what, detail, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Templates of other objects may mount any volume: the one that runs them must have it. */
static void need_all(struct planner *planner)
{
    for (size_t i = 0; i < planner->volumes.n; i++) {
        struct planner_volume *volume = &planner->volumes.items[i];
        if (volume->claim != CLAIM_TAKEN) {
            volume->needed = true;
            volume->declared = true;
        }
    }
}

int plan_references(struct planner *planner, struct err *err)
{
    const struct volume_policy *last = NULL;

    if (planner->workflow->refs.list.n == 0) {
        return 0;
    }
    need_all(planner);
    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct volume_policy *policy = planner->volumes.items[i].policy;
        if (policy != last && !may_use_defaults(policy) && warn_of_refs(planner, policy, err) < 0) {
            return -1;
        }
        last = policy;
    }
    return plan_defaults(planner, may_use_defaults, err);
}

static bool may_use_any(const struct volume_policy *policy)
{
    (void)policy; /* all were checked before */
    return true;
}

static int check_workflow_template_ref(const struct planner *planner, struct err *err)
{
    const struct template_ref *ref = &planner->workflow->workflow_template_ref;

    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct volume_policy *policy = planner->volumes.items[i].policy;
        const char *reason = argo_defaults_obstacle(&policy->argo);
        if (policy->argo.workflow_template_ref == POLICY_WORKFLOW_TEMPLATE_REF_DENY) {
            reason = "argo.workflowTemplateRef is Deny";
        }
        if (reason != NULL) {
            return err_set(err, ERR_INVALID,
                           "policy '%s' does not inject into a Workflow that runs %s '%.63s': "
                           "annotate %s '%.63s' instead (%s)",
                           policy->name, kind_of(ref), ref->object, kind_of(ref), ref->object,
                           reason);
        }
    }
    return 0;
}

/* A list of claim templates replaces that of the WorkflowTemplate as a whole. */
static int warn_of_claims(struct planner *planner, struct err *err)
{
    const struct template_ref *ref = &planner->workflow->workflow_template_ref;

    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct planner_volume *volume = &planner->volumes.items[i];
        if (volume->volume->transient != NULL && volume->claim == CLAIM_FREE &&
            planner->workflow->claim_templates.list.n == 0) {
            return report_warn(planner->report, err,
                               "claim template '%s' takes the place of all claim templates of %s "
                               "'%.63s'",
                               volume->volume->name, kind_of(ref), ref->object);
        }
    }
    return 0;
}

int plan_workflow_template_ref(struct planner *planner, struct err *err)
{
    if (check_workflow_template_ref(planner, err) < 0) {
        return -1;
    }
    if (!planner->workflow->windows) {
        if (warn_of_claims(planner, err) < 0) {
            return -1;
        }
        need_all(planner);
    }
    return plan_defaults(planner, may_use_any, err);
}
