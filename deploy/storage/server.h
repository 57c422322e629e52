/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One NFS server, kept as it should be
 *
 * Compares the objects of server_objects.h with what is there and carries out what plan.h says,
 * each object with a back-off of its own. An object that our copies lack is looked for by name
 * first: it may be somebody else's, or be ours without its labels. While that cannot be told of one
 * nothing is done to any.
 *
 * What was not as it was looked at when it is written is no trouble, and looked at again at once.
 * Who undoes what is written is let win for longer each time (fight.h), from the
 * SERVER_PEACE-th time on within a minute: a person at work is no fight.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/fight.h"
#include "deploy/kube/kube.h"
#include "deploy/storage/news.h"
#include "deploy/storage/probe.h"
#include "deploy/storage/server_objects.h"
#include "deploy/storage/watches.h"
#include "policies/policy.h"

#define SERVER_PEACE 20

/* After what only a person can change: RBAC, an object of somebody else's. */
#define SERVER_REFUSED_MS 60000ULL

/* What was looked for by name and is not there counts as absent for so long: looking for all parts
 * takes some seconds, and must not begin anew when one of them cannot be looked for. */
#define SERVER_ABSENT_MS 10000ULL

#define SERVER_TEXT_SIZE 512

enum server_part_state {
    SERVER_PART_UNKNOWN, /* nothing was looked at yet */
    SERVER_PART_RIGHT,
    SERVER_PART_WAITING, /* it is going, or the API server did not take it; tried again */
    SERVER_PART_WRONG,   /* only an operator can help: the message says how */
};

/* So many times in a row an object that somebody else has just written is looked at again at once.
 */
#define SERVER_CONFLICTS 3

/* One object of it. */
struct server_part {
    enum server_part_state state;
    char message[SERVER_TEXT_SIZE]; /* why it is not right; empty where it is */
    char action[SERVER_TEXT_SIZE];  /* what was done last; empty: nothing yet */
    long long action_s;             /* and when */
    uint64_t not_before_ms;         /* nothing is tried again before that; CLOCK_MONOTONIC */
    struct backoff backoff;
    struct fight fight;
    unsigned int n_conflicts; /* in a row */
    json_t *found;            /* that is somebody else's, as it was found by name; NULL: none */
    uint64_t absent_until_ms; /* it is not there; 0: that is not known */
    bool is_unknown; /* it could not be looked for: nothing is decided about any part until then */
};

struct server {
    const struct nfs_provisioner *provisioner; /* borrowed from the policy set in force */
    json_t *desired;                           /* a list */
    struct server_part *parts;                 /* as many */
    struct probe probe;
};

/* What servers are kept with. All borrowed. */
struct server_context {
    struct kube *kube;
    struct watches *watches;
    struct news *news;
    struct server_objects_terms terms;
};

/* Begin with @provisioner. NULL with ERR_INTERNAL. */
struct server *server_new(const struct nfs_provisioner *provisioner,
                          const struct server_objects_terms *terms,
                          struct err *err) __attribute__((nonnull, warn_unused_result));

/* Leaves the objects as they are. Accepts NULL. */
void server_free(struct server *server);

/*
 * Look at all objects once and put right what is not. Waits for answers, in steps of the loop; not
 * from one of its callbacks. KUBE_HALTED: this process must not write any more; nothing is known
 * then. Else KUBE_OK, and the parts say how it stands; @changed is set when anything was written,
 * so that it is worth another look at once.
 */
enum kube_outcome server_run(struct server *server,
                             const struct server_context *context,
                             bool *changed) __attribute__((nonnull, warn_unused_result));

/* How many ms until something that failed is to be tried again; UINT64_MAX: nothing is. */
uint64_t server_wait_ms(const struct server *server, uint64_t now_ms) __attribute__((nonnull));

/* The object of that kind as our copies have it, or NULL. Borrowed until the next step of the loop.
 */
const json_t *server_observed(const struct server *server,
                              const struct watches *watches,
                              enum kind kind) __attribute__((nonnull));

/* Its pod that serves, as our copies have it, or NULL. Borrowed so too. */
const json_t *server_pod(const struct server *server, const struct watches *watches)
    __attribute__((nonnull));

/* "right", "waiting", ... */
const char *server_part_state_name(enum server_part_state state);

/* How it is as a whole, from the gravest to the best. */
enum server_state {
    SERVER_WRONG,      /* an object is not as it should be, and only an operator can help */
    SERVER_FAILING,    /* an object is not as it should be, and is tried again */
    SERVER_INSTALLING, /* it was not looked at yet */
    SERVER_NOT_READY,  /* its pod is not */
    SERVER_SILENT,     /* its pod is, and it does not answer */
    SERVER_NOT_ASKED,  /* its pod is, and whether it answers is not known yet */
    SERVER_READY,
};

/* Why, in @why: "" for READY. */
enum server_state server_state(const struct server *server,
                               const struct watches *watches,
                               char why[static SERVER_TEXT_SIZE]) __attribute__((nonnull));

/* "wrong", "ready", ...: for tables and labels of metrics. */
const char *server_state_name(enum server_state state);

static inline void server_free_p(struct server **server)
{
    server_free(*server);
}
