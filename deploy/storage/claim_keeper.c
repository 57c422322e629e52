/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claim_keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "deploy/kube/chance.h"

#define KEY_SIZE 320 /* a namespace has at most 63 characters, a name 253 */

/* One run. */
struct look {
    struct claim_keeper *keeper;
    const struct server_context *context;
    size_t n_written;
    bool is_halted;
};

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

static void write_key(const char *namespace_, const char *name, char out[static KEY_SIZE])
{
    (void)snprintf(out, KEY_SIZE, "%.63s/%.253s", namespace_, name);
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

static void tell_conflicts(struct look *look)
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
 * Writing
 */

/* Whether it is time to write the claim @key. */
static bool may_write(struct look *look, const char *key)
{
    if (later_must_wait(&look->keeper->later, key) || look->keeper->not_before_ms != 0) {
        return false;
    }
    if (look->n_written == CLAIM_KEEPER_AT_ONCE) {
        look->keeper->has_more = true;
        return false;
    }
    return true;
}

/* Whether somebody undoes each time what is written of the claim @key, which is left alone then. */
static bool is_fought_for(struct look *look, const char *key, const json_t *body)
{
    struct claim_keeper *keeper = look->keeper;
    const uint64_t now_ms = clock_monotonic_ms();
    const uint64_t wait_ms = fights_wait_ms(&keeper->fights, key, now_ms);

    if (wait_ms == 0) {
        return false;
    }
    later_note(&keeper->later, key, now_ms + wait_ms);
    if (told_note(&keeper->failed, key, "undone")) {
        news_trouble(look->context->news, NEWS_FAILED, body,
                     "somebody else undoes what is written");
    }
    return true;
}

/* The API server does not take this one, or nothing at the moment. */
static void note_failure(struct look *look,
                         const struct claims_item *item,
                         const char *key,
                         const json_t *body,
                         const struct kube_answer *answer)
{
    struct claim_keeper *keeper = look->keeper;
    const uint64_t now_ms = clock_monotonic_ms(); /* the answer may have taken its time */
    struct err text;

    switch (answer->outcome) {
    case KUBE_HALTED:
        look->is_halted = true;
        return;
    case KUBE_OK:
        return;
    case KUBE_ALREADY_EXISTS: /* our copy is late: its stream will tell */
    case KUBE_CONFLICT:
        later_note(&keeper->later, key, now_ms + CLAIM_KEEPER_LATE_MS);
        return;
    case KUBE_NOT_FOUND: /* its namespace is gone */
    case KUBE_TERMINATING:
    case KUBE_INVALID:
    case KUBE_FORBIDDEN:
    case KUBE_GONE:
        later_note(&keeper->later, key, now_ms + CLAIM_KEEPER_REFUSED_MS);
        break;
    case KUBE_UNAUTHORIZED:
    case KUBE_BUSY:
    case KUBE_UNREACHABLE:
        keeper->not_before_ms = now_ms + backoff_fail(&keeper->backoff, now_ms,
                                                      answer->retry_after_ms, chance_number());
        break;
    }
    (void)err_set(&text, ERR_IO, "cannot make it as policy '%s' asks: %s: %s", item->policy,
                  kube_outcome_text(answer->outcome), answer->message);
    if (answer->outcome != KUBE_NOT_FOUND && answer->outcome != KUBE_TERMINATING &&
        told_note(&keeper->failed, key, "refused")) {
        news_trouble(look->context->news, NEWS_FAILED, body, text.msg);
    }
}

static void note_written(struct look *look,
                         const struct claims_item *item,
                         const char *key,
                         const json_t *written)
{
    struct kube_watch *watch = watches_claims(look->context->watches, item->name);
    const uint64_t now_ms = clock_monotonic_ms();

    backoff_succeed(&look->keeper->backoff, now_ms);
    fights_note(&look->keeper->fights, key, now_ms, chance_number());
    if (watch != NULL) {
        kube_watch_note(watch, written); /* its stream may be late */
    }
}

/* What is written of a claim. */
struct writing {
    enum kube_verb verb;
    enum news_change change;
    const json_t *body; /* NULL: there was no memory for it */
    const char *why;
};

static void
write_claim(struct look *look, const struct claims_item *item, const struct writing *writing)
{
    const struct kube_request request = {
        .verb = writing->verb,
        .resource = kind_resource(KIND_CLAIM, look->context->terms.has_policy_v1),
        .namespace_ = item->namespace_,
        .name = writing->verb == KUBE_CREATE ? NULL : item->name,
        .body = writing->body,
        .field_manager = KUBE_MANAGER,
    };
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    char key[KEY_SIZE];

    write_key(item->namespace_, item->name, key);
    if (writing->body == NULL || is_fought_for(look, key, writing->body)) {
        return;
    }
    look->n_written++;
    kube_call(look->context->kube, &request, &answer);
    if (answer.outcome != KUBE_OK) {
        note_failure(look, item, key, writing->body, &answer);
        return;
    }
    note_written(look, item, key, answer.body);
    news_change(look->context->news, writing->change, answer.body, writing->why);
}

static void create(struct look *look, const struct claims_item *item)
{
    json_auto_t *body = claims_make(item, look->context->terms.home);
    struct err why;

    (void)err_set(&why, ERR_INTERNAL, "policy '%s' asks for it", item->policy);
    write_claim(look, item,
                &(struct writing){
                    .verb = KUBE_CREATE, .change = NEWS_CREATED, .body = body, .why = why.msg});
}

static void change(struct look *look, const struct claims_row *row)
{
    const json_t *present = find_claim(look->context->watches, row->namespace_, row->name);
    const bool is_growing = row->state == CLAIM_GROWING;
    json_auto_t *desired = claims_make(row->item, look->context->terms.home);
    json_auto_t *body = NULL;

    if (desired != NULL && present != NULL) {
        body = is_growing ? claim_grow(desired, present) : claim_label(desired, present);
    }
    write_claim(look, row->item,
                &(struct writing){
                    .verb = KUBE_APPLY,
                    .change = is_growing ? NEWS_GROWN : NEWS_REPAIRED,
                    .body = body,
                    .why = is_growing ? row->text : "labels of it were taken off or changed",
                });
}

/*
 * A run
 */

static void tell(struct look *look, const char *key, const struct claims_row *row)
{
    const json_t *claim = find_claim(look->context->watches, row->namespace_, row->name);
    const enum news_trouble what = row->state == CLAIM_PENDING ? NEWS_PENDING : NEWS_MISMATCHED;

    if (told_note(&look->keeper->told, key, row->text) && claim != NULL) {
        news_trouble(look->context->news, what, claim, row->text);
    }
}

/* Whether it needs us. Of one that is not watched (WATCHES_CLAIMS_MAX) it is not known. */
static bool is_writable(const struct look *look, const struct claims_row *row)
{
    return (row->state == CLAIM_ABSENT || row->state == CLAIM_GROWING || row->lacks_labels) &&
           watches_claims(look->context->watches, row->name) != NULL;
}

/* What the plan observed in our copies may be gone by now: another claim was written before. */
static void attend(struct look *look, const struct claims_row *row)
{
    char key[KEY_SIZE];

    write_key(row->namespace_, row->name, key);
    if (claim_state_is_trouble(row->state)) {
        tell(look, key, row);
    }
    if (!is_writable(look, row)) {
        return;
    }
    if (!may_write(look, key)) {
        told_keep(&look->keeper->failed, key);
    } else if (row->state == CLAIM_ABSENT) {
        create(look, row->item);
    } else {
        change(look, row);
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
    struct look look = {.keeper = keeper, .context = context};
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
