/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claim_keeper_write.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/kube/chance.h"

void claim_keeper_write_key(const struct claims_row *row, char out[static CLAIM_KEEPER_KEY_SIZE])
{
    (void)snprintf(out, CLAIM_KEEPER_KEY_SIZE, "%.63s/%.253s", row->namespace_, row->name);
}

const json_t *claim_keeper_write_find(const struct server_context *context,
                                      const struct claims_row *row)
{
    const struct kube_watch *watch = watches_claims(context->watches, row->name);

    return watch != NULL ? kube_watch_get(watch, row->namespace_, row->name) : NULL;
}

/* Whether it is time to write the claim @key. */
static bool may_write(struct claim_keeper_look *look, const char *key)
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
static bool is_fought_for(struct claim_keeper_look *look, const char *key, const json_t *body)
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
static void note_failure(struct claim_keeper_look *look,
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

static void note_written(struct claim_keeper_look *look,
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
    const json_t *body; /* NULL: nothing, as there was no memory for it or it is not ours */
    const char *why;
};

static void write_claim(struct claim_keeper_look *look,
                        const struct claims_item *item,
                        const char *key,
                        const struct writing *writing)
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

static void create(struct claim_keeper_look *look, const struct claims_item *item, const char *key)
{
    json_auto_t *body = claims_make(item, look->context->terms.home);
    struct err why;

    (void)err_set(&why, ERR_INTERNAL, "policy '%s' asks for it", item->policy);
    write_claim(look, item, key,
                &(struct writing){
                    .verb = KUBE_CREATE, .change = NEWS_CREATED, .body = body, .why = why.msg});
}

static void change(struct claim_keeper_look *look, const struct claims_row *row, const char *key)
{
    const json_t *present = claim_keeper_write_find(look->context, row);
    const bool is_growing = row->state == CLAIM_GROWING;
    json_auto_t *desired = claims_make(row->item, look->context->terms.home);
    json_auto_t *body = NULL;

    /* It may be another one than the plan saw, and somebody else's. */
    if (desired != NULL && claims_is_ours(present, look->context->terms.home)) {
        body = is_growing ? claim_grow(desired, present) : claim_label(desired, present);
    }
    write_claim(look, row->item, key,
                &(struct writing){
                    .verb = KUBE_APPLY,
                    .change = is_growing ? NEWS_GROWN : NEWS_REPAIRED,
                    .body = body,
                    .why = is_growing ? row->text : "labels of it were taken off or changed",
                });
}

void claim_keeper_write(struct claim_keeper_look *look, const struct claims_row *row)
{
    char key[CLAIM_KEEPER_KEY_SIZE];

    claim_keeper_write_key(row, key);
    if (!may_write(look, key)) {
        told_keep(&look->keeper->failed, key);
    } else if (row->state == CLAIM_ABSENT) {
        create(look, row->item, key);
    } else {
        change(look, row, key);
    }
}
