/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state of planning, shared by plan.c, claims.c, copies.c, copy_back.c, defaults.c and
 * references.c, and what they have in common
 */

#include "webhook/inject/conflict.h"
#include "webhook/inject/containers.h"
#include "webhook/inject/plan.h"

/* Whether the workflow's own volumes leave a policy's volume its name. */
enum claim_state {
    CLAIM_FREE,    /* nothing of the name is there: declare it when it is needed */
    CLAIM_PRESENT, /* the same, or the author's own claim template, which then serves */
    CLAIM_TAKEN,   /* another volume has the name */
};

/* A volume of one of the policies, in their order. */
struct planner_volume {
    const struct volume_policy *policy;
    const struct policy_volume *volume;
    struct planner_volume *before; /* the one before it of the same name, or NULL */
    const char *what;              /* "volume 'workdir' at /workdir", for the report */
    enum claim_state claim;
    bool needed;      /* some template uses it */
    bool declared;    /* and looks for it among the workflow's own volumes */
    bool blocked;     /* some template should have it and cannot, which was told */
    bool not_default; /* templateDefaults would give it to a template that must not have it */
};

struct planner_copy {
    const struct volume_policy *policy;
    const struct policy_copy *copy;
    struct planner_copy *before; /* as of volumes */
    struct planner_volume *from;
    const char *what;
    const char *back_what;   /* of its copyBack, or NULL */
    const char *volume_name; /* of the emptyDir */
    bool not_default;
    bool no_copy_back; /* which was told */
};

struct planner_copies {
    LIST_OF(struct planner_copy *) list;
};

struct planner {
    const struct plan_input *input;
    const struct workflow *workflow; /* of the input */
    struct arena *arena;
    struct report *report;
    struct plan *plan;
    LIST_OF(struct planner_volume) volumes;
    LIST_OF(struct planner_copy) copies;
    size_t *comparisons_left;            /* see conflict.h */
    const struct volume_policy *copying; /* the first policy with copies: its copier serves all */
};

/* Fill the lists of volumes and copies with those of the policies (gather.c). */
int plan_gather(struct planner *planner, struct err *err);

/* Tell what became of something in @template (NULL: in the object), which @item need not name. */
int planner_tell(struct planner *planner,
                 const struct template *template,
                 struct report_item item,
                 struct err *err);

/*
 * Something of @policy, the `what` of @item, cannot be had in @template: tell it, or, where the
 * policy says onConflict: Deny, raise it as ERR_INVALID.
 */
int planner_block(struct planner *planner,
                  const struct template *template,
                  const struct volume_policy *policy,
                  struct report_item item,
                  struct err *err);

/* Tell that templates of other objects do not get @what, and why. */
int planner_tell_reference(struct planner *planner,
                           const struct template *section,
                           const struct volume_policy *policy,
                           const char *what,
                           const char *detail,
                           struct err *err);

/*
 * Make sure that @template's pods have the volume: that the workflow's own volumes do not stand
 * against it (ERR_INVALID), that it is declared, and that it travels along where templates do.
 */
int planner_use(struct planner *planner,
                struct template_plan *template,
                struct planner_volume *volume,
                struct err *err);

/*
 * Why pods of @template cannot have the workflow's volume @volume: another one hides it or takes
 * its name. NULL when they can.
 */
const char *planner_obstacle(const struct planner *planner,
                             const struct template *template,
                             const struct planner_volume *volume);

/* Whether @value means the same as the JSON text @json, which hawser wrote. */
int planner_same_json(const struct planner *planner,
                      const struct json_view *value,
                      const char *json,
                      bool *out,
                      struct err *err);

/* Whether @pod gets a volume called @name. */
bool planner_brings(const struct pod_plan *pod, const char *name);

/* Add a mount of @volume to @mounts. */
int planner_add_mount(struct planner *planner,
                      struct mount_spec_list *mounts,
                      const struct policy_volume *volume,
                      struct err *err);

/* Whether the workflow's own volumes leave @volume its name (claims.c). */
enum claim_state claims_find(const struct workflow *workflow, const struct policy_volume *volume);

/* Declare what templates need: claim templates with their garbage collection, and volumes. */
int plan_claims(struct planner *planner, struct err *err);

/* What the policies' copies add to @template (copies.c). */
int plan_copies(struct planner *planner, struct template_plan *template, struct err *err);

/* What a container of hawser's that works on @copies in pods of @template is like. */
int planner_describe_copier(const struct planner *planner,
                            const struct template *template,
                            const struct planner_copies *copies,
                            struct copier_spec *out,
                            struct err *err);

/* Whether @template's own volumes have the one of @spec, and whether they or those of
 * templateDefaults have another one of its name. */
int planner_look_for_volume(const struct planner *planner,
                            const struct template *template,
                            const struct volume_spec *spec,
                            bool *present,
                            bool *other,
                            struct err *err);

/* A container has bounded globs and resources; a policy file of 1 MiB bounds them all. */
#define PLANNER_CONTAINER_BYTES_MAX (2UL * 1024 * 1024)

/* The text of @json, which is @what, in the planner's arena; NULL when it failed. */
const char *planner_keep_json(struct planner *planner,
                              const struct buf *json,
                              const char *what,
                              struct err *err);

/* Whether a policy allows what is being planned. */
typedef bool planner_may_use_fn(const struct volume_policy *policy);

/* Fill the plan for templateDefaults with what the policies that @may_use allows ask for, and tell
 * what cannot go there (defaults.c). */
int plan_defaults(struct planner *planner, planner_may_use_fn *may_use, struct err *err);

/*
 * Give templates of other objects what they need by templateDefaults, where policies allow it, or
 * tell that those should opt in themselves (references.c).
 */
int plan_references(struct planner *planner, struct err *err);

/* The same for a Workflow that is nothing but a reference to a WorkflowTemplate. */
int plan_workflow_template_ref(struct planner *planner, struct err *err);
