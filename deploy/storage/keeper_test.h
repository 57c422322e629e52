/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One claim keeper at work, for its tests
 *
 * Namespaces called team-* get the claim "work" of class "s", which lets claims grow, with 2Gi.
 */

#include "deploy/storage/bench_test.h"
#include "deploy/storage/claim_keeper.h"

#define KEEPER_POLICY(name, volumes)                                                   \
    "---\napiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: " name "}\n" \
    "spec:\n  match: {namespaces: ['team-*']}\n  volumes:\n" volumes
#define KEEPER_VOLUME(claim, class_)                                              \
    "  - {name: " claim ", mountPath: /" claim ", persistent: {claimName: " claim \
    ", create: {storageClassName: " class_ ", size: 2Gi}}}\n"

#define KEEPER_CLAIMS "/persistentvolumeclaims"

/* Labels of a claim that was made for the policy "p". */
#define KEEPER_OURS                                        \
    "'app.kubernetes.io/managed-by': 'hawser-controller'," \
    " 'app.kubernetes.io/part-of': 'hawser', 'hawser.dev/home': 'home', 'hawser.dev/policy': 'p'"

struct work {
    struct bench *bench;
    struct policy_set *set;
    struct claim_keeper keeper;
    const struct kube_watch *claims;
    const struct kube_watch *labelled;
    const struct kube_watch *namespaces;
};

/* For cmocka: the state is a struct work whose watches are open. */
int keeper_begin(void **state);
int keeper_end(void **state);

/* These are seen when they return. A claim is Bound. */
void keeper_add_namespace(struct work *work, const char *name);
void keeper_add_claim(struct work *work,
                      const char *namespace_,
                      const char *class_,
                      const char *size,
                      const char *labels);

/* Of the claim "work". */
void keeper_write_path(const char *namespace_, char out[static 128]);
bool keeper_has_claim(struct work *work, const char *namespace_);

void keeper_run(struct work *work);

/* Requests so far. */
size_t keeper_n_creates(struct work *work);
size_t keeper_n_writes(struct work *work);

/* From now on requests of @method for what begins with @target are answered so. */
void keeper_refuse(struct work *work,
                   const char *method,
                   const char *target,
                   unsigned int status,
                   const char *body);

/* That the status lists "namespace/name policy state; ..."; how many are in trouble there. */
void keeper_assert_status(struct work *work, const char *expected);
size_t keeper_n_in_trouble(struct work *work);

#define WITH_KEEPER(test) cmocka_unit_test_setup_teardown(test, keeper_begin, keeper_end)
