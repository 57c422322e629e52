/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which claims there should be
 *
 * For each volume of a policy with persistent.create: its claim, in every namespace that
 * match.namespaces and match.excludeNamespaces let through. The rest of `match` is about workflows
 * and does not count: templates of every kind become workflows, which run in a namespace and mount
 * the claim there, and whether one will have the labels is not known beforehand. `mode: Warn` does
 * not count either, so that the claims are there when a policy is switched on.
 *
 * No claim in a namespace that is being deleted, where nothing can be made; nor in those of
 * Kubernetes itself, of hawser, and of the NFS servers of the set, where nobody is asked about
 * workflows. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "policies/policy.h"

/* As many objects as a watch keeps a copy of; each is a volume somewhere. */
#define CLAIMS_MAX 10000

/* Label of each of them: the policy that it was made for. What all objects have is in
 * server_objects.h. */
#define CLAIMS_LABEL_POLICY "hawser.dev/policy"

/* That watches select them by. */
#define CLAIMS_SELECTOR "app.kubernetes.io/managed-by=hawser-controller," CLAIMS_LABEL_POLICY

struct claims_item {
    const char *namespace_;
    const char *name;
    const struct policy_claim *claim; /* this and the names but for the namespace's: the set's */
    const char *policy;
};

/* Two policies, or one twice, ask for the claim of one name differently. The first by name counts.
 * Each that does not count is told once, with the first that stood before it. */
struct claims_conflict {
    const char *winner; /* policies; the same where one asks twice */
    const char *loser;
    const char *name;       /* of the claim */
    const char *namespace_; /* the first in which it is so */
    size_t n_namespaces;
    const char *text; /* a sentence that names all of them, and one difference */
};

struct claims {
    LIST_OF(struct claims_item) items;         /* by namespace and name, in byte order, each once */
    LIST_OF(struct claims_conflict) conflicts; /* by the claim's name and the loser's */
    size_t n_left_out;      /* wanted beyond CLAIMS_MAX: the last of that order */
    struct text_list going; /* namespaces that are being deleted, in byte order */
    struct arena *arena;
};

/*
 * From @set, which has to outlive @out, and @namespaces: @n Namespace objects, of which metadata's
 * name and deletionTimestamp are read, in any order, each once. @home is the namespace of hawser.
 * Errors: ERR_INTERNAL. Release with claims_clear().
 */
int claims_find(const struct policy_set *set,
                json_t *const *namespaces,
                size_t n,
                const char *home,
                struct claims *out,
                struct err *err) __attribute__((nonnull(1, 4, 5, 6), warn_unused_result));

/* Accepts one that is all zero. */
void claims_clear(struct claims *claims) __attribute__((nonnull));

/* The one called @name in @namespace_, or NULL. */
const struct claims_item *claims_get(const struct claims *claims,
                                     const char *namespace_,
                                     const char *name) __attribute__((nonnull));

/*
 * The configuration of @item, with our labels: managed-by, part-of, hawser.dev/home and
 * CLAIMS_LABEL_POLICY. As claim_make() says, for one that does not exist; claim_grow() and
 * claim_label() make of it what is applied to one that does. NULL without memory. Owner: the
 * caller.
 */
json_t *claims_make(const struct claims_item *item, const char *home)
    __attribute__((nonnull, warn_unused_result));

/*
 * Whether @observed has the labels that claims_make() gives. The policy in CLAIMS_LABEL_POLICY may
 * be another one: it is that which it was made for.
 */
bool claims_has_labels(const json_t *observed, const char *home)
    __attribute__((nonnull(2), warn_unused_result));

/*
 * Whether the claim @observed is ours: its label hawser.dev/home says so; without that label, when
 * our field manager has fields in it (metadata.managedFields) or it is labelled as managed by us.
 */
bool claims_is_ours(const json_t *observed, const char *home)
    __attribute__((nonnull(2), warn_unused_result));

static inline void claims_clear_p(struct claims *claims)
{
    claims_clear(claims);
}
