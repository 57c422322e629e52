/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Copying back
 *
 * A container or script is wrapped: its command becomes an argument of `hawser-copy run`, which the
 * init container installs in the volume of tools. A container set gets one more member that depends
 * on all that nobody else waits for. In both ways the step is done only when its results are where
 * they belong, and fails when they are not. Nothing else promises that: a side container is killed
 * when main has ended, and its exit code does not count (argo-workflows
 * workflow/controller/operator.go, inferFailedReason).
 *
 *     copy_back.c         what can be copied back, and the command that is wrapped
 *     copy_back_places.c  where it is, and where it goes
 *     copy_back_set.c     the member of a container set
 */

#include "webhook/inject/planner.h"

/* What copying back takes of a template. */
struct copy_back {
    struct planner_copies copies;  /* whose results are copied back; none: the rest is empty */
    bool installs;                 /* a command is wrapped: its program must be installed */
    bool lacks_tools;              /* the volume for that */
    struct mount_spec_list mounts; /* that main's container lacks */
    struct text_list command;      /* what is to take the place of the template's; empty: nothing */
    const char *member;            /* what the container set lacks, as JSON, or NULL */
};

/* What stands against it. */
struct hindrance {
    enum report_reason reason; /* NONE: nothing */
    const char *detail;
};

/* Which of @copies can be copied back from @template, and what that takes. What cannot is told, or
 * refused. */
int copy_back_choose(struct planner *planner,
                     const struct template *template,
                     const struct planner_copies *copies,
                     struct copy_back *out,
                     struct err *err);

/* Add it to the plan, and tell it. */
int copy_back_add(struct planner *planner,
                  struct template_plan *template,
                  const struct copy_back *back,
                  struct err *err);

/* Whether main's container of @template can have @mount; *@lacks says whether it must be added. */
int copy_back_check_mount(const struct planner *planner,
                          const struct template *template,
                          const struct mount_spec *mount,
                          bool *lacks,
                          struct hindrance *hindrance,
                          struct err *err);

/* Whether what @copy holds is where the policy has it in @template, and its volume can be written
 * to. */
int copy_back_check_copy(const struct planner *planner,
                         const struct template *template,
                         const struct planner_copy *copy,
                         struct hindrance *hindrance,
                         struct err *err);

/* The member of the container set @template that copies back, or NULL. */
const struct member *copy_back_find_member(const struct template *template);

/* Find the member that works as @spec says: @out->member when it is to be added. */
int copy_back_plan_member(struct planner *planner,
                          const struct template *template,
                          const struct copier_spec *spec,
                          struct copy_back *out,
                          struct hindrance *hindrance,
                          struct err *err);
