/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the storage job watches
 *
 * One list and one stream for each kind, over all namespaces and narrowed by labels; never a
 * request for each object. Of kinds with many or large objects only what is looked at is kept:
 * metadata of Namespaces and Workflows, a few fields of PersistentVolumes.
 *
 * Objects that somebody took our labels away from are not in these copies. Who misses an object
 * looks for it by name before it is made.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/kube_watch.h"
#include "deploy/storage/kinds.h"

/* Different claim names in a policy set: each is a watch of its own, by its name. */
#define WATCHES_CLAIMS_MAX 8

enum watches_other {
    WATCHES_PODS,      /* of NFS servers */
    WATCHES_CLAIMS,    /* that were made for policies; metadata alone */
    WATCHES_VOLUMES,   /* PersistentVolumes that a provisioner of ours has made */
    WATCHES_WORKFLOWS, /* that run and were not injected; metadata alone */
    WATCHES_N_OTHERS,
};

struct watches_claim {
    char *name;
    struct kube_watch *watch;
};

/* Who is told of changes, as of kube_watch_new(). Workflows change each few seconds while they run,
 * which is of no concern for anything else. */
struct watches_listener {
    kube_watch_changed_fn *workflows_changed;
    kube_watch_changed_fn *changed; /* anything else has */
    void *data;
};

/* Zeroed at the beginning; release with watches_clear(). */
struct watches {
    struct kube *kube;
    struct watches_listener listener;
    bool has_policy_v1;
    struct kube_watch *kinds[KIND_N]; /* NULL: not open */
    struct kube_watch *others[WATCHES_N_OTHERS];
    struct watches_claim claims[WATCHES_CLAIMS_MAX];
    size_t n_claims;
};

/* Begin to watch, for @listener, which is copied. @has_policy_v1 as of kind_resource(). Errors:
 * ERR_INTERNAL, when nothing is watched. */
int watches_open(struct watches *watches,
                 struct kube *kube,
                 bool has_policy_v1,
                 const struct watches_listener *listener,
                 struct err *err) __attribute__((nonnull, warn_unused_result));
void watches_clear(struct watches *watches) __attribute__((nonnull));

/* Whether watches_open() was called. */
bool watches_are_open(const struct watches *watches) __attribute__((nonnull));

/*
 * Watch the claims of these names, and no others. Errors: ERR_TOO_BIG for more than
 * WATCHES_CLAIMS_MAX different names, of which as many are watched; ERR_INTERNAL, after which some
 * are not.
 */
int watches_set_claims(struct watches *watches, const char *const *names, size_t n, struct err *err)
    __attribute__((nonnull(1, 4), warn_unused_result));

/* The copy of the claims of this name, or NULL: they are not watched. */
struct kube_watch *watches_claims(const struct watches *watches, const char *name)
    __attribute__((nonnull));

/* Whether those were read at least once that decide about servers and claims: before, nothing can
 * be done. Volumes and workflows are none of them, as there may be more than a copy holds
 * (KUBE_WATCH_OBJECTS_MAX): who looks at these asks watches_know(). */
bool watches_are_whole(const struct watches *watches) __attribute__((nonnull));

/* Whether these were read at least once, or cannot be there: a cluster without Argo Workflows has
 * none. */
bool watches_know(const struct watches *watches, enum watches_other other) __attribute__((nonnull));

/* 0 when all were read, and none is refused by the server, else -1 with the reason. */
int watches_check(const struct watches *watches, struct err *err)
    __attribute__((nonnull, warn_unused_result));
