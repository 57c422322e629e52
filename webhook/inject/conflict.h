/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What stands in the way of a mount
 *
 * What the author wrote wins. Before a volume is mounted in a template, everything that a pod of
 * that template will have is looked at: its own mounts, those that templateDefaults merges in,
 * those of container set members and of side containers that mirror main's, artifacts, and what a
 * podSpecPatch names.
 */

#include "base/arena.h"
#include "base/err.h"
#include "webhook/inject/report.h"
#include "webhook/inject/view.h"

enum mount_verdict {
    MOUNT_FREE,    /* nothing is there: mount it */
    MOUNT_PRESENT, /* the template mounts this volume already */
    MOUNT_BLOCKED, /* something else is there */
};

struct mount_finding {
    enum mount_verdict verdict;
    enum report_reason reason;   /* of MOUNT_BLOCKED */
    const char *detail;          /* of MOUNT_BLOCKED: what; of MOUNT_FREE: a caution, or NULL */
    const struct mount *present; /* of MOUNT_PRESENT */
};

/*
 * Comparisons of containers, mounts, artifacts and volumes that one object may cost. A large honest
 * object (2,500 templates, 10 mounts and artifacts in each, 4 volumes) costs a tenth of it; a
 * hostile one with long lists in templateDefaults and thousands of templates would otherwise cost
 * minutes.
 */
#define CONFLICT_COMPARISONS_MAX 1000000

/* What is asked: may the volume called @volume be mounted at @path (in normal form)? */
struct mount_question {
    const struct template *template;
    const struct template_defaults *defaults; /* merged into it */
    const char *workflow_patch;               /* the workflow's podSpecPatch, or NULL */
    const char *volume;
    const char *path;
    bool has_own_path; /* the volume may be mounted elsewhere too: it is PRESENT at @path alone */
    const char
        *source; /* for a copy: the volume that it reads, which no patch may name; else NULL */
    size_t *comparisons_left; /* of CONFLICT_COMPARISONS_MAX */
};

/* For a question about templateDefaults itself. */
extern const struct template_defaults conflict_no_defaults;

/* Errors: ERR_INVALID when no comparisons are left, ERR_INTERNAL when @arena is full. */
int conflict_find(const struct mount_question *question,
                  struct arena *arena,
                  struct mount_finding *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* The volume called @name among @volumes, or NULL. */
const struct volume *conflict_volume(const struct volume_list *volumes, const char *name)
    __attribute__((nonnull));

/* The init container called @name among @containers, or NULL. */
const struct init_container *conflict_init_container(const struct init_container_list *containers,
                                                     const char *name) __attribute__((nonnull));

/* Whether a podSpecPatch of @template's pods names @word. */
bool conflict_patches_name(const struct mount_question *question, const char *word)
    __attribute__((nonnull));

/* Take @n from the comparisons that are left. Errors: ERR_INVALID when there are not so many. */
int conflict_spend(size_t *comparisons_left, size_t n, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether a Secret of an artifact in @pod gives its name to a volume, and that is @name: Argo calls
 * volumes after Secrets (argo-workflows workflow/controller/workflowpod.go). */
bool conflict_is_secret(const struct pod_view *pod, const char *name) __attribute__((nonnull));
