/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/metrics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exposition.h"
#include "base/process.h"
#include "webhook/server/admissions.h"
#include "webhook/server/counter.h"
#include "webhook/server/histogram.h"

#define VERSION_SIZE          64
#define MICROSECONDS_DECIMALS 6

/* A series may be shown before its value is known; this one may not: 0 would be long expired. */
#define EXPIRY_UNKNOWN INT64_MIN

/* In microseconds. A small object takes some 100 us; the API server waits for seconds. */
static const int64_t duration_bounds_us[] = {
    25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
};

/* 1 KiB to 8 MiB, which is ADMIT_BODY_MAX. */
static const int64_t request_bounds_bytes[] = {
    1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16,
    1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 23,
};

/* Those that the server answers with; any other is counted beside them. */
static const unsigned int statuses[] = {200, 400, 403, 404, 405, 411, 413, 415, 500, 503};

#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

struct metrics {
    char version[VERSION_SIZE];
    struct admissions *admissions;
    struct histogram duration_us;
    struct histogram request_bytes;
    struct counter responses[N_STATUSES + 1]; /* the last: other statuses */
    struct counter shed[METRICS_N_SHED];
    struct counter closed[METRICS_N_CLOSED];
    struct counter reloads[METRICS_N_RELOADS][2]; /* failures, successes */
    struct counter policies;
    struct counter certificate_expiry_s;
};

struct metrics *metrics_new(const char *version, struct err *err)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));

    if (metrics == NULL) {
        err_no_memory(err);
        return NULL;
    }
    metrics->admissions = admissions_new();
    if (metrics->admissions == NULL) {
        metrics_free(metrics);
        err_no_memory(err);
        return NULL;
    }
    (void)snprintf(metrics->version, sizeof(metrics->version), "%s", version);
    histogram_init(&metrics->duration_us, duration_bounds_us,
                   sizeof(duration_bounds_us) / sizeof(duration_bounds_us[0]));
    histogram_init(&metrics->request_bytes, request_bounds_bytes,
                   sizeof(request_bounds_bytes) / sizeof(request_bounds_bytes[0]));
    counter_set(&metrics->certificate_expiry_s, EXPIRY_UNKNOWN);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics != NULL) {
        admissions_free(metrics->admissions);
        free(metrics);
    }
}

void metrics_count_admission(struct metrics *metrics,
                             enum metrics_outcome outcome,
                             const struct report *report,
                             size_t n_bytes,
                             uint64_t duration_us)
{
    switch (outcome) {
    case METRICS_ANSWERED:
        assert(report != NULL);
        admissions_count(metrics->admissions, report);
        break;
    case METRICS_MALFORMED:
        admissions_count_malformed(metrics->admissions);
        break;
    case METRICS_FAILED:
        admissions_count_failed(metrics->admissions);
        break;
    }
    histogram_observe(&metrics->request_bytes, (int64_t)n_bytes);
    histogram_observe(&metrics->duration_us, (int64_t)duration_us);
}

void metrics_count_response(struct metrics *metrics, unsigned int status)
{
    size_t i = 0;

    while (i < N_STATUSES && statuses[i] != status) {
        i++;
    }
    counter_add(&metrics->responses[i], 1);
}

void metrics_count_shed(struct metrics *metrics, enum metrics_shed reason)
{
    counter_add(&metrics->shed[reason], 1);
}

void metrics_count_closed(struct metrics *metrics, enum metrics_closed reason)
{
    counter_add(&metrics->closed[reason], 1);
}

void metrics_count_reload(struct metrics *metrics, enum metrics_reload what, bool done)
{
    counter_add(&metrics->reloads[what][done], 1);
}

void metrics_set_policies(struct metrics *metrics, size_t n)
{
    counter_set(&metrics->policies, (int64_t)n);
}

void metrics_set_certificate_expiry(struct metrics *metrics, long long not_after_s)
{
    counter_set(&metrics->certificate_expiry_s, not_after_s);
}

static void write_gauge(struct buf *out, const char *name, int64_t value, const char *help)
{
    exposition_family(out, name, EXPOSITION_GAUGE, help);
    exposition_sample(out, name, NULL, value);
}

/* A counter for each value of one label. */
static void write_by(struct buf *out,
                     const char *name,
                     const char *label,
                     const char *const *values,
                     const struct counter *counters,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct exposition_label labels[] = {{label, values[i]}, {NULL, NULL}};
        exposition_sample(out, name, labels, counter_get(&counters[i]));
    }
}

