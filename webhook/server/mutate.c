/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/mutate.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "webhook/inject/admit.h"

/* Names of the policies that a line shows; log.h cuts them again. */
#define POLICIES_SIZE (LOG_TEXT_MAX + 2)

static unsigned int status_of(const struct err *err)
{
    switch (err->code) {
    case ERR_INVALID:
        return 400;
    case ERR_TOO_BIG:
        return 413;
    case ERR_NONE:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_IO:
    case ERR_INTERNAL:
        break;
    }
    return 500;
}

/* "scratch,cache", as far as there is room. */
static void join(const struct text_list *names, char out[static POLICIES_SIZE])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < names->n; i++) {
        size_t n = strlen(names->items[i]);
        if (n + 2 > POLICIES_SIZE - len) {
            return;
        }
        if (i > 0) {
            out[len++] = ',';
        }
        memcpy(out + len, names->items[i], n + 1);
        len += n;
    }
}

static void log_answer(const struct report *report, uint64_t duration_us)
{
    char policies[POLICIES_SIZE];
    const struct log_field fields[] = {
        {.name = "uid", .text = report->uid},
        {.name = "kind", .text = report->kind},
        {.name = "namespace", .text = report->namespace},
        {.name = "name", .text = report->name},
        {.name = "operation", .text = report->operation},
        {.name = "policies", .text = policies},
        {.name = "outcome", .text = report_outcome_name(report->outcome)},
        {.name = "durationMicroseconds", .number = (long long)duration_us},
        /* Where the object was left alone nobody may have read it. */
        {.name = report->outcome != REPORT_UNTOUCHED ? "dryRun" : NULL,
         .text = report->dry_run ? "true" : "false"},
        {.name = NULL},
    };

    join(&report->policies, policies);
    log_line(LOG_INFO, "admission", fields);
}

/* The client learns what is wrong with its request, but nothing of what is wrong with us. */
static void refuse(const struct err *err, struct http_response *response)
{
    const struct log_field fields[] = {{.name = "status", .number = status_of(err)},
                                       {.name = "error", .text = err->msg},
                                       {.name = NULL}};

    response->status = status_of(err);
    response->body = BUF_INIT(sizeof(err->msg) + 1);
    if (response->status == 500) {
        log_line(LOG_ERROR, "cannot answer an admission review", fields);
        buf_add_text(&response->body, "internal error\n");
    } else {
        log_line(LOG_WARN, "refused what is no admission review", fields);
        buf_printf(&response->body, "%s\n", err->msg);
    }
}

/* Have admit() write into @answer. */
static int ask(const struct mutate *mutate,
               const struct http_request *request,
               struct buf *answer,
               struct report *report,
               struct err *err)
{
    const struct admit_options options = {
        .policies = current_look(mutate->policies, &mutate->views[request->worker]),
        .copier_image = mutate->copier_image,
        .namespace_opted_in = mutate->namespace_opted_in,
    };

    return admit(&options, request->body != NULL ? request->body : "", request->len, answer, report,
                 err);
}

void mutate_answer(void *data, const struct http_request *request, struct http_response *response)
{
    const struct mutate *mutate = data;
    const uint64_t start_us = clock_monotonic_us();
    struct report report = {.arena = request->arena};
    enum metrics_outcome outcome = METRICS_ANSWERED;
    struct err err = {0};
    uint64_t duration_us;
    int status = ask(mutate, request, &response->body, &report, &err);

    duration_us = clock_monotonic_us() - start_us;
    if (status == 0) {
        response->content_type = HTTP_JSON;
        log_answer(&report, duration_us);
    } else {
        outcome = status_of(&err) == 500 ? METRICS_FAILED : METRICS_MALFORMED;
        buf_clear(&response->body);
        refuse(&err, response);
    }
    metrics_count_admission(mutate->metrics, outcome, status == 0 ? &report : NULL, request->len,
                            duration_us);
}
