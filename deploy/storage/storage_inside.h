/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside the storage job
 *
 * storage.c says when what is done, storage_policies.c what policies ask for, storage_missed.c and
 * storage_probes.c look at workflows and ask servers, storage_report.c tells how things are.
 */

#include "deploy/kube/backoff.h"
#include "deploy/storage/claim_keeper.h"
#include "deploy/storage/lost.h"
#include "deploy/storage/missed.h"
#include "deploy/storage/news.h"
#include "deploy/storage/server.h"
#include "deploy/storage/storage.h"
#include "deploy/storage/watches.h"

/* Argo writes to each workflow that runs every few seconds; whether one was missed may be told as
 * much later. */
#define STORAGE_SEARCH_MS 10000ULL

struct storage {
    struct loop *loop;
    struct kube *kube;
    struct policy_set *set; /* that servers and claims are made of; NULL: none yet */
    long long since_s;      /* since when policies are as they are */
    struct text_list excluded;
    struct policy_set *next; /* that counts from the next run on; NULL: no other */
    struct watches watches;
    struct news news;
    struct server_context context;
    struct server **servers;
    size_t n_servers;
    struct lost lost;
    struct claim_keeper claims;
    struct told silent; /* servers that do not answer */
    struct told missed; /* workflows that got nothing */
    size_t n_missed;
    bool is_leading;
    bool is_known; /* a run with these policies came to its end while this process led: there is
                      something to report */

    bool is_due;             /* for a look at everything */
    bool is_search_due;      /* for one at workflows, which costs less */
    bool is_probe_due;       /* for asking servers, which costs less again */
    bool has_news;           /* since the last storage_take_news() */
    uint64_t searched_ms;    /* when workflows were looked at last; CLOCK_MONOTONIC */
    struct loop_timer timer; /* rings for a look at everything */
    struct loop_timer searching;
    struct loop_timer asking;

    /* Whether the API server knows policy/v1 is asked before anything is watched. */
    uint64_t question; /* its number while it is on its way; 0: it is not */
    struct loop_timer again;
    struct backoff backoff;
    char trouble[ERR_MSG_SIZE]; /* why that is not known; empty: it is, or was not answered yet */
};

/* A look at everything is due. For callbacks: @data is the storage. */
void storage_become_due(void *data) __attribute__((nonnull));

/* Go over to the policies that were given last: their servers and claims are known from now on, and
 * no others. Aborts without memory: a process that cannot have this is better started again. */
void storage_policies_refresh(struct storage *storage) __attribute__((nonnull));
void storage_policies_clear(struct storage *storage) __attribute__((nonnull));

/* Workflows have changed: they are looked at soon. For callbacks: @data is the storage. */
void storage_missed_note(void *data) __attribute__((nonnull));

/* Look for workflows that opted in while nobody could be asked. */
void storage_missed_find(struct storage *storage) __attribute__((nonnull));

/* Ask the servers whose time has come, and tell of those that are silent. */
void storage_probes_mind(struct storage *storage) __attribute__((nonnull));

/* Ask no more, and forget what was answered. */
void storage_probes_end(struct storage *storage) __attribute__((nonnull));