static void write_build(const struct metrics *metrics, struct buf *out)
{
    static const char name[] = "hawser_build_info";
    const struct exposition_label labels[] = {{"version", metrics->version}, {NULL, NULL}};

    exposition_family(out, name, EXPOSITION_GAUGE, "Always 1; the label says what is running.");
    exposition_sample(out, name, labels, 1);
}

static void write_admissions(const struct metrics *metrics, struct buf *out)
{
    admissions_write(metrics->admissions, out);
    exposition_family(out, "hawser_admission_duration_seconds", EXPOSITION_HISTOGRAM,
                      "Time from a whole request for admission to its answer.");
    histogram_write(&metrics->duration_us, "hawser_admission_duration_seconds",
                    MICROSECONDS_DECIMALS, out);
    exposition_family(out, "hawser_admission_request_bytes", EXPOSITION_HISTOGRAM,
                      "Size of requests for admission.");
    histogram_write(&metrics->request_bytes, "hawser_admission_request_bytes", 0, out);
}

static void write_reloads(const struct metrics *metrics, struct buf *out)
{
    static const char *const results[] = {"failure", "success"};

    exposition_family(out, "hawser_policy_reloads_total", EXPOSITION_COUNTER,
                      "Times that policies were read again; after a failure the old ones stay.");
    write_by(out, "hawser_policy_reloads_total", "result", results,
             metrics->reloads[METRICS_RELOAD_POLICIES], 2);
    exposition_family(out, "hawser_certificate_reloads_total", EXPOSITION_COUNTER,
                      "Times that the certificate was read again; after a failure the old one "
                      "stays.");
    write_by(out, "hawser_certificate_reloads_total", "result", results,
             metrics->reloads[METRICS_RELOAD_CERTIFICATE], 2);
}

static void write_in_force(const struct metrics *metrics, struct buf *out)
{
    const int64_t expiry_s = counter_get(&metrics->certificate_expiry_s);

    write_gauge(out, "hawser_policies", counter_get(&metrics->policies),
                "Policies that are in force.");
    if (expiry_s != EXPIRY_UNKNOWN) {
        write_gauge(out, "hawser_certificate_expiry_timestamp_seconds", expiry_s,
                    "When the certificate that is in force expires, in unix time.");
    }
    write_reloads(metrics, out);
}

static void write_responses(const struct metrics *metrics, struct buf *out)
{
    static const char name[] = "hawser_http_responses_total";

    exposition_family(out, name, EXPOSITION_COUNTER, "Answers of the admission port by status.");
    for (size_t i = 0; i <= N_STATUSES; i++) {
        char status[sizeof("4294967295")] = "other";
        const struct exposition_label labels[] = {{"code", status}, {NULL, NULL}};
        if (i < N_STATUSES) {
            (void)snprintf(status, sizeof(status), "%u", statuses[i]);
        }
        exposition_sample(out, name, labels, counter_get(&metrics->responses[i]));
    }
}

static void
write_load(const struct metrics *metrics, const struct metrics_sample *sample, struct buf *out)
{
    static const char *const shed[] = {
        [METRICS_SHED_MEMORY] = "memory",
        [METRICS_SHED_WAITED] = "waited",
    };
    static const char *const closed[] = {
        [METRICS_CLOSED_HANDSHAKE] = "handshake", [METRICS_CLOSED_REQUEST] = "request",
        [METRICS_CLOSED_ANSWER] = "answer",       [METRICS_CLOSED_IDLE] = "idle",
        [METRICS_CLOSED_FULL] = "full",
    };

    exposition_family(out, "hawser_shed_requests_total", EXPOSITION_COUNTER,
                      "Requests answered with 503: memory was short, or they had waited too long.");
    write_by(out, "hawser_shed_requests_total", "reason", shed, metrics->shed, METRICS_N_SHED);
    write_gauge(out, "hawser_connections", (int64_t)sample->n_connections,
                "Open connections of the admission port.");
    exposition_family(out, "hawser_connections_closed_total", EXPOSITION_COUNTER,
                      "Connections that the server closed, by what it waited for, or to make room "
                      "(full).");
    write_by(out, "hawser_connections_closed_total", "reason", closed, metrics->closed,
             METRICS_N_CLOSED);
    write_gauge(out, "hawser_request_body_bytes", (int64_t)sample->body_bytes,
                "Memory that request bodies hold.");
}

void metrics_write(struct metrics *metrics, const struct metrics_sample *sample, struct buf *out)
{
    write_build(metrics, out);
    write_gauge(out, "hawser_ready", sample->ready, "Whether the server is ready: 1 or 0.");
    write_admissions(metrics, out);
    write_in_force(metrics, out);
    write_responses(metrics, out);
    write_load(metrics, sample, out);
    process_write(out);
}
