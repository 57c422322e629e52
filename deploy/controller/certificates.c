/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/controller/certificate_news.h"
#include "deploy/controller/certificate_watches.h"
#include "deploy/controller/settling.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/fight.h"

/* From so many runs in a row that lost against somebody else's change it is told. */
#define LOST_TOLD 3

struct certificates {
    struct loop *loop;
    struct kube *kube;
    struct metrics *metrics;
    struct certificates_options options;
    struct certificate_terms terms;
    struct certificate_watches watches;

    bool is_due;
    struct loop_timer timer;
    struct backoff backoff;
    struct certificate_news news;
    struct settling settling;

    unsigned int n_lost; /* runs in a row that somebody else's change undid */
    struct fight fight;  /* over the caBundle */
};

/* What one run works on: the objects as they were when it began. */
struct run {
    struct certificates *certificates;
    json_t *objects[CERTIFICATE_N_OBJECTS]; /* NULL: there is none */
    struct certificate_texts texts;
    struct rotation_plan plan;
    struct rotation_want want;
    long long now_s;
    bool has_changed; /* something was applied */
};

/*
 * When to run
 */

static void become_due(void *data)
{
    struct certificates *certificates = data;

    certificates->is_due = true;
}

static void run_within(struct certificates *certificates, uint64_t wait_ms)
{
    loop_set_timer(certificates->loop, &certificates->timer, clock_monotonic_ms() + wait_ms);
}

bool certificates_is_due(const struct certificates *certificates)
{
    return certificates->is_due;
}

void certificates_lead(struct certificates *certificates)
{
    settling_clear(&certificates->settling);
    certificates->is_due = true;
}

/* How long until something is to be done though nothing changes. */
static uint64_t next_ms(const struct certificates *certificates, const struct run *run)
{
    const uint64_t resync_ms =
        CERTIFICATES_RESYNC_MS + chance_below((uint32_t)(CERTIFICATES_RESYNC_MS / 10));
    const long long left_s = run->plan.next_s - run->now_s;
    uint64_t wait_ms = resync_ms;

    if (left_s < (long long)(resync_ms / 1000)) {
        wait_ms = left_s > 0 ? (uint64_t)left_s * 1000 : 1000;
    }
    if (run->plan.is_waiting) {
        const uint64_t rest_ms = settling_rest_ms(
            &certificates->settling, certificates->options.settle_ms, clock_monotonic_ms());
        wait_ms = rest_ms < wait_ms ? rest_ms : wait_ms;
    }
    return wait_ms;
}

/* The answer to a request was no success: when to try again, and what to tell. */
static void
note_failure(struct certificates *certificates, const char *what, const struct kube_answer *answer)
{
    const uint64_t now_ms = clock_monotonic_ms();
    struct err text;

    switch (answer->outcome) {
    case KUBE_HALTED: /* another leads, or the program stops: nothing to tell */
        certificates->is_due = true;
        return;
    case KUBE_CONFLICT:
    case KUBE_ALREADY_EXISTS:
    case KUBE_NOT_FOUND:
    case KUBE_GONE:
        /* Somebody was faster. The watch will tell; if it does not, the back-off does. */
        run_within(certificates, backoff_fail(&certificates->backoff, now_ms, 0, chance_number()));
        certificates->n_lost++;
        if (certificates->n_lost < LOST_TOLD) {
            return;
        }
        break;
    case KUBE_OK:
    case KUBE_BUSY:
    case KUBE_UNREACHABLE:
    case KUBE_UNAUTHORIZED:
        run_within(certificates, backoff_fail(&certificates->backoff, now_ms,
                                              answer->retry_after_ms, chance_number()));
        break;
    case KUBE_INVALID:
    case KUBE_FORBIDDEN:
    case KUBE_TERMINATING:
        run_within(certificates, CERTIFICATES_REFUSED_MS);
        break;
    }
    (void)err_set(&text, ERR_IO, "%s: %s: %s", what, kube_outcome_text(answer->outcome),
                  answer->message);
    certificate_news_trouble(&certificates->news, what, answer->outcome, text.msg);
}

/*
 * One run
 */

static void clear_run(struct run *run)
{
    for (size_t i = 0; i < CERTIFICATE_N_OBJECTS; i++) {
        json_decref(run->objects[i]);
    }
    certificate_texts_clear(&run->texts);
    rotation_clear(&run->want);
}

static void clear_run_p(struct run *run)
{
    clear_run(run);
}

/* Trouble that no answer of the API server tells of. */
static int give_up(struct run *run, const struct err *err)
{
    struct certificates *certificates = run->certificates;

    certificate_news_trouble(&certificates->news, err->msg, KUBE_OK, err->msg);
    run_within(certificates, CERTIFICATES_REFUSED_MS);
    return -1;
}

/* What was asked for @object did not go well. */
static int fail(struct run *run,
                const char *what,
                const struct kube_request *request,
                const struct kube_answer *answer)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "cannot %s %s '%s'", what, request->resource->kind,
                   request->name);
    note_failure(run->certificates, text, answer);
    return -1;
}

