/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/server.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/claim.h"
#include "deploy/storage/plan.h"
#include "deploy/storage/server_look.h"
#include "deploy/storage/server_write.h"

/* A part whose time has come may be out of a look's reach: no look follows the last at once. */
#define LOOK_AGAIN_MS 500

struct server *server_new(const struct nfs_provisioner *provisioner,
                          const struct server_objects_terms *terms,
                          struct err *err)
{
    CLEANUP(server_free) struct server *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    server->provisioner = provisioner;
    server->desired = server_objects_make(provisioner, terms, err);
    if (server->desired == NULL) {
        return NULL;
    }
    server->parts = calloc(json_array_size(server->desired), sizeof(*server->parts));
    if (server->parts == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < json_array_size(server->desired); i++) {
        server->parts[i].fight.peace = SERVER_PEACE;
    }
    return TAKE(server);
}

void server_free(struct server *server)
{
    if (server == NULL) {
        return;
    }
    for (size_t i = 0; server->parts != NULL && i < json_array_size(server->desired); i++) {
        json_decref(server->parts[i].found);
    }
    probe_clear(&server->probe);
    free(server->parts);
    json_decref(server->desired);
    free(server);
}

/*
 * Putting it right
 */

/* What is held back is told with the object that holds it back: one Event and not a dozen. */
static void report(struct server_look *look, const struct plan_action *action)
{
    const enum news_trouble what = action->cause == PLAN_FOREIGN ? NEWS_CLASH : NEWS_FIXED;

    if (action->cause == PLAN_HELD_BACK) {
        (void)server_look_note_trouble(look, action->index, SERVER_PART_WRONG, action->reason,
                                       SERVER_REFUSED_MS);
        return;
    }
    server_look_trouble(look, action->index, SERVER_PART_WRONG, what, action->reason,
                        SERVER_REFUSED_MS);
}

static void carry_out(struct server_look *look, const struct plan_action *action)
{
    const size_t i = action->index;

    switch (action->verb) {
    case PLAN_APPLY:
        if (server_write_apply(look, i, server_look_desired(look, i)) == 0) {
            server_look_note_change(
                look, i, look->observed[i] == NULL ? NEWS_CREATED : NEWS_REPAIRED, action->reason);
            server_look_right(look, i);
        }
        break;
    case PLAN_PATCH:
        if (server_write_patch(look, i, action->body) == 0) {
            server_look_note_change(look, i, NEWS_REPAIRED, action->reason);
        }
        break;
    case PLAN_REPLACE:
        if (server_write_replace(look, i) == 0) {
            server_look_note_change(look, i, NEWS_REPLACED, action->reason);
            server_look_right(look, i);
        }
        break;
    case PLAN_REPORT:
        report(look, action);
        break;
    case PLAN_WAIT:
        server_look_wait(look, i, action->reason, 0);
        break;
    }
}

static bool must_wait(const struct server_look *look, size_t i)
{
    return look->is_halted || clock_monotonic_ms() < look->server->parts[i].not_before_ms;
}

/* Whether the part may be written now. Who undoes it is let win for a while. */
static bool may_write(struct server_look *look, size_t i)
{
    const uint64_t wait_ms = fight_wait_ms(&look->server->parts[i].fight, clock_monotonic_ms());

    if (must_wait(look, i)) {
        return false;
    }
    if (wait_ms > 0) {
        server_look_trouble(look, i, SERVER_PART_WAITING, NEWS_FAILED,
                            "somebody else undoes what is written", wait_ms);
    }
    return wait_ms == 0;
}

/* Do it, unless it must wait. */
static void attend(struct server_look *look, const struct plan_action *action)
{
    const bool is_write = action->verb != PLAN_REPORT && action->verb != PLAN_WAIT;

    if (is_write ? may_write(look, action->index) : !must_wait(look, action->index)) {
        carry_out(look, action);
    }
}

