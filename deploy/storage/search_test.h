/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A search for lost volumes, for its tests
 *
 * There are two servers, "fast" on an emptyDir and "safe" on a disk, each with a StatefulSet and a
 * Service, whose pods were made at SEARCH_BIRTH.
 */

#include "deploy/storage/bench_test.h"
#include "deploy/storage/lost.h"

#define SEARCH_BEFORE "2024-05-01T09:00:00Z"
#define SEARCH_BIRTH  "2024-05-01T10:00:00Z"
#define SEARCH_AFTER  "2024-05-01T11:00:00Z"

#define SEARCH_ADDRESS "10.0.0.1" /* of all Services */

struct search {
    struct bench *bench;
    struct policy_set *set;
    struct server *servers[2];
    struct lost lost;
    const struct kube_watch *volumes;
    const struct kube_watch *pods;
};

/* For cmocka: the state is a struct search. */
int search_begin(void **state);
int search_begin_without_pods(void **state);
int search_end(void **state);

/* The pod of the server @name, with its data on @backing, a member of a volume. */
void search_show_pod(struct search *search, const char *name, const char *backing);

/* The StatefulSet, the Service or the PersistentVolumeClaim of the server @name, as the hawser that
 * lives in @home keeps it. */
void search_show(struct search *search, const char *kind, const char *name, const char *home);

struct volume {
    const char *name;
    const char *provisioner; /* NULL: "hawser.dev/nfs-fast" */
    const char *created;     /* NULL: SEARCH_BEFORE */
    const char *phase;
    const char *policy;  /* NULL: "Delete" */
    const char *address; /* NULL: SEARCH_ADDRESS */
};

/* Of the claim NAME-claim in "team". */
void search_add_volume(struct search *search, const struct volume *volume);
void search_add_volumes(struct search *search, const struct volume *volumes, size_t n);

/* The volume "v", which is lost; it is seen when this returns. */
void search_add_one(struct search *search, const char *phase);

/* In "team": a claim, whose ownerReferences are the text @owners; the pod that uses one. */
void search_add_claim(struct search *search, const char *name, const char *owners);
void search_add_user(struct search *search, const char *claim, const char *phase);

void search_run(struct search *search);

size_t search_n_deletions(struct search *search);

/* How many Events there were of that. */
#define SEARCH_GONE(kind, name) bench_events(search->bench, "ServerGone", kind, name)

#define WITH_SEARCH(test) cmocka_unit_test_setup_teardown(test, search_begin, search_end)