/* That an object which the copy lacks is really not there; else the copy learns of it. The role
 * allows a list of the one name, and no more. */
static int confirm_absence(struct run *run, enum certificate_object which)
{
    struct certificates *certificates = run->certificates;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    struct kube_request request = {.verb = KUBE_LIST};
    char selector[CERTIFICATE_WATCHES_SELECTOR_SIZE];
    const char *name;
    json_t *found;

    certificate_watches_name(&certificates->watches, which, &request);
    name = request.name;
    request.name = NULL;
    certificate_watches_select(name, selector);
    request.field_selector = selector;
    kube_call(certificates->kube, &request, &answer);
    request.name = name;
    if (answer.outcome != KUBE_OK) {
        return fail(run, "look for", &request, &answer);
    }
    found = json_array_get(json_object_get(answer.body, "items"), 0);
    if (found == NULL) {
        return 0;
    }
    kube_watch_note(certificates->watches.items[which], found);
    certificates->is_due = true;
    return -1;
}

/* Apply @body, which is ours and may be NULL for want of memory. */
static int apply(struct run *run, enum certificate_object which, json_t *body)
{
    struct certificates *certificates = run->certificates;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    json_auto_t *owned = body;
    struct kube_request request = {
        .verb = KUBE_APPLY,
        .body = owned,
        .field_manager = KUBE_MANAGER,
    };
    struct err err;

    if (owned == NULL) {
        (void)err_no_memory(&err);
        return give_up(run, &err);
    }
    if (run->objects[which] == NULL && confirm_absence(run, which) < 0) {
        return -1;
    }
    certificate_watches_name(&certificates->watches, which, &request);
    kube_call(certificates->kube, &request, &answer);
    if (answer.outcome != KUBE_OK) {
        return fail(run, "apply", &request, &answer);
    }
    kube_watch_note(certificates->watches.items[which], answer.body);
    run->has_changed = true;
    return 0;
}

static int apply_ca_secret(struct run *run)
{
    struct certificates *certificates = run->certificates;

    if (certificate_texts_match_ca(&run->texts, &run->want)) {
        return 0;
    }
    if (apply(run, CERTIFICATE_CA_SECRET,
              certificate_objects_ca_secret(&certificates->options.certificate.names,
                                            run->objects[CERTIFICATE_CA_SECRET], &run->want)) < 0) {
        return -1;
    }
    if (run->plan.authority != ROTATION_KEEP) {
        certificate_news_change(&certificates->news, METRICS_AUTHORITY, run->plan.authority_reason);
    }
    return 0;
}

static int write_registration(struct run *run)
{
    struct certificates *certificates = run->certificates;
    const struct certificate_names *names = &certificates->options.certificate.names;
    const uint64_t wait_ms = fight_wait_ms(&certificates->fight, clock_monotonic_ms());
    struct err err;

    if (wait_ms > 0) {
        (void)err_set(&err, ERR_CONFLICT, "somebody else writes the caBundle of '%s' too",
                      names->configuration);
        certificate_news_trouble(&certificates->news, err.msg, KUBE_CONFLICT, err.msg);
        run_within(certificates, wait_ms);
        return -1;
    }
    if (apply(run, CERTIFICATE_REGISTRATION,
              certificate_objects_registration(names, run->objects[CERTIFICATE_REGISTRATION],
                                               run->want.bundle)) < 0) {
        return -1;
    }
    fight_note(&certificates->fight, clock_monotonic_ms(), chance_number());
    certificate_news_change(&certificates->news, METRICS_REGISTRATION,
                            "it was not the bundle of the CAs that are trusted");
    return 0;
}

static int apply_registration(struct run *run)
{
    struct certificates *certificates = run->certificates;
    const struct certificate_names *names = &certificates->options.certificate.names;
    const json_t *present = run->objects[CERTIFICATE_REGISTRATION];
    const bool is_registered = certificate_objects_is_registered(names, present);

    certificates->metrics->has_bundle = false;
    certificate_news_registered(&certificates->news, is_registered);
    if (!is_registered) {
        return 0;
    }
    if (!certificate_objects_has_bundle(names, present, run->want.bundle) &&
        write_registration(run) < 0) {
        return -1;
    }
    certificates->metrics->has_bundle = true;
    return 0;
}

static int apply_tls_secret(struct run *run)
{
    struct certificates *certificates = run->certificates;

    if (certificate_texts_match_tls(&run->texts, &run->want)) {
        return 0;
    }
    if (apply(run, CERTIFICATE_TLS_SECRET,
              certificate_objects_tls_secret(&certificates->options.certificate.names,
                                             run->objects[CERTIFICATE_TLS_SECRET], &run->want)) <
        0) {
        return -1;
    }
    if (run->plan.leaf != ROTATION_KEEP) {
        certificate_news_change(&certificates->news, METRICS_LEAF, run->plan.leaf_reason);
    } else {
        certificate_news_change(&certificates->news, METRICS_BUNDLE,
                                run->plan.forgets_old && run->plan.authority == ROTATION_KEEP
                                    ? "the last certificate of an old CA is over"
                                    : "it was not the bundle of the CAs that are trusted");
    }
    return 0;
}

