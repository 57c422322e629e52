/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/storage.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "deploy/kube/chance.h"
#include "deploy/storage/kinds.h"
#include "deploy/storage/storage_inside.h"

#define QUESTION_TIMEOUT_MS 10000
#define HALTED_MS           5000

void storage_become_due(void *data)
{
    struct storage *storage = data;

    storage->is_due = true;
}

static void become_search_due(void *data)
{
    struct storage *storage = data;

    storage->is_search_due = true;
}

static void become_probe_due(void *data)
{
    struct storage *storage = data;

    storage->is_probe_due = true;
}

/*
 * What the API server knows
 */

static void open_watches(struct storage *storage, bool has_policy_v1)
{
    const struct watches_listener listener = {
        .workflows_changed = storage_missed_note,
        .changed = storage_become_due,
        .data = storage,
    };
    struct err err = {0};

    storage->context.terms.has_policy_v1 = has_policy_v1;
    if (watches_open(&storage->watches, storage->kube, has_policy_v1, &listener, &err) < 0) {
        abort(); /* there is no memory: a process that cannot have this is better started again */
    }
}

/* PodDisruptionBudgets of policy/v1 came with Kubernetes 1.21. A server that does not know the kind
 * says that there is none such. */
static void note_answer(void *data, struct kube_answer *answer)
{
    struct storage *storage = data;
    const uint64_t now_ms = clock_monotonic_ms();

    storage->question = 0;
    if (answer->outcome == KUBE_OK || answer->outcome == KUBE_NOT_FOUND) {
        storage->trouble[0] = '\0';
        open_watches(storage, answer->outcome == KUBE_OK);
        storage->is_due = true;
        return;
    }
    (void)snprintf(storage->trouble, sizeof(storage->trouble), "%s: %s",
                   kube_outcome_text(answer->outcome), answer->message);
    loop_set_timer(
        storage->loop, &storage->again,
        now_ms + backoff_fail(&storage->backoff, now_ms, answer->retry_after_ms, chance_number()));
}

static void ask(void *data)
{
    struct storage *storage = data;
    const struct kube_request request = {
        .verb = KUBE_LIST,
        .resource = kind_resource(KIND_DISRUPTION_BUDGET, true),
        .label_selector = SERVER_OBJECTS_SELECTOR,
    };

    storage->question =
        kube_start(storage->kube, &request, QUESTION_TIMEOUT_MS, note_answer, storage);
}

/*
 * A run
 */

bool storage_is_due(const struct storage *storage)
{
    return storage->is_due || storage->is_search_due || storage->is_probe_due;
}

bool storage_take_news(struct storage *storage)
{
    const bool has_news = storage->has_news;

    storage->has_news = false;
    return has_news;
}

void storage_lead(struct storage *storage)
{
    storage->is_leading = true;
    storage->is_due = true;
}

void storage_rest(struct storage *storage)
{
    storage->is_leading = false;
    storage->is_known = false;
    storage_probes_end(storage);
}

/* When to run though nothing changes. */
static void set_timer(struct storage *storage)
{
    const uint64_t now_ms = clock_monotonic_ms();
    const uint64_t claims_ms = claim_keeper_wait_ms(&storage->claims);
    uint64_t wait_ms = STORAGE_RESYNC_MS + chance_below((uint32_t)(STORAGE_RESYNC_MS / 10));

    for (size_t i = 0; i < storage->n_servers; i++) {
        const uint64_t server_ms = server_wait_ms(storage->servers[i], now_ms);
        wait_ms = server_ms < wait_ms ? server_ms : wait_ms;
    }
    wait_ms = claims_ms < wait_ms ? claims_ms : wait_ms;
    if (storage->lost.n > 0 && wait_ms > LOST_AGAIN_MS) {
        wait_ms = LOST_AGAIN_MS;
    }
    loop_set_timer(storage->loop, &storage->timer, now_ms + wait_ms);
}

