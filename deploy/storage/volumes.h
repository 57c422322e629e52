/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * PersistentVolumes whose server is gone
 *
 * A provisioner marks each volume that it makes with its name (pv.kubernetes.io/provisioned-by) and
 * with its identity (Provisioner_Id), which it keeps in a file beside the data. What is beside the
 * data goes with it: a pod with an empty emptyDir, or a hostPath of another node, is another server
 * behind the same address. It knows nothing of the volumes of the one before, and deletes none that
 * has another identity than its own, so they stay for ever.
 *
 *     backing     a volume is dead when
 *     emptyDir    it is older than the pod that serves now (a container that restarts keeps the
 * data) hostPath    it is older than that pod, and a volume that is younger has another identity
 *     claim       never
 *
 * Where there is a doubt it is alive: without a pod that runs; in the second of the pod's creation;
 * without a time that can be read; when a volume that is younger than the pod has its identity; for
 * hostPath also when volumes younger than the pod have different identities. Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "policies/policy.h"

/* Where a volume comes from. */
enum volume_origin {
    VOLUME_FOREIGN,      /* from no provisioner of ours */
    VOLUME_OURS,         /* from a server of the set, and of its class */
    VOLUME_OF_OLD_CLASS, /* the server has another class now; it still keeps the volume */
    VOLUME_ORPHAN,       /* the set has no such server any more: nobody will delete its data */
};

/* Also which server of @set @volume is on, or NULL. */
enum volume_origin volumes_find_origin(const struct policy_set *set,
                                       const json_t *volume,
                                       const struct nfs_provisioner **out)
    __attribute__((nonnull, warn_unused_result));

/* What is known of the server that serves now. Borrowed from what it was made of. */
struct volumes_sight {
    const struct nfs_provisioner *provisioner;
    bool is_known; /* a pod runs, and its age is known */
    long long pod_created_s;
    const json_t *volumes;
    const char *identity;  /* NULL: not known */
    bool is_contradictory; /* volumes that are younger than the pod have different identities */
};

/* Look at the pod of @provisioner, NULL for none, and at @volumes, a list of all there are. */
void volumes_look(const struct nfs_provisioner *provisioner,
                  const json_t *pod,
                  const json_t *volumes,
                  struct volumes_sight *out) __attribute__((nonnull(1, 3, 4)));

enum volume_fate {
    VOLUME_ALIVE,         /* or nothing can be said of it */
    VOLUME_DEAD_BOUND,    /* its claim is there, and everything in it is lost */
    VOLUME_DEAD_RELEASED, /* its claim is gone, and it is to be deleted (reclaim policy Delete): it
                             can be, if no pod uses the claim any more: volumes_find_user() */
    VOLUME_DEAD_KEPT,     /* somebody else decides: Available, being deleted, or to be retained */
};

struct volume_verdict {
    enum volume_fate fate;
    const char *claim_namespace; /* of its claim; "" where it names none. Borrowed */
    const char *claim_name;
    char text[ERR_MSG_SIZE]; /* what happened, for people; "" for ALIVE */
};

/* What became of @volume, which is one of the server in @sight. */
void volumes_judge(const struct volumes_sight *sight,
                   const json_t *volume,
                   struct volume_verdict *out) __attribute__((nonnull));

/*
 * The name of a pod in @pods, a list of those of the claim's namespace, that still uses the claim
 * called @claim; NULL for none. Also a pod that is being deleted does, since its node has yet to
 * unmount; one that has ended and is kept does not. Where @pods is no list, NULL included, it is
 * used by "".
 */
const char *volumes_find_user(const json_t *pods, const char *claim)
    __attribute__((nonnull(2), warn_unused_result));