/* Whether every API server has seen the present authority for long enough. Where there is no
 * registration nobody calls. */
static bool is_settled(struct run *run)
{
    struct certificates *certificates = run->certificates;
    const struct certificate_names *names = &certificates->options.certificate.names;
    const json_t *registration = run->objects[CERTIFICATE_REGISTRATION];
    const uint64_t now_ms = clock_monotonic_ms();

    settling_look(&certificates->settling, names, registration, run->texts.have.authority, now_ms);
    return !certificate_objects_is_registered(names, registration) ||
           settling_rest_ms(&certificates->settling, certificates->options.settle_ms, now_ms) == 0;
}

static void note_expiry(const struct run *run)
{
    struct metrics *metrics = run->certificates->metrics;

    metrics->authority_not_after_s = rotation_not_after_s(run->want.authority);
    metrics->leaf_not_after_s = rotation_not_after_s(run->want.leaf);
    metrics->leaf_renewal_s =
        metrics->leaf_not_after_s - run->certificates->options.certificate.leaf_validity_s / 3;
}

static int plan(struct run *run, struct err *err)
{
    const struct certificates *certificates = run->certificates;

    if (certificate_objects_check_types(&certificates->options.certificate.names,
                                        run->objects[CERTIFICATE_CA_SECRET],
                                        run->objects[CERTIFICATE_TLS_SECRET], err) < 0) {
        return -1;
    }
    if (certificate_texts_read(run->objects[CERTIFICATE_CA_SECRET],
                               run->objects[CERTIFICATE_TLS_SECRET], &run->texts, err) < 0) {
        return -1;
    }
    if (rotation_plan(&run->texts.have, &certificates->terms.rotation, is_settled(run), run->now_s,
                      &run->plan, err) < 0) {
        return -1;
    }
    return rotation_make(&run->texts.have, &certificates->terms.rotation, &run->plan, run->now_s,
                         &run->want, err);
}

static const char *uid_of(const json_t *object)
{
    return json_string_value(json_object_get(json_object_get(object, "metadata"), "uid"));
}

/* Whether it was carried out to its end. */
static bool carry_out(struct run *run)
{
    struct err err = {0};

    if (plan(run, &err) < 0) {
        (void)give_up(run, &err);
        return false;
    }
    return apply_ca_secret(run) == 0 && apply_registration(run) == 0 && apply_tls_secret(run) == 0;
}

void certificates_run(struct certificates *certificates)
{
    CLEANUP(clear_run) struct run run = {.certificates = certificates, .now_s = clock_wall_s()};

    certificates->is_due = false;
    if (!certificate_watches_are_whole(&certificates->watches)) {
        return; /* the watches tell when it is otherwise */
    }
    certificate_watches_take(&certificates->watches, run.objects);
    certificates->news.uid = uid_of(run.objects[CERTIFICATE_TLS_SECRET]);
    if (carry_out(&run)) {
        note_expiry(&run);
        certificate_news_well(&certificates->news);
        certificates->n_lost = 0;
        backoff_succeed(&certificates->backoff, clock_monotonic_ms());
        certificates->is_due |= run.has_changed; /* what it is now may have a next step */
        run_within(certificates, next_ms(certificates, &run));
    }
    certificates->news.uid = NULL; /* it was the object's */
}

/*
 * Beginning and ending
 */

struct certificates *certificates_new(struct loop *loop,
                                      struct kube *kube,
                                      struct events *events,
                                      struct metrics *metrics,
                                      const struct certificates_options *options,
                                      struct err *err)
{
    CLEANUP(certificates_free)
    struct certificates *certificates = calloc(1, sizeof(*certificates));

    if (certificates == NULL) {
        err_no_memory(err);
        return NULL;
    }
    *certificates = (struct certificates){
        .loop = loop,
        .kube = kube,
        .metrics = metrics,
        .options = *options,
        .news = {.events = events, .metrics = metrics},
        .timer = {.ring = become_due, .data = certificates},
    };
    certificates->news.names = &certificates->options.certificate.names;
    if (certificate_terms_make(&certificates->terms, &options->certificate, err) < 0 ||
        certificate_watches_open(&certificates->watches, kube,
                                 &certificates->options.certificate.names, become_due, certificates,
                                 err) < 0) {
        return NULL;
    }
    return TAKE(certificates);
}

void certificates_free(struct certificates *certificates)
{
    if (certificates == NULL) {
        return;
    }
    loop_stop_timer(certificates->loop, &certificates->timer);
    certificate_watches_clear(&certificates->watches);
    settling_clear(&certificates->settling);
    free(certificates);
}

int certificates_check(const struct certificates *certificates, struct err *err)
{
    return certificate_watches_check(&certificates->watches, err);
}
