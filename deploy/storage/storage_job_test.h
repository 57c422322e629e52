/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster for tests of the storage job, and a process that keeps it
 *
 * There are the namespaces "team-a", "team-b" and "other", and a class "gp3" that can grow. The
 * hawser lives in "hawser". The process can be killed at a request and started again. Requests are
 * not held back (rate.h): the loops over all objects and all requests would take minutes.
 */

#include <stdatomic.h>

#include "deploy/kube/events.h"
#include "deploy/kube/kube_stand_in_test.h"
#include "deploy/storage/storage.h"
#include "policies/policy.h"

#define JOB_SERVER(name, more)                                                                   \
    "---\napiVersion: hawser.dev/v1\nkind: NFSProvisioner\nmetadata: {name: " name "}\n"         \
    "spec:\n  namespace: nfs\n  nodeCIDRs: [10.0.0.0/8]\n  storageClass: {name: nfs-" name "}\n" \
    "  backing: " more "\n"
#define JOB_ON_DISK(size) JOB_SERVER("ebs", "{claim: {storageClassName: gp3, size: " size "}}")
#define JOB_IN_POD        JOB_SERVER("scratch", "{emptyDir: {}}")
#define JOB_POLICY                                                                   \
    "---\napiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: shared}\n" \
    "spec:\n  match: {namespaces: ['team-*']}\n  volumes:\n"                         \
    "  - {name: data, mountPath: /data, persistent: {claimName: shared, create: "    \
    "{storageClassName: nfs-ebs, size: 1Gi}}}\n"
#define JOB_POLICIES JOB_ON_DISK("200Gi") JOB_IN_POD JOB_POLICY

/* Where objects are. */
#define JOB_OF(kind, name) "/api/v1/namespaces/nfs/" kind "/hawser-nfs-" name
#define JOB_RBAC           "/apis/rbac.authorization.k8s.io/v1/"
#define JOB_CLASS(name)    "/apis/storage.k8s.io/v1/storageclasses/" name
#define JOB_SET(name)      "/apis/apps/v1/namespaces/nfs/statefulsets/hawser-nfs-" name
#define JOB_BUDGET(name)   "/apis/policy/v1/namespaces/nfs/poddisruptionbudgets/hawser-nfs-" name
#define JOB_CLAIM(space)   "/api/v1/namespaces/" space "/persistentvolumeclaims/shared"
#define JOB_DISK           JOB_OF("persistentvolumeclaims", "ebs")
#define JOB_SERVICE(name)  JOB_OF("services", name)

#define JOB_N_THERE 5 /* objects at the beginning */

struct job {
    struct kube_stand_in stand_in;
    struct kube *kube; /* of the process; NULL: there is none */
    struct events *events;
    struct storage *storage;
    size_t n_before;     /* requests of processes before */
    atomic_bool leads;   /* whether the process may write */
    atomic_bool is_old;  /* the API server knows no policy/v1 */
    atomic_uint n;       /* requests of this process that write, but for Events */
    atomic_uint kill_at; /* the process ends with this one, which has its effect; 0: never */
    size_t n_last;       /* requests when it was last looked whether it is quiet, and since when */
    uint64_t quiet_ms;
    unsigned int quiet_steps;
};

/* For cmocka: the state is a struct job without a process. */
int job_begin(void **state);
int job_end(void **state);

/* A new process, that has these policies, or NULL for none yet; and its end. */
void job_start(struct job *job, const char *policies);
void job_stop(struct job *job);

/* The pod of the server @name is ready, and is asked at this port of this machine. */
void job_serve(struct job *job, const char *name, uint16_t port);

/* Give it other policies. */
void job_use(struct job *job, const char *policies);

/* Run the process for so long; until @is_true, at most half a minute; until it has been quiet for a
 * while. */
void job_run(struct job *job, unsigned int ms);
bool job_run_until(struct job *job, bool (*is_true)(struct job *job));
void job_settle(struct job *job);

/* Whether the process was killed, and is in no run any more. Or has been quiet for a while. */
bool job_is_killed(struct job *job);
bool job_is_killed_or_quiet(struct job *job);

/* As if what waits for a person (SERVER_REFUSED_MS) and every back-off had waited for long enough:
 * a run, in which everything is tried again. */
void job_wait(struct job *job);

/* All objects but Events, by their paths, without what differs each time they are made. Owner: the
 * caller. */
json_t *job_picture(struct job *job);

/* That the cluster becomes as @picture, and stays so. */
void job_becomes(struct job *job, const json_t *picture);

/* The cluster as one process without trouble makes it. Owner: the caller. */
json_t *job_golden(const char *policies);

bool job_has(struct job *job, const char *path);
json_t *job_get(struct job *job, const char *path);

/* How many requests with this method this process has sent, but for Events, to what begins with
 * @path; how many that write. */
size_t job_count(struct job *job, const char *method, const char *path);
size_t job_count_writes(struct job *job, const char *path);

/* Whether there was an Event with this reason. */
bool job_was_told(struct job *job, const char *reason);

/* The value of the sample @name of the job's metrics, "name{label=\"value\"}"; -1: there is none.
 */
long job_metric(struct job *job, const char *name);

#define WITH_JOB(test) cmocka_unit_test_setup_teardown(test, job_begin, job_end)