static void grow_disk(struct server_look *look, size_t i, const char *why)
{
    json_auto_t *body = claim_grow(server_look_desired(look, i), look->observed[i]);

    if (body != NULL && may_write(look, i) && server_write_apply(look, i, body) == 0) {
        server_look_note_change(look, i, NEWS_GROWN, why);
        server_look_right(look, i);
    }
}

/* A disk: made by the plan, grown here, and never anything else. */
static void mind_disk(struct server_look *look, size_t i)
{
    const struct policy_claim *claim = look->server->provisioner->backing.claim;
    const json_t *class_ = kube_watch_get(look->context->watches->kinds[KIND_STORAGE_CLASS], NULL,
                                          claim->storage_class_name);
    struct claim_verdict verdict;

    claim_judge(claim, look->observed[i], class_, clock_wall_s(), &verdict);
    switch (verdict.state) {
    case CLAIM_GROWING:
        grow_disk(look, i, verdict.text);
        break;
    case CLAIM_ABSENT: /* that is the plan's */
        break;
    case CLAIM_RIGHT:
        server_look_right(look, i);
        break;
    case CLAIM_GOING:
    case CLAIM_PENDING:
        server_look_trouble(look, i, SERVER_PART_WAITING, NEWS_PENDING, verdict.text, 0);
        break;
    case CLAIM_MISMATCHED:
    case CLAIM_LOST:
    case CLAIM_ORPHANED: /* never said of one that is asked for */
    case CLAIM_N_STATES:
        server_look_trouble(look, i, SERVER_PART_WRONG, NEWS_MISMATCHED, verdict.text, 0);
        break;
    }
}

static bool is_planned(const struct plan *plan, size_t i)
{
    for (size_t k = 0; k < plan->n; k++) {
        if (plan->items[k].index == i) {
            return true;
        }
    }
    return false;
}

/* What the plan does not mention is as it should be, but for sizes. */
static void mind_the_others(struct server_look *look, const struct plan *plan)
{
    for (size_t i = 0; i < look->n; i++) {
        const bool is_disk = kind_of(server_look_desired(look, i)) == KIND_CLAIM;
        if (is_planned(plan, i) || look->is_halted) {
            continue;
        }
        if (is_disk && look->observed[i] != NULL) {
            mind_disk(look, i);
        }
        if (!is_disk) {
            server_look_right(look, i);
        }
    }
}

/* Where one part is unknown the others have to wait for it, however long ago their time came. */
static uint64_t next_try_ms(const struct server *server)
{
    uint64_t next_ms = UINT64_MAX;

    for (size_t i = 0; i < json_array_size(server->desired); i++) {
        const struct server_part *part = &server->parts[i];
        if (part->is_unknown) {
            return part->not_before_ms;
        }
        if (part->not_before_ms > 0 && part->not_before_ms < next_ms) {
            next_ms = part->not_before_ms;
        }
    }
    return next_ms;
}

uint64_t server_wait_ms(const struct server *server, uint64_t now_ms)
{
    const uint64_t next_ms = next_try_ms(server);

    if (next_ms == UINT64_MAX) {
        return UINT64_MAX;
    }
    return next_ms > now_ms ? next_ms - now_ms : LOOK_AGAIN_MS;
}

enum kube_outcome
server_run(struct server *server, const struct server_context *context, bool *changed)
{
    CLEANUP(server_look_clear) struct server_look look = {.server = server, .context = context};
    CLEANUP(plan_clear) struct plan plan = {.items = NULL};
    struct err ignored = {0}; /* there is no memory: the next look may have some */

    if (server_look_observe(&look) == 0 &&
        plan_make(server->desired, look.observed, &plan, &ignored) == 0) {
        for (size_t i = 0; i < plan.n; i++) {
            attend(&look, &plan.items[i]);
        }
        mind_the_others(&look, &plan);
    }
    *changed |= look.has_changed;
    return look.is_halted ? KUBE_HALTED : KUBE_OK;
}
