/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What may be deleted when hawser's storage goes
 *
 * From the objects as they were listed to either refusals, or deletions in order and what stays.
 * The cluster alone is asked, by labels (server_objects.h): the documents may be gone already. So
 * it can be cut at any point and decided again from what is left. Pure.
 *
 * - While a volume of ours is in use, or a claim of one exists, nothing is deleted. A volume is
 * ours by its provisioner, "hawser.dev/nfs-NAME", also where no object of that server is left, or
 * by its class; a claim by its provisioner, its class or its volume.
 * - StorageClasses go first, so that no new claim is served; after that claims are to be looked at
 *   again. Then volumes that nobody has a claim to any more, then all else in the reverse of the
 *   order in kinds.h: whoever relies on an object goes before it.
 * - The claim of a server's disk stays with its data, unless the terms say otherwise.
 * - What servers share stays while another server is there, also one of another hawser.
 * - A Namespace goes last, and only if nothing of others is in it: it would take that along. It is
 *   to be looked at again just before. What makes up its own furniture (service account tokens,
 *   kube-root-ca.crt) does not count.
 *
 * Whose an object is says the label SERVER_OBJECTS_LABEL_HOME. One without it is nobody's and
 * stays; pods have none and are ours by the server's label.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/storage/kinds.h"

/* What a Namespace is searched for beside claims. */
enum uninstall_tenant {
    UNINSTALL_POD,
    UNINSTALL_SERVICE,
    UNINSTALL_SECRET,
    UNINSTALL_CONFIG_MAP,
    UNINSTALL_DEPLOYMENT, /* these two for themselves: they may be scaled to no pod */
    UNINSTALL_STATEFUL_SET,
    UNINSTALL_TENANT_N,
};

const struct kube_resource *uninstall_tenant_resource(enum uninstall_tenant tenant);

/* Lists of objects, borrowed; NULL is an empty one. */
struct uninstall_world {
    const json_t *ours[KIND_N]; /* what SERVER_OBJECTS_SELECTOR finds, of every hawser */
    const json_t *volumes;      /* all PersistentVolumes */
    const json_t *claims;       /* all PersistentVolumeClaims */
    const json_t *tenants[UNINSTALL_TENANT_N]; /* of the Namespaces among ours, or more */
    bool has_policy_v1;                        /* as in kinds.h */
};

struct uninstall_terms {
    const char *home;   /* the namespace that hawser lives in */
    const char *server; /* only that one; NULL: all */
    bool deletes_data;
};

/* Texts belong to the world's objects, or to the arena. */
struct uninstall_step {
    const struct kube_resource *resource;
    const char *namespace_; /* NULL: it has none */
    const char *name;
    const char *uid;
    const char *reason; /* "of server 'ebs'" */
};

struct uninstall_plan {
    struct text_list refusals; /* a sentence each; where there are any the rest is empty */
    LIST_OF(struct uninstall_step) steps;
    struct text_list stays; /* what is not deleted though it is ours, and why: a sentence each */
};

/* The resource of volumes, which is no kind that we make. */
extern const struct kube_resource uninstall_volumes;

/* "statefulset.apps/NAME", as kubectl has it. NULL when @arena is full. */
const char *uninstall_call(const struct kube_resource *resource,
                           const char *name,
                           struct arena *arena) __attribute__((nonnull, warn_unused_result));

/* Decide. Errors: ERR_INTERNAL when @arena is full or there is no memory. */
int uninstall_decide(const struct uninstall_world *world,
                     const struct uninstall_terms *terms,
                     struct arena *arena,
                     struct uninstall_plan *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));
