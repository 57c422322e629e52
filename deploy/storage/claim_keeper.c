/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claim_keeper.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "deploy/storage/claim_keeper_write.h"

void claim_keeper_clear(struct claim_keeper *keeper)
{
    claims_plan_clear(&keeper->plan);
    claims_clear(&keeper->wanted);
    told_clear(&keeper->told);
    told_clear(&keeper->failed);
    fights_clear(&keeper->fights);
    later_clear(&keeper->later);
    *keeper = (struct claim_keeper){.has_more = false};
}

static const json_t *find_claim(void *data, const char *namespace_, const char *name)
{
    const struct kube_watch *watch = watches_claims(data, name);

    return watch != NULL ? kube_watch_get(watch, namespace_, name) : NULL;
}

static const json_t *find_class(void *data, const char *name)
{
    const struct watches *watches = data;

    return kube_watch_get(watches->kinds[KIND_STORAGE_CLASS], NULL, name);
}

/*
 * What is wanted, and what is to be done about it
 */

/* The objects of our copy, as an array that is the caller's. NULL without memory. */
static json_t **take_items(const struct kube_watch *watch, size_t *n)
{
    json_t **items = calloc(kube_watch_count(watch) + 1, sizeof(json_t *));

    *n = kube_watch_count(watch);
    for (size_t i = 0; items != NULL && i < *n; i++) {
        items[i] = kube_watch_item(watch, i);
    }
    return items;
}

static int find_wanted(const struct server_context *context,
                       const struct policy_set *set,
                       struct claims *out,
                       struct err *err)
{
    size_t n = 0;
    CLEANUP(free) json_t **namespaces = take_items(context->watches->kinds[KIND_NAMESPACE], &n);

    if (namespaces == NULL) {
        return err_no_memory(err);
    }
    return claims_find(set, namespaces, n, context->terms.home, out, err);
}

static int make_plan(const struct server_context *context,
                     const struct claims *wanted,
                     struct claims_plan *out,
                     struct err *err)
{
    size_t n = 0;
    CLEANUP(free) json_t **labelled = take_items(context->watches->others[WATCHES_CLAIMS], &n);
    const struct claims_view view = {
        .home = context->terms.home,
        .now_s = clock_wall_s(),
        .find_claim = find_claim,
        .find_class = find_class,
        .data = context->watches,
        .labelled = labelled,
        .n_labelled = n,
    };

    if (labelled == NULL) {
        return err_no_memory(err);
    }
    return claims_plan_make(wanted, &view, out, err);
}

/* Both or none: the plan points into what is wanted. */
static int look_anew(struct claim_keeper *keeper,
                     const struct server_context *context,
                     const struct policy_set *set,
                     struct err *err)
{
    CLEANUP(claims_clear) struct claims wanted = {.arena = NULL};
    struct claims_plan plan = {.arena = NULL};

    if (find_wanted(context, set, &wanted, err) < 0 ||
        make_plan(context, &wanted, &plan, err) < 0) {
        return -1;
    }
    claims_plan_clear(&keeper->plan);
    claims_clear(&keeper->wanted);
    keeper->plan = plan;
    keeper->wanted = wanted;
    wanted = (struct claims){.arena = NULL};
    return 0;
}

static void tell_conflicts(struct claim_keeper_look *look)
{
    const struct claims *wanted = &look->keeper->wanted;

    for (size_t i = 0; i < wanted->conflicts.n; i++) {
        const struct claims_conflict *conflict = &wanted->conflicts.items[i];
        const struct log_field fields[] = {{.name = "error", .text = conflict->text},
                                           {.name = NULL}};
        if (told_note(&look->keeper->told, conflict->text, "conflict")) {
            log_line(LOG_WARN, "policies ask for one claim in different words", fields);
        }
    }
}

/*
 * A run
 */

static void tell(struct claim_keeper_look *look, const struct claims_row *row)
{
    const json_t *claim = claim_keeper_write_find(look->context, row);
    const enum news_trouble what = row->state == CLAIM_PENDING ? NEWS_PENDING : NEWS_MISMATCHED;
    char key[CLAIM_KEEPER_KEY_SIZE];

    claim_keeper_write_key(row, key);
    if (told_note(&look->keeper->told, key, row->text) && claim != NULL) {
        news_trouble(look->context->news, what, claim, row->text);
    }
}

/* Whether it needs us. Of one that is not watched (WATCHES_CLAIMS_MAX) it is not known. */
static bool is_writable(const struct claim_keeper_look *look, const struct claims_row *row)
{
    return (row->state == CLAIM_ABSENT || row->state == CLAIM_GROWING || row->lacks_labels) &&
           watches_claims(look->context->watches, row->name) != NULL;
}

/* What the plan observed in our copies may be gone by now: another claim was written before. */
static void attend(struct claim_keeper_look *look, const struct claims_row *row)
{
    if (claim_state_is_trouble(row->state)) {
        tell(look, row);
    }
    if (is_writable(look, row)) {
        claim_keeper_write(look, row);
    }
}

/* What is over at @now_ms waits no more. What ends later waits for the next run, even where it ends
 * in this one: some claims would be past then, and nothing would wake us for them. */
static void begin(struct claim_keeper *keeper, uint64_t now_ms)
{
    later_begin(&keeper->later, now_ms);
    fights_begin(&keeper->fights, now_ms);
    keeper->fights.peace = CLAIM_KEEPER_PEACE;
    if (keeper->not_before_ms <= now_ms) {
        keeper->not_before_ms = 0;
    }
    keeper->has_more = false;
}

enum kube_outcome claim_keeper_run(struct claim_keeper *keeper,
                                   const struct server_context *context,
                                   const struct policy_set *set)
{
    struct claim_keeper_look look = {.keeper = keeper, .context = context};
    struct err ignored = {0}; /* there is no memory; the next run may have some */

    begin(keeper, clock_monotonic_ms());
    if (look_anew(keeper, context, set, &ignored) < 0) {
        return KUBE_OK;
    }
    tell_conflicts(&look);
    for (size_t i = 0; i < keeper->plan.rows.n && !look.is_halted; i++) {
        attend(&look, &keeper->plan.rows.items[i]);
    }
    if (look.is_halted) {
        return KUBE_HALTED;
    }
    (void)told_end(&keeper->told);
    (void)told_end(&keeper->failed);
    return KUBE_OK;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t claim_keeper_wait_ms(const struct claim_keeper *keeper)
{
    const uint64_t now_ms = clock_monotonic_ms();
    const long long left_s = keeper->plan.again_s - clock_wall_s();
    uint64_t at_ms = later_first_ms(&keeper->later);
    uint64_t wait_ms = UINT64_MAX;

    if (keeper->not_before_ms != 0) {
        at_ms = sooner(at_ms, keeper->not_before_ms);
    }
    if (at_ms != UINT64_MAX) {
        wait_ms = at_ms > now_ms ? at_ms - now_ms : 1;
    }
    if (keeper->plan.again_s != 0) {
        wait_ms = sooner(wait_ms, left_s < 1 ? 1000 : (uint64_t)left_s * 1000);
    }
    return wait_ms;
}
