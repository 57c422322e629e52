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
 * - On an emptyDir a volume is dead when it is older than the pod that serves now. A container that
 *   restarts keeps the data.
 * - On a hostPath it is dead when it is older than that pod, and one that the pod made has another
 *   identity.
 * - On a claim it never is.
 *
 * Who calls a volume dead that is alive has it deleted under its data, so where there is a doubt it
 * is alive:
 *
 * - It is of the server only with the server's address, too: another hawser, or the same one before
 *   the server moved to another namespace, may have a server of the same name.
 * - A pod must run, and have its data on what the document says. After a change of the document the
 *   pod, and what its volumes are on, may be from before it.
 * - The server must have no disk. One that was on a disk keeps it whatever the document says now:
 *   what was made there is there again when the document is changed back.
 * - It must be older than the pod by more than VOLUMES_SKEW_S, or one that the pod made, younger by
 *   as much, must have another identity: the times are of several API servers.
 * - Volumes that the pod made must not have its identity, and for the second rule all the same one.
 *
 * Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "deploy/storage/volumes_backing.h"
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

/* By how much the clocks of API servers may differ. No pod makes a volume within that time of its
 * creation, in which it is scheduled and started. */
#define VOLUMES_SKEW_S 5

/* A server, as it is. Borrowed. */
struct volumes_server {
    const struct nfs_provisioner *provisioner;
    const json_t *pod;   /* that serves now; NULL: there is none */
    const char *address; /* of its Service; "": it has none */
    bool has_disk;       /* there is a claim for its data, whatever the document says */
};

/* What is known of it. Borrowed from what it was made of. */
struct volumes_sight {
    const struct volumes_server *server;
    enum volumes_backing backing; /* UNKNOWN: nothing can be said of any volume */
    long long pod_created_s;
    const json_t *volumes;
    const char *identity;  /* NULL: not known */
    bool is_contradictory; /* volumes that the pod made have different identities */
};

/* Look at @server and at @volumes, a list of all there are. */
void volumes_look(const struct volumes_server *server,
                  const json_t *volumes,
                  struct volumes_sight *out) __attribute__((nonnull));

enum volume_fate {
    VOLUME_ALIVE,         /* or nothing can be said of it */
    VOLUME_DEAD_BOUND,    /* its claim is there, and everything in it is lost */
    VOLUME_DEAD_RELEASED, /* its claim is gone, and it is to be deleted (reclaim policy Delete): it
                             can be, if no pod uses the claim any more: volumes_find_user() */
    VOLUME_DEAD_KEPT,     /* somebody else decides: it is Available, being deleted, to be retained,
                             or names no claim by which its users could be found */
};

struct volume_verdict {
    enum volume_fate fate;
    const char *claim_namespace; /* of its claim; "" where it does not say. Borrowed */
    const char *claim_name;
    const char *claim_uid;
    char text[ERR_MSG_SIZE]; /* what happened, for people; "" for ALIVE */
};

/* What became of @volume; one that is not of the server in @sight is ALIVE. */
void volumes_judge(const struct volumes_sight *sight,
                   const json_t *volume,
                   struct volume_verdict *out) __attribute__((nonnull));

/*
 * The name of a pod in @pods, a list of those of the claim's namespace, that still uses the claim
 * called @claim; NULL for none. A pod knows its claims by name alone, so one that has a newer claim
 * of that name counts as well: it may have begun with the one before, which somebody freed of its
 * finalizer. Also a pod that is being deleted does, since its node has yet to
 * unmount; one that has ended and is kept does not. Where @pods is no list, NULL included, it is
 * used by "".
 */
const char *volumes_find_user(const json_t *pods, const char *claim)
    __attribute__((nonnull(2), warn_unused_result));
