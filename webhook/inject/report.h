/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What admission did, and why
 *
 * The engine writes down each decision once, here. Admission warnings, the status annotation, log
 * lines, metrics and `hawser explain` are all made from this list, so they cannot disagree.
 *
 * Plain data; every pointer lives in the report's arena, but for the names of policies, which live
 * in the policy set.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

enum report_outcome {
    REPORT_UNTOUCHED, /* not opted in, or an operation that is never changed */
    REPORT_UNCHANGED, /* opted in, and everything is in place already */
    REPORT_INJECTED,  /* the answer carries a patch */
    REPORT_DENIED,    /* the answer refuses the object */
};

/* What became of one thing in one place. */
enum report_action {
    REPORT_ADDED,
    REPORT_PRESENT, /* already there: the author's own, or ours from before */
    REPORT_SKIPPED, /* policy would, something stands in the way; the reason is told to the author
                     */
    REPORT_LEFT,    /* not meant to be touched: no container, not chosen by the policy, opted out */
};

enum report_reason {
    REPORT_REASON_NONE,
    REPORT_REASON_NO_CONTAINER,   /* a template type that runs no container of the author's */
    REPORT_REASON_NOT_CHOSEN,     /* by the policy's globs over template names */
    REPORT_REASON_OPTED_OUT,      /* the template's own annotation */
    REPORT_REASON_WINDOWS,        /* NFS and the copier need Linux */
    REPORT_REASON_MOUNT_PATH,     /* the path is taken by another volume */
    REPORT_REASON_VOLUME_NAME,    /* the name is taken by another volume */
    REPORT_REASON_ARTIFACT,       /* an artifact lies in, at or around the path */
    REPORT_REASON_POD_SPEC_PATCH, /* a podSpecPatch names the same thing */
    REPORT_REASON_INIT_CONTAINER, /* an init container of our name that is not what the policy says
                                   */
    REPORT_REASON_COPY_BACK,      /* nothing ends there of which results could be copied back */
    REPORT_REASON_REFERENCE,      /* the template lives in another object */
    REPORT_REASON_TEMPLATE_DEFAULTS, /* templateDefaults would be replaced or merged wrongly */
    REPORT_REASON_UNUSED,            /* a volume that no template mounts */
};

#define REPORT_REASONS (REPORT_REASON_UNUSED + 1)

/* "mount-path", ...: the value of the metric label, and of the status annotation. */
const char *report_reason_name(enum report_reason reason);

/* "untouched", "unchanged", "injected", "denied". */
const char *report_outcome_name(enum report_outcome outcome);

struct report_item {
    const char *template; /* "build", or "main.build" for an inline one; NULL: the object itself */
    const char *type;     /* "container", "dag", ...; NULL for the object */
    const char *policy;   /* NULL where it is not one policy's */
    const char *what; /* "volume 'workdir' at /workdir", "copy 'src' to /src"; NULL: all of it */
    enum report_action action;
    enum report_reason reason; /* NONE for ADDED and PRESENT */
    const char *detail;        /* a clause that says more, or NULL */
};

struct report {
    struct arena *arena; /* where all of it lives; set by who asks for the report */
    const char *uid;     /* of the request; these five are never NULL once admit() returned 0 */
    const char *operation;
    const char *kind;
    const char *namespace; /* "" for objects without one */
    const char *name;      /* metadata.name, or generateName, or "" */
    bool dry_run;          /* the request's, unless untouched; the answer does not depend on it */
    enum report_outcome outcome;
    const char *denial;        /* the message of REPORT_DENIED, else NULL */
    struct text_list policies; /* names of those applied, in order */
    LIST_OF(struct report_item) items;
    struct text_list warnings; /* whole sentences beside those that the items give */
};

/* Append @item. Errors: ERR_INTERNAL when the arena is full. */
int report_add(struct report *report, struct report_item item, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Append a warning that no item gives. Errors as report_add(). */
int report_warn(struct report *report, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull, warn_unused_result));

/* A copy of @text of at most @max bytes in which all but printable ASCII is '?': fit for a
 * terminal, a log line, an HTTP header and JSON. NULL when @arena is full. */
const char *report_printable(const char *text, size_t max, struct arena *arena)
    __attribute__((nonnull, warn_unused_result));

/* The API server shows at most 4,096 characters of warnings, each cut at 256, and drops those with
 * control characters (k8s.io/apiserver/pkg/endpoints/filters/warning.go). */
#define REPORT_WARNINGS_MAX      8
#define REPORT_WARNING_TEXT_SIZE 201

/*
 * Make the admission warnings: first those of report_warn(), then one for each reason that
 * something was skipped or needs care, with the templates that it holds for. At most
 * REPORT_WARNINGS_MAX of printable ASCII; the last one says so when there is more.
 */
int report_warnings(const struct report *report, struct text_list *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
