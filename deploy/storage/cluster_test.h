/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster for tests of uninstalling, with the server "ebs" of the hawser in "hawser" in it
 *
 * Something can happen there while the class of that server is deleted, or the controller's Lease
 * read; and a run can be cut. Requests are not held back (rate.h): the loop over all of them would
 * take minutes.
 */

#include <stdatomic.h>

#include "base/buf.h"
#include "deploy/kube/kube_stand_in_test.h"
#include "deploy/storage/uninstall_run.h"
#include "deploy/storage/uninstall_test.h"

#define LEASE "/apis/coordination.k8s.io/v1/namespaces/hawser/leases/hawser-controller"
#define CLASS "/apis/storage.k8s.io/v1/storageclasses/class-ebs"
#define SET   "/apis/apps/v1/namespaces/nfs/statefulsets/hawser-nfs-ebs"
#define DISK  "/api/v1/namespaces/nfs/persistentvolumeclaims/hawser-nfs-ebs"
#define SPACE "/api/v1/namespaces/nfs"
#define OLD   "/api/v1/persistentvolumes/pvc-old"

struct cluster {
    struct kube_stand_in stand_in;
    struct uninstall uninstall;
    struct buf said;
    atomic_uint n;      /* requests of this run */
    atomic_uint cut_at; /* the answer of this one is lost, all later ones are refused; 0: never */
    atomic_bool is_active; /* a controller renews the Lease */

    /* When the class is deleted this is put here. */
    const char *path;
    json_t *object;
};

/* For cmocka: the state is a struct cluster whose runs are to delete everything. */
int cluster_begin(void **state);
int cluster_end(void **state);

/* Put all objects of the server there, as at the beginning. */
void cluster_fill(struct cluster *cluster);

/* Put @object, which is taken over, at @path; whether one is there. */
void cluster_put(struct cluster *cluster, const char *path, json_t *object);
bool cluster_has(struct cluster *cluster, const char *path);

/* How many of the server's objects are left. */
unsigned int cluster_count(struct cluster *cluster);

/* The controller's Lease. */
json_t *cluster_lease(const char *holder, int duration_s);

/* One run, as of a new process. cluster_run_once() is for where the error's text does not matter.
 */
enum err_code cluster_run(struct cluster *cluster, struct err *err);
enum err_code cluster_run_once(struct cluster *cluster);

/* That these are the targets of all deletions so far, a line each. */
void cluster_are_deleted(struct cluster *cluster, const char *expected);
