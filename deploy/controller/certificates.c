/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/controller/backoff.h"
#include "deploy/controller/certificate_news.h"
#include "deploy/controller/certificate_watches.h"
#include "deploy/controller/chance.h"
#include "deploy/controller/settling.h"

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

void certificates_kick(struct certificates *certificates)
{
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
        return;
    case KUBE_CONFLICT:
    case KUBE_ALREADY_EXISTS:
    case KUBE_NOT_FOUND:
    case KUBE_GONE:
        /* Somebody was faster. The watch will tell; if it does not, the back-off does. */
        run_within(certificates, backoff_fail(&certificates->backoff, now_ms, 0, chance_number()));
        return;
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
    certificate_news_trouble(&certificates->news, text.msg);
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

/* Apply @body, which is ours and may be NULL for want of memory. */
static int apply(struct run *run, enum certificate_object which, json_t *body)
{
    struct certificates *certificates = run->certificates;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    json_auto_t *owned = body;
    struct kube_request request = {
        .verb = KUBE_APPLY,
        .body = owned,
        .field_manager = CERTIFICATE_OBJECTS_MANAGER,
    };
    char what[512];

    if (owned == NULL) {
        certificate_news_trouble(&certificates->news, "out of memory");
        run_within(certificates, CERTIFICATES_REFUSED_MS);
        return -1;
    }
    certificate_watches_name(&certificates->watches, which, &request);
    kube_call(certificates->kube, &request, &answer);
    if (answer.outcome != KUBE_OK) {
        (void)snprintf(what, sizeof(what), "cannot apply %s '%s'", request.resource->kind,
                       request.name);
        note_failure(certificates, what, &answer);
        return -1;
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

static int apply_registration(struct run *run)
{
    struct certificates *certificates = run->certificates;
    const json_t *present = run->objects[CERTIFICATE_REGISTRATION];
    const bool is_empty =
        present == NULL || json_array_size(json_object_get(present, "webhooks")) == 0;

    certificates->metrics->has_bundle = false;
    if (is_empty) {
        return 0; /* it comes with the chart, or has gone with it */
    }
    if (!certificate_objects_has_bundle(present, run->want.bundle)) {
        if (apply(run, CERTIFICATE_REGISTRATION,
                  certificate_objects_registration(present, run->want.bundle)) < 0) {
            return -1;
        }
        certificate_news_change(&certificates->news, METRICS_REGISTRATION,
                                "it was not the bundle of the CAs that are trusted");
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
    const json_t *registration = run->objects[CERTIFICATE_REGISTRATION];
    const uint64_t now_ms = clock_monotonic_ms();

    settling_look(&certificates->settling, registration, run->texts.have.authority, now_ms);
    return registration == NULL ||
           settling_rest_ms(&certificates->settling, certificates->options.settle_ms, now_ms) == 0;
}

static void note_expiry(const struct run *run)
{
    struct metrics *metrics = run->certificates->metrics;

    metrics->authority_not_after_s = rotation_not_after_s(run->want.authority);
    metrics->leaf_not_after_s = rotation_not_after_s(run->want.leaf);
}

static int plan(struct run *run, struct err *err)
{
    const struct certificates *certificates = run->certificates;

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

void certificates_run(struct certificates *certificates)
{
    CLEANUP(clear_run) struct run run = {.certificates = certificates, .now_s = clock_wall_s()};
    struct err err = {0};

    certificates->is_due = false;
    if (!certificate_watches_are_whole(&certificates->watches)) {
        return; /* the watches tell when it is otherwise */
    }
    certificate_watches_take(&certificates->watches, run.objects);
    certificates->news.uid = uid_of(run.objects[CERTIFICATE_TLS_SECRET]);
    if (plan(&run, &err) < 0) {
        certificate_news_trouble(&certificates->news, err.msg);
        run_within(certificates, CERTIFICATES_REFUSED_MS);
        return;
    }
    if (apply_ca_secret(&run) < 0 || apply_registration(&run) < 0 || apply_tls_secret(&run) < 0) {
        return;
    }
    note_expiry(&run);
    certificate_news_well(&certificates->news);
    backoff_succeed(&certificates->backoff, clock_monotonic_ms());
    if (run.has_changed) {
        certificates->is_due = true; /* what it is now may have a next step */
    }
    run_within(certificates, next_ms(certificates, &run));
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
        .news = {.events = events,
                 .metrics = metrics,
                 .secret = options->certificate.names.tls_secret},
        .timer = {.ring = become_due, .data = certificates},
    };
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
