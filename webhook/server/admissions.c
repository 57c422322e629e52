/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/admissions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/exposition.h"
#include "webhook/server/counter.h"
#include "webhook/server/injections.h"
#include "webhook/server/kind.h"

#define N_OUTCOMES (REPORT_DENIED + 1)
#define N_REASONS  (REPORT_REASON_UNUSED + 1)

enum operation { CREATE, UPDATE, DELETE, CONNECT, OTHER, N_OPERATIONS };

static const char *const operation_names[] = {
    [CREATE] = "CREATE",   [UPDATE] = "UPDATE", [DELETE] = "DELETE",
    [CONNECT] = "CONNECT", [OTHER] = "other",
};

struct admissions {
    struct counter requests[KIND_N][N_OPERATIONS][N_OUTCOMES];
    struct counter malformed;
    struct counter failed;
    struct counter skipped[N_REASONS];
    struct injections *injections;
};

struct admissions *admissions_new(void)
{
    struct admissions *admissions = calloc(1, sizeof(*admissions));

    if (admissions == NULL) {
        return NULL;
    }
    admissions->injections = injections_new();
    if (admissions->injections == NULL) {
        admissions_free(admissions);
        return NULL;
    }
    return admissions;
}

void admissions_free(struct admissions *admissions)
{
    if (admissions != NULL) {
        injections_free(admissions->injections);
        free(admissions);
    }
}

static enum operation find_operation(const char *name)
{
    unsigned int operation = 0;

    while (operation < OTHER && strcmp(name, operation_names[operation]) != 0) {
        operation++;
    }
    return (enum operation)operation;
}

static bool was_injected(const struct report *report, const char *policy)
{
    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (item->action == REPORT_ADDED && item->policy != NULL &&
            strcmp(item->policy, policy) == 0) {
            return true;
        }
    }
    return false;
}

static void count_injections(struct admissions *admissions, const struct report *report)
{
    const enum kind kind = kind_find(report->kind);

    for (size_t i = 0; i < report->policies.n; i++) {
        if (was_injected(report, report->policies.items[i])) {
            injections_count(admissions->injections, report->policies.items[i], kind);
        }
    }
}

/* Whether both are about one template, or, without any, about the same thing. */
static bool same_place(const struct report_item *a, const struct report_item *b)
{
    const char *in_a = a->template != NULL ? a->template : a->what;
    const char *in_b = b->template != NULL ? b->template : b->what;

    return (a->template == NULL) == (b->template == NULL) && in_a != NULL && in_b != NULL &&
           strcmp(in_a, in_b) == 0;
}

/* Items of one template stand together. */
static void count_skipped(struct admissions *admissions, const struct report *report)
{
    const struct report_item *last = NULL;
    bool counted[N_REASONS] = {false};

    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (item->action != REPORT_SKIPPED) {
            continue;
        }
        if (last == NULL || !same_place(last, item)) {
            memset(counted, 0, sizeof(counted));
        }
        if (!counted[item->reason]) {
            counter_add(&admissions->skipped[item->reason], 1);
        }
        counted[item->reason] = true;
        last = item;
    }
}

void admissions_count(struct admissions *admissions, const struct report *report)
{
    const enum kind kind = kind_find(report->kind);
    const enum operation operation = find_operation(report->operation);

    counter_add(&admissions->requests[kind][operation][report->outcome], 1);
    if (report->dry_run) {
        return;
    }
    if (report->outcome == REPORT_INJECTED) {
        count_injections(admissions, report);
    }
    count_skipped(admissions, report);
}

void admissions_count_malformed(struct admissions *admissions)
{
    counter_add(&admissions->malformed, 1);
}

void admissions_count_failed(struct admissions *admissions)
{
    counter_add(&admissions->failed, 1);
}

static void write_request(struct buf *out,
                          enum kind kind,
                          enum operation operation,
                          const char *outcome,
                          const struct counter *counter)
{
    const struct exposition_label labels[] = {
        {"kind", kind_name(kind)},
        {"operation", operation_names[operation]},
        {"outcome", outcome},
        {NULL, NULL},
    };

    exposition_sample(out, "hawser_admission_requests_total", labels, counter_get(counter));
}

/* Of the requests of one kind and operation. */
static void write_outcomes(const struct admissions *admissions,
                           enum kind kind,
                           enum operation operation,
                           struct buf *out)
{
    bool is_expected = kind != KIND_OTHER && (operation == CREATE || operation == UPDATE);

    for (size_t i = 0; i < N_OUTCOMES; i++) {
        const struct counter *counter = &admissions->requests[kind][operation][i];
        if (is_expected || counter_get(counter) > 0) {
            write_request(out, kind, operation, report_outcome_name((enum report_outcome)i),
                          counter);
        }
    }
}

static void write_requests(const struct admissions *admissions, struct buf *out)
{
    exposition_family(out, "hawser_admission_requests_total", EXPOSITION_COUNTER,
                      "Requests for admission by what came of them.");
    for (unsigned int kind = 0; kind < KIND_N; kind++) {
        for (unsigned int operation = 0; operation < N_OPERATIONS; operation++) {
            write_outcomes(admissions, (enum kind)kind, (enum operation)operation, out);
        }
    }
    write_request(out, KIND_OTHER, OTHER, "malformed", &admissions->malformed);
    write_request(out, KIND_OTHER, OTHER, "failed", &admissions->failed);
}

static bool can_be_skipped_for(enum report_reason reason)
{
    return reason != REPORT_REASON_NONE && reason != REPORT_REASON_NOT_CHOSEN &&
           reason != REPORT_REASON_OPTED_OUT;
}

static void write_skipped(const struct admissions *admissions, struct buf *out)
{
    static const char name[] = "hawser_skipped_templates_total";

    exposition_family(out, name, EXPOSITION_COUNTER,
                      "Templates that did not get all that a policy would give them.");
    for (unsigned int reason = 0; reason < N_REASONS; reason++) {
        const struct exposition_label labels[] = {
            {"reason", report_reason_name((enum report_reason)reason)},
            {NULL, NULL},
        };
        int64_t n = counter_get(&admissions->skipped[reason]);
        if (n > 0 || can_be_skipped_for((enum report_reason)reason)) {
            exposition_sample(out, name, labels, n);
        }
    }
}

void admissions_write(const struct admissions *admissions, struct buf *out)
{
    write_requests(admissions, out);
    injections_write(admissions->injections, "hawser_injections_total", out);
    write_skipped(admissions, out);
}
