/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/server_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/kube/chance.h"

void server_look_clear(struct server_look *look)
{
    for (size_t i = 0; look->observed != NULL && i < look->n; i++) {
        json_decref(look->observed[i]);
    }
    free(look->observed);
}

/*
 * How it stands with one part
 */

static struct news *news_of(const struct server_look *look)
{
    return look->context->news;
}

const json_t *server_look_desired(const struct server_look *look, size_t i)
{
    return json_array_get(look->server->desired, i);
}

/* The object as it is, if it is: its uid is told with Events. */
static const json_t *subject(const struct server_look *look, size_t i)
{
    return look->observed[i] != NULL ? look->observed[i] : server_look_desired(look, i);
}

void server_look_right(struct server_look *look, size_t i)
{
    struct server_part *part = &look->server->parts[i];

    if (part->message[0] != '\0') {
        news_well(news_of(look), server_look_desired(look, i));
    }
    part->state = SERVER_PART_RIGHT;
    part->message[0] = '\0';
    part->not_before_ms = 0;
    part->n_conflicts = 0;
    backoff_succeed(&part->backoff, clock_monotonic_ms());
}

bool server_look_note_trouble(struct server_look *look,
                              size_t i,
                              enum server_part_state state,
                              const char *text,
                              uint64_t wait_ms)
{
    struct server_part *part = &look->server->parts[i];
    const bool is_known = strncmp(part->message, text, sizeof(part->message) - 1) == 0;

    part->state = state;
    part->not_before_ms = wait_ms > 0 ? clock_monotonic_ms() + wait_ms : 0;
    if (!is_known) {
        (void)snprintf(part->message, sizeof(part->message), "%s", text);
    }
    return !is_known;
}

void server_look_trouble(struct server_look *look,
                         size_t i,
                         enum server_part_state state,
                         enum news_trouble what,
                         const char *text,
                         uint64_t wait_ms)
{
    if (server_look_note_trouble(look, i, state, text, wait_ms)) {
        news_trouble(news_of(look), what, server_look_desired(look, i), text);
    }
}

void server_look_wait(struct server_look *look, size_t i, const char *text, uint64_t wait_ms)
{
    if (server_look_note_trouble(look, i, SERVER_PART_WAITING, text, wait_ms)) {
        news_wait(server_look_desired(look, i), text);
    }
}

/* Somebody was faster. Whether that is no more than a reason to look again, at once. */
static bool is_overtaken(struct server_part *part, const struct kube_answer *answer)
{
    const bool is_conflict =
        answer->outcome == KUBE_CONFLICT || answer->outcome == KUBE_ALREADY_EXISTS;

    part->absent_until_ms = is_conflict ? 0 : part->absent_until_ms;
    return is_conflict && part->n_conflicts++ < SERVER_CONFLICTS;
}

int server_look_fail(struct server_look *look,
                     size_t i,
                     const char *what,
                     const struct kube_answer *answer)
{
    struct server_part *part = &look->server->parts[i];
    const bool is_refused = answer->outcome == KUBE_INVALID || answer->outcome == KUBE_FORBIDDEN;
    uint64_t wait_ms = SERVER_REFUSED_MS;
    struct err text;

    if (answer->outcome == KUBE_HALTED) { /* another leads, or the program stops: nothing to tell */
        look->is_halted = true;
        return -1;
    }
    if (is_overtaken(part, answer)) {
        look->has_changed = true;
        return -1;
    }
    if (!is_refused) {
        wait_ms = backoff_fail(&part->backoff, clock_monotonic_ms(), answer->retry_after_ms,
                               chance_number());
    }
    (void)err_set(&text, ERR_IO, "cannot %s it: %s: %s", what, kube_outcome_text(answer->outcome),
                  answer->message);
    if (answer->outcome == KUBE_TERMINATING) {
        server_look_wait(look, i, text.msg, wait_ms);
    } else {
        server_look_trouble(look, i, SERVER_PART_WAITING, NEWS_FAILED, text.msg, wait_ms);
    }
    return -1;
}

void server_look_note_change(struct server_look *look,
                             size_t i,
                             enum news_change what,
                             const char *why)
{
    struct server_part *part = &look->server->parts[i];

    look->has_changed = true;
    part->action_s = clock_wall_s();
    (void)snprintf(part->action, sizeof(part->action), "%s: %s", news_change_name(what), why);
    fight_note(&part->fight, clock_monotonic_ms(), chance_number());
    news_change(news_of(look), what, subject(look, i), why);
}

