/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The plan: what is to be added where
 *
 * Deciding is apart from writing: a plan holds nothing that is there already, so a plan for an
 * object that was injected before is empty. What was decided, and why the rest was not, goes into
 * the report.
 *
 *     gather.c      what the policies ask for
 *     plan.c        volumes in templates
 *     claims.c      claims and volumes of the workflow
 *     copies.c      what a template's copies need
 *     copy_back.c   and how their results go back
 *     references.c  templates of other objects
 *     defaults.c    serving them by templateDefaults
 *     planner.c     what these have in common
 *     emit.c        the plan as a JSON Patch
 */

#include "base/arena.h"
#include "base/err.h"
#include "webhook/inject/choose.h"
#include "webhook/inject/objects.h"
#include "webhook/inject/report.h"
#include "webhook/inject/view.h"

struct mount_spec_list {
    LIST_OF(struct mount_spec) list;
};

/* What is added to a template, or to templateDefaults, beside mounts of its main container. */
struct pod_plan {
    LIST_OF(struct volume_spec) volumes;
    const char *init_container; /* as JSON, or NULL */
    bool init_container_first;
};

struct template_plan {
    const struct template *template;
    struct mount_spec_list mounts;
    struct pod_plan pod;
    struct text_list command; /* what takes the place of its command; empty: nothing */
    const char *member;       /* of its container set, as JSON, or NULL */
};

struct plan {
    LIST_OF(struct template_plan) templates; /* those that get something */
    struct mount_spec_list defaults[DEFAULTS_SECTIONS];
    struct pod_plan defaults_pod;
    LIST_OF(const struct policy_volume *) claim_templates;
    LIST_OF(struct volume_spec) volumes;
    const char *volume_claim_gc;     /* its strategy, or NULL */
    struct text_list volumes_in_use; /* names of the policies' volumes, added or there before */
};

struct plan_input {
    const struct workflow *workflow;
    const struct volume_policy *const *policies; /* in order, free of clashes */
    size_t n_policies;
    const char *copier_image; /* where a policy names none */
    bool travels;             /* templates are used by other objects: bring their volumes along */
};

/*
 * Decide what the policies add to the workflow, and tell it in @report. All is in its arena.
 *
 * Errors: ERR_INVALID when the object must be refused: onConflict Deny, a volume of the workflow
 * that bears a policy's name, a workflowTemplateRef that the policy does not allow, more to compare
 * than conflict.h allows; ERR_INTERNAL.
 */
int plan_make(const struct plan_input *input,
              struct report *report,
              struct plan *out,
              struct err *err) __attribute__((nonnull, warn_unused_result));