static enum kube_outcome run_servers(struct storage *storage)
{
    for (size_t i = 0; i < storage->n_servers; i++) {
        bool has_changed = false;
        if (server_run(storage->servers[i], &storage->context, &has_changed) == KUBE_HALTED) {
            return KUBE_HALTED;
        }
        storage->is_due |= has_changed; /* what it is now may have a next step */
    }
    return KUBE_OK;
}

static enum kube_outcome run_volumes(struct storage *storage)
{
    enum kube_outcome outcome;

    if (!watches_know(&storage->watches, WATCHES_VOLUMES)) {
        return KUBE_OK;
    }
    outcome = lost_run(&storage->lost, &storage->context, storage->servers, storage->n_servers);
    storage->is_due |= storage->lost.has_more;
    return outcome;
}

static enum kube_outcome run_claims(struct storage *storage)
{
    const enum kube_outcome outcome =
        claim_keeper_run(&storage->claims, &storage->context, storage->set);

    storage->is_due |= storage->claims.has_more;
    return outcome;
}

/* Look at everything; whether it came to its end, and counts. */
static bool look_at_all(struct storage *storage)
{
    if (run_servers(storage) == KUBE_HALTED || run_claims(storage) == KUBE_HALTED ||
        run_volumes(storage) == KUBE_HALTED) {
        /* storage_lead() begins anew; who only stalled for a moment leads on without being told. */
        loop_set_timer(storage->loop, &storage->timer, clock_monotonic_ms() + HALTED_MS);
        return false;
    }
    storage_missed_find(storage);
    set_timer(storage);
    storage->is_known = storage->is_leading; /* which may have ended on the way */
    storage->has_news = storage->is_known;
    return storage->is_known;
}

void storage_run(struct storage *storage)
{
    const bool is_due = storage->is_due;
    const bool is_search_due = storage->is_search_due;
    const bool is_probe_due = storage->is_probe_due;

    storage->is_due = false;
    storage->is_search_due = false;
    storage->is_probe_due = false;
    if (!watches_are_open(&storage->watches)) {
        return; /* the first answer tells when they are */
    }
    storage_policies_refresh(storage);
    if (storage->set == NULL || !watches_are_whole(&storage->watches)) {
        return; /* policies, or the watches, tell when it is otherwise */
    }
    if (is_search_due && !is_due) {
        storage_missed_find(storage);
    }
    if (is_due ? look_at_all(storage) : is_probe_due) {
        storage_probes_mind(storage);
    }
}

/*
 * Beginning and ending
 */

struct storage *storage_new(struct loop *loop,
                            struct kube *kube,
                            struct events *events,
                            const struct storage_options *options,
                            struct err *err)
{
    struct storage *storage = calloc(1, sizeof(*storage));

    if (storage == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    *storage = (struct storage){
        .loop = loop,
        .kube = kube,
        .excluded = options->excluded,
        .news = {.events = events},
        .timer = {.ring = storage_become_due, .data = storage},
        .searching = {.ring = become_search_due, .data = storage},
        .asking = {.ring = become_probe_due, .data = storage},
        .again = {.ring = ask, .data = storage},
    };
    storage->context = (struct server_context){
        .kube = kube,
        .watches = &storage->watches,
        .news = &storage->news,
        .terms = {.home = options->home},
    };
    ask(storage);
    return storage;
}

void storage_free(struct storage *storage)
{
    if (storage == NULL) {
        return;
    }
    kube_cancel(storage->kube, storage->question);
    loop_stop_timer(storage->loop, &storage->again);
    loop_stop_timer(storage->loop, &storage->timer);
    loop_stop_timer(storage->loop, &storage->searching);
    storage_probes_end(storage);
    lost_clear(&storage->lost);
    told_clear(&storage->silent);
    told_clear(&storage->missed);
    claim_keeper_clear(&storage->claims);
    watches_clear(&storage->watches);
    storage_policies_clear(storage);
    free(storage);
}

int storage_check(const struct storage *storage, struct err *err)
{
    if (!watches_are_open(&storage->watches)) {
        return err_set(err, ERR_IO, "the API server was not asked what it knows yet: %s",
                       storage->trouble);
    }
    return watches_check(&storage->watches, err);
}
