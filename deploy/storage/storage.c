/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/storage.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "deploy/kube/chance.h"
#include "deploy/storage/kinds.h"
#include "deploy/storage/storage_inside.h"

#define QUESTION_TIMEOUT_MS 10000
#define HALTED_MS           5000

static void become_due(void *data)
{
    struct storage *storage = data;

    storage->is_due = true;
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
    struct err err = {0};

    storage->context.terms.has_policy_v1 = has_policy_v1;
    if (watches_open(&storage->watches, storage->kube, has_policy_v1, become_due, storage, &err) <
        0) {
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
 * What policies ask for
 */

static bool is_in(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void free_servers(struct server **servers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        server_free(servers[i]);
    }
    free(servers);
}

/* The server of @provisioner, if it is there already and was asked for in the same words. It goes
 * over to the caller. */
static struct server *take_over(struct storage *storage, const struct nfs_provisioner *provisioner)
{
    for (size_t i = 0; i < storage->n_servers; i++) {
        struct server *server = storage->servers[i];
        if (server != NULL && strcmp(server->provisioner->hash, provisioner->hash) == 0 &&
            strcmp(server->provisioner->name, provisioner->name) == 0) {
            storage->servers[i] = NULL;
            server->provisioner = provisioner;
            return server;
        }
    }
    return NULL;
}

static struct server *
make_server(struct storage *storage, const struct nfs_provisioner *provisioner, struct err *err)
{
    struct server *server = take_over(storage, provisioner);

    if (server == NULL) {
        server = server_new(provisioner, &storage->context.terms, err);
    }
    if (server != NULL) {
        server->probe.changed = become_due;
        server->probe.data = storage;
    }
    return server;
}

static int make_servers(struct storage *storage, const struct policy_set *set, struct err *err)
{
    const size_t n = set->provisioners.n;
    struct server **servers = calloc(n + 1, sizeof(struct server *));

    if (servers == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        servers[i] = make_server(storage, &set->provisioners.items[i], err);
        if (servers[i] == NULL) {
            abort(); /* there is no memory, and half of them were taken over */
        }
    }
    free_servers(storage->servers, storage->n_servers);
    storage->servers = servers;
    storage->n_servers = n;
    return 0;
}

/* Watch the claims of all names that policies create. Of too many some are not kept, which is told
 * now. */
static void watch_claims(struct storage *storage, const struct policy_set *set)
{
    const char *names[WATCHES_CLAIMS_MAX + 1];
    struct err err = {0};
    size_t n = 0;

    for (size_t i = 0; i < set->policies.n; i++) {
        const struct volume_policy *policy = &set->policies.items[i];
        for (size_t k = 0; k < policy->volumes.n && n <= WATCHES_CLAIMS_MAX; k++) {
            const struct policy_persistent *persistent = policy->volumes.items[k].persistent;
            if (persistent != NULL && persistent->create != NULL &&
                !is_in(persistent->claim_name, names, n)) {
                names[n++] = persistent->claim_name;
            }
        }
    }
    if (watches_set_claims(&storage->watches, names, n, &err) < 0) {
        const struct log_field fields[] = {{.name = "error", .text = err.msg}, {.name = NULL}};
        log_line(LOG_ERROR, "not all claims are kept", fields);
    }
}

/* Go over to the policies that were given last. */
static int refresh(struct storage *storage, struct err *err)
{
    if (storage->next == NULL) {
        return 0;
    }
    if (make_servers(storage, storage->next, err) < 0) {
        return -1;
    }
    watch_claims(storage, storage->next);
    claims_plan_clear(&storage->claims.plan); /* both point into the set before */
    claims_clear(&storage->claims.wanted);
    policy_set_unref(storage->set);
    storage->set = TAKE(storage->next);
    return 0;
}

void storage_use(struct storage *storage, struct policy_set *set, long long since_s)
{
    policy_set_unref(storage->next);
    storage->next = policy_set_ref(set);
    storage->since_s = since_s;
    storage->is_due = true;
}

/*
 * A run
 */

bool storage_is_due(const struct storage *storage)
{
    return storage->is_due || storage->is_probe_due;
}

bool storage_take_news(struct storage *storage)
{
    const bool has_news = storage->has_news;

    storage->has_news = false;
    return has_news;
}

void storage_lead(struct storage *storage)
{
    storage->is_due = true;
}

void storage_rest(struct storage *storage)
{
    storage->is_known = false;
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

/* Workflows that opted in while nobody could be asked. */
static void find_missed(struct storage *storage)
{
    const struct kube_watch *workflows = storage->watches.others[WATCHES_WORKFLOWS];
    const struct missed_terms terms = {
        .policies = storage->set,
        .policies_since_s = storage->since_s,
        .excluded = storage->excluded,
    };
    char reason[MISSED_REASON_SIZE];

    if (!watches_know(&storage->watches, WATCHES_WORKFLOWS)) {
        return;
    }
    for (size_t i = 0; i < kube_watch_count(workflows); i++) {
        const json_t *workflow = kube_watch_item(workflows, i);
        const json_t *metadata = json_object_get(workflow, "metadata");
        const json_t *namespace_ = kube_watch_get(storage->watches.kinds[KIND_NAMESPACE], NULL,
                                                  json_text_of(metadata, "namespace"));
        if (missed_judge(&terms, workflow, namespace_, reason) &&
            told_note(&storage->missed, json_text_of(metadata, "uid"), "missed")) {
            news_trouble(&storage->news, NEWS_MISSED, workflow, reason);
        }
    }
    storage->n_missed = told_end(&storage->missed);
}

/* Where clients reach a server whose pod is ready; NULL: it has none. */
static const char *address_of(const struct storage *storage, const struct server *server)
{
    const struct watches *watches = &storage->watches;
    const json_t *stateful_set = server_observed(server, watches, KIND_STATEFUL_SET);
    const json_t *service = server_observed(server, watches, KIND_SERVICE);
    const json_t *ready = json_object_get(json_object_get(stateful_set, "status"), "readyReplicas");
    const char *address = json_text_of(json_object_get(service, "spec"), "clusterIP");

    return json_integer_value(ready) > 0 && address[0] != '\0' ? address : NULL;
}

static void mind_probes(struct storage *storage)
{
    const uint64_t now_ms = clock_monotonic_ms();

    storage->is_probe_due = false;
    for (size_t i = 0; i < storage->n_servers; i++) {
        struct server *server = storage->servers[i];
        const json_t *stateful_set = server_observed(server, &storage->watches, KIND_STATEFUL_SET);
        probe_mind(&server->probe, storage->loop, address_of(storage, server), now_ms);
        if (probe_is_silent(&server->probe) && stateful_set != NULL &&
            told_note(&storage->silent, server->provisioner->name, "silent")) {
            news_trouble(&storage->news, NEWS_UNANSWERED, stateful_set,
                         server->probe.result.reason);
        }
    }
    (void)told_end(&storage->silent);
    if (storage->n_servers > 0) {
        loop_set_timer(storage->loop, &storage->asking, now_ms + PROBE_PERIOD_MS);
    }
}

/* Lists of a large cluster take many times of what is kept of them; return that to the system. */
static void give_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

/* Look at everything; whether it came to its end. */
static bool look_at_all(struct storage *storage)
{
    if (run_servers(storage) == KUBE_HALTED || run_claims(storage) == KUBE_HALTED ||
        run_volumes(storage) == KUBE_HALTED) {
        /* storage_lead() begins anew; who only stalled for a moment leads on without being told. */
        loop_set_timer(storage->loop, &storage->timer, clock_monotonic_ms() + HALTED_MS);
        return false;
    }
    find_missed(storage);
    set_timer(storage);
    if (!storage->is_known) {
        give_back();
    }
    storage->is_known = true;
    storage->has_news = true;
    return true;
}

void storage_run(struct storage *storage)
{
    const bool is_due = storage->is_due;
    struct err ignored = {0}; /* there is no memory; the next run may have some */

    storage->is_due = false;
    storage->is_probe_due = false;
    if (!watches_are_open(&storage->watches) || refresh(storage, &ignored) < 0 ||
        storage->set == NULL || !watches_are_whole(&storage->watches)) {
        return; /* the first answer, policies, or the watches tell when it is otherwise */
    }
    if (!is_due || look_at_all(storage)) {
        mind_probes(storage);
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
        .timer = {.ring = become_due, .data = storage},
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
    loop_stop_timer(storage->loop, &storage->asking);
    lost_clear(&storage->lost);
    told_clear(&storage->silent);
    told_clear(&storage->missed);
    claim_keeper_clear(&storage->claims);
    watches_clear(&storage->watches);
    free_servers(storage->servers, storage->n_servers);
    policy_set_unref(storage->set);
    policy_set_unref(storage->next);
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
