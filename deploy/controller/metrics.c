/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/metrics.h"

#include "base/exposition.h"
#include "base/process.h"

static void write_gauge(struct buf *out, const char *name, const char *help, int64_t value)
{
    exposition_family(out, name, EXPOSITION_GAUGE, help);
    exposition_sample(out, name, NULL, value);
}

static void write_counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
    exposition_family(out, name, EXPOSITION_COUNTER, help);
    exposition_sample(out, name, NULL, (int64_t)value);
}

static void write_changes(const struct metrics *metrics, struct buf *out)
{
    static const char name[] = "hawser_controller_certificate_changes_total";
    static const char *const changes[] = {
        [METRICS_AUTHORITY] = "authority",
        [METRICS_LEAF] = "leaf",
        [METRICS_BUNDLE] = "bundle",
        [METRICS_REGISTRATION] = "registration",
    };

    exposition_family(out, name, EXPOSITION_COUNTER,
                      "What was made or written so that the webhook is trusted.");
    for (size_t i = 0; i < METRICS_N_CHANGES; i++) {
        const struct exposition_label labels[] = {{"change", changes[i]}, {NULL, NULL}};
        exposition_sample(out, name, labels, (int64_t)metrics->changes[i]);
    }
}

/* What is not there has no expiry. */
static void write_expiry(const struct metrics *metrics, struct buf *out)
{
    static const char name[] = "hawser_controller_certificate_expiry_timestamp_seconds";
    const struct {
        const char *certificate;
        long long not_after_s;
    } rows[] = {
        {"authority", metrics->authority_not_after_s},
        {"leaf", metrics->leaf_not_after_s},
    };

    exposition_family(out, name, EXPOSITION_GAUGE,
                      "When the certificates in the Secrets expire, as the leader knows.");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct exposition_label labels[] = {{"certificate", rows[i].certificate},
                                                  {NULL, NULL}};
        if (rows[i].not_after_s != 0) {
            exposition_sample(out, name, labels, rows[i].not_after_s);
        }
    }
}

static void write_requests(const struct kube_counts *kube, struct buf *out)
{
    static const char name[] = "hawser_controller_requests_total";

    exposition_family(out, name, EXPOSITION_COUNTER,
                      "Requests to the API server, by how they ended.");
    for (enum kube_outcome i = KUBE_OK; i <= KUBE_HALTED; i++) {
        const struct exposition_label labels[] = {{"outcome", kube_outcome_text(i)}, {NULL, NULL}};
        exposition_sample(out, name, labels, (int64_t)kube->requests[i]);
    }
    write_counter(out, "hawser_controller_retries_total",
                  "Requests that were sent again after an answer that may pass.", kube->retries);
}

static void write_build(const struct metrics *metrics, struct buf *out)
{
    static const char name[] = "hawser_build_info";
    const struct exposition_label labels[] = {{"version", metrics->version}, {NULL, NULL}};

    exposition_family(out, name, EXPOSITION_GAUGE, "The version that runs; always 1.");
    exposition_sample(out, name, labels, 1);
}

void metrics_write(const struct metrics *metrics, const struct kube_counts *kube, struct buf *out)
{
    write_build(metrics, out);
    write_gauge(out, "hawser_controller_leader", "Whether this controller holds the lease.",
                metrics->is_leader ? 1 : 0);
    write_changes(metrics, out);
    write_counter(out, "hawser_controller_certificate_failures_total",
                  "Runs of the certificate job that did not end well and are tried again.",
                  metrics->failures);
    write_expiry(metrics, out);
    write_gauge(
        out, "hawser_controller_ca_bundle_in_force",
        "Whether the webhook's registration has the caBundle that is wanted, as the leader knows.",
        metrics->has_bundle ? 1 : 0);
    write_requests(kube, out);
    process_write(out);
}

void metrics_write_policies(uint64_t n_failures, struct buf *out)
{
    write_counter(out, "hawser_controller_policy_failures_total",
                  "Attempts to read policies that failed; those before stay in force.", n_failures);
}