/*
 * What is there
 */

void server_look_address(const struct server_look *look,
                         size_t i,
                         enum kube_verb verb,
                         struct kube_request *out)
{
    const json_t *object = server_look_desired(look, i);
    const json_t *metadata = json_object_get(object, "metadata");

    *out = (struct kube_request){
        .verb = verb,
        .resource = kind_resource(kind_of(object), look->context->terms.has_policy_v1),
        .namespace_ = json_string_value(json_object_get(metadata, "namespace")),
        .name = json_text_of(metadata, "name"),
        .field_manager = KUBE_MANAGER,
    };
}

static json_t *
copy_of(const struct server_look *look, const struct kube_request *request, enum kind kind)
{
    return kube_watch_get(look->context->watches->kinds[kind], request->namespace_, request->name);
}

/* Look for an object by its name: it may be there without our labels. */
static int look_for(struct server_look *look, size_t i, const struct kube_request *request)
{
    struct server_part *part = &look->server->parts[i];
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};

    json_decref(part->found);
    part->found = NULL;
    part->is_unknown = false;
    if (clock_monotonic_ms() < part->absent_until_ms) {
        return 0;
    }
    kube_call(look->context->kube, request, &answer);
    if (answer.outcome == KUBE_NOT_FOUND) {
        part->absent_until_ms = clock_monotonic_ms() + SERVER_ABSENT_MS;
        return 0;
    }
    if (answer.outcome != KUBE_OK) {
        part->is_unknown = answer.outcome != KUBE_HALTED;
        return server_look_fail(look, i, "look for", &answer);
    }
    part->found = TAKE(answer.body);
    return 0;
}

/* Whether what our copies lack of its namespace goes with it: it need not be looked for. */
static bool is_ending(const struct server_look *look, const struct kube_request *request)
{
    const json_t *namespace_ = request->namespace_ != NULL
                                   ? kube_watch_get(look->context->watches->kinds[KIND_NAMESPACE],
                                                    NULL, request->namespace_)
                                   : NULL;

    return json_is_string(
        json_object_get(json_object_get(namespace_, "metadata"), "deletionTimestamp"));
}

/* Take note of the object as it is. A part that must wait keeps what was found of it last. */
static int observe(struct server_look *look, size_t i)
{
    struct server_part *part = &look->server->parts[i];
    struct kube_request request;
    json_t *copy;

    server_look_address(look, i, KUBE_GET, &request);
    copy = copy_of(look, &request, kind_of(server_look_desired(look, i)));
    if (copy != NULL) {
        json_decref(part->found);
        part->found = NULL;
        part->is_unknown = false;
        part->absent_until_ms = 0;
        look->observed[i] = json_incref(copy);
        return 0;
    }
    if (is_ending(look, &request)) {
        part->is_unknown = false;
    } else if (clock_monotonic_ms() >= part->not_before_ms && look_for(look, i, &request) < 0) {
        return -1;
    }
    look->observed[i] = json_incref(part->found);
    return 0;
}

/* Whether a part is not known, and not to be looked for yet. */
static bool is_held_up(const struct server_look *look)
{
    const uint64_t now_ms = clock_monotonic_ms();
    struct kube_request request;

    for (size_t i = 0; i < json_array_size(look->server->desired); i++) {
        const struct server_part *part = &look->server->parts[i];
        server_look_address(look, i, KUBE_GET, &request);
        if (part->is_unknown && now_ms < part->not_before_ms && !is_ending(look, &request) &&
            copy_of(look, &request, kind_of(server_look_desired(look, i))) == NULL) {
            return true;
        }
    }
    return false;
}

/* To decide anything, everything must be known. */
int server_look_observe(struct server_look *look)
{
    if (is_held_up(look)) {
        return -1;
    }
    look->n = json_array_size(look->server->desired);
    look->observed = calloc(look->n, sizeof(json_t *));
    if (look->observed == NULL) {
        return -1;
    }
    for (size_t i = 0; i < look->n; i++) {
        if (observe(look, i) < 0) {
            return -1;
        }
    }
    return 0;
}
