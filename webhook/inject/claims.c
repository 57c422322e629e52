/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "webhook/inject/planner.h"
#include "webhook/inject/same.h"

static const struct claim_template *find_claim_template(const struct workflow *workflow,
                                                        const char *name)
{
    for (size_t i = 0; i < workflow->claim_templates.list.n; i++) {
        if (strcmp(workflow->claim_templates.list.items[i].name, name) == 0) {
            return &workflow->claim_templates.list.items[i];
        }
    }
    return NULL;
}

/* Argo looks a name up among `volumes` first, so one there hides a claim template. */
enum claim_state claims_find(const struct workflow *workflow, const struct policy_volume *volume)
{
    const struct volume *declared = conflict_volume(&workflow->volumes, volume->name);
    bool has_template = find_claim_template(workflow, volume->name) != NULL;

    if (volume->transient != NULL) {
        if (declared != NULL) {
            return CLAIM_TAKEN;
        }
        return has_template ? CLAIM_PRESENT : CLAIM_FREE;
    }
    if (declared == NULL) {
        return has_template ? CLAIM_TAKEN : CLAIM_FREE;
    }
    return declared->claim_name != NULL &&
                   strcmp(declared->claim_name, volume->persistent->claim_name) == 0
               ? CLAIM_PRESENT
               : CLAIM_TAKEN;
}

static bool same_claim(const struct claim_template *claim, const struct policy_transient *transient)
{
    if (claim->storage_class_name == NULL || claim->size == NULL ||
        strcmp(claim->storage_class_name, transient->storage_class_name) != 0 ||
        !same_quantity(claim->size, transient->size) ||
        claim->access_modes.n != transient->access_modes.n) {
        return false;
    }
    for (size_t i = 0; i < claim->access_modes.n; i++) {
        if (strcmp(claim->access_modes.items[i], transient->access_modes.items[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Tell that a claim is declared, now or before. */
static int tell_claim(struct planner *planner,
                      const struct planner_volume *volume,
                      const char *what,
                      const char *detail,
                      struct err *err)
{
    const struct report_item item = {
        .policy = volume->policy->name,
        .what = what,
        .action = volume->claim == CLAIM_PRESENT ? REPORT_PRESENT : REPORT_ADDED,
        .detail = detail,
    };

    return planner_tell(planner, NULL, item, err);
}

static int declare_claim_template(struct planner *planner,
                                  const struct planner_volume *volume,
                                  struct err *err)
{
    const struct policy_transient *transient = volume->volume->transient;
    const char *what =
        arena_printf(planner->arena, "claim template '%s', %s of %s", volume->volume->name,
                     transient->size, transient->storage_class_name);
    const char *detail = NULL;
    const struct policy_volume **added;

    if (what == NULL) {
        return err_no_memory(err);
    }
    if (volume->claim == CLAIM_PRESENT) {
        const struct claim_template *own =
            find_claim_template(planner->workflow, volume->volume->name);
        if (own != NULL && !same_claim(own, transient)) {
            detail = "the workflow declares it otherwise, and keeps its own";
        }
        return tell_claim(planner, volume, what, detail, err);
    }
    added = LIST_ADD(planner->arena, &planner->plan->claim_templates);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = volume->volume;
    return tell_claim(planner, volume, what, NULL, err);
}

static int
declare_volume(struct planner *planner, const struct planner_volume *volume, struct err *err)
{
    const struct policy_persistent *persistent = volume->volume->persistent;
    const char *what = arena_printf(planner->arena, "volume '%s', claim '%s'", volume->volume->name,
                                    persistent->claim_name);
    struct volume_spec *added;

    if (what == NULL) {
        return err_no_memory(err);
    }
    if (volume->claim == CLAIM_PRESENT) {
        return tell_claim(planner, volume, what, NULL, err);
    }
    added = LIST_ADD(planner->arena, &planner->plan->volumes);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = (struct volume_spec){
        .name = volume->volume->name,
        .persistent = persistent,
        .read_only = volume->volume->read_only,
    };
    return tell_claim(planner, volume, what, NULL, err);
}

/* Two policies may bring the same volume: the first of them in order stands for all. */
static struct planner_volume *first_of(struct planner_volume *volume)
{
    while (volume->before != NULL) {
        volume = volume->before;
    }
    return volume;
}

static int declare(struct planner *planner, const struct planner_volume *volume, struct err *err)
{
    const char **name;

    if (!volume->needed) {
        /* Where the reason was told template by template, this is no news. */
        return planner_tell(planner, NULL,
                            (struct report_item){
                                .policy = volume->policy->name,
                                .what = volume->what,
                                .action = volume->blocked ? REPORT_LEFT : REPORT_SKIPPED,
                                .reason = REPORT_REASON_UNUSED,
                                .detail = "no template mounts it",
                            },
                            err);
    }
    name = LIST_ADD(planner->arena, &planner->plan->volumes_in_use);
    if (name == NULL) {
        return err_no_memory(err);
    }
    *name = volume->volume->name;
    if (!volume->declared || volume->claim == CLAIM_TAKEN) {
        return 0;
    }
    return volume->volume->transient != NULL ? declare_claim_template(planner, volume, err)
                                             : declare_volume(planner, volume, err);
}

static int declare_all(struct planner *planner, struct err *err)
{
    for (size_t i = 0; i < planner->volumes.n; i++) {
        struct planner_volume *volume = &planner->volumes.items[i];
        struct planner_volume *first = first_of(volume);
        first->needed |= volume->needed;
        first->declared |= volume->declared;
        first->blocked |= volume->blocked;
    }
    for (size_t i = 0; i < planner->volumes.n; i++) {
        const struct planner_volume *volume = &planner->volumes.items[i];
        if (volume->before == NULL && declare(planner, volume, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Claims are collected as the policy says where the author does not, and hawser adds one. */
static int plan_claim_gc(struct planner *planner, struct err *err)
{
    static const char *const strategies[] = {
        [POLICY_CLAIM_GC_UNSET] = NULL,
        [POLICY_CLAIM_GC_ON_COMPLETION] = "OnWorkflowCompletion",
        [POLICY_CLAIM_GC_ON_SUCCESS] = "OnWorkflowSuccess",
    };
    struct plan *plan = planner->plan;

    if (plan->claim_templates.n == 0 || planner->workflow->volume_claim_gc.state == SLOT_PRESENT) {
        return 0;
    }
    for (size_t i = 0; i < planner->input->n_policies && plan->volume_claim_gc == NULL; i++) {
        plan->volume_claim_gc = strategies[planner->input->policies[i]->volume_claim_gc];
    }
    if (plan->volume_claim_gc != NULL && planner->workflow->claim_templates.list.n > 0) {
        return report_warn(planner->report, err,
                           "volumeClaimGC %s will also delete the claims of the workflow's own "
                           "claim templates",
                           plan->volume_claim_gc);
    }
    return 0;
}

int plan_claims(struct planner *planner, struct err *err)
{
    if (declare_all(planner, err) < 0) {
        return -1;
    }
    return plan_claim_gc(planner, err);
}
