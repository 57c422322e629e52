/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificate_news.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static const struct {
    const char *reason; /* of Events */
    const char *message;
} changes[METRICS_N_CHANGES] = {
    [METRICS_AUTHORITY] = {"AuthorityRenewed", "made a new CA for the webhook's certificate"},
    [METRICS_LEAF] = {"CertificateRenewed", "issued a new certificate for the webhook"},
    [METRICS_BUNDLE] = {"BundleChanged", "changed the CA bundle beside the webhook's certificate"},
    [METRICS_REGISTRATION] = {"CABundleWritten",
                              "wrote the caBundle of the webhook's registration"},
};

static void send_event(const struct certificate_news *news,
                       bool is_warning,
                       const char *reason,
                       const char *message)
{
    const struct events_object about = {
        .api_version = "v1",
        .kind = "Secret",
        .namespace_ = news->names->namespace_,
        .name = news->names->tls_secret,
        .uid = news->uid,
    };

    events_send(news->events, &about, is_warning, reason, message);
}

void certificate_news_change(struct certificate_news *news,
                             enum metrics_change change,
                             const char *why)
{
    const struct log_field fields[] = {{.name = "why", .text = why}, {.name = NULL}};
    struct err text;

    news->metrics->changes[change]++;
    log_line(LOG_INFO, changes[change].message, fields);
    (void)err_set(&text, ERR_INTERNAL, "%s: %s", changes[change].message, why);
    send_event(news, false, changes[change].reason, text.msg);
}

void certificate_news_trouble(struct certificate_news *news,
                              const char *what,
                              enum kube_outcome outcome,
                              const char *message)
{
    const struct log_field fields[] = {{.name = "error", .text = message}, {.name = NULL}};

    news->metrics->failures++;
    if (strcmp(news->trouble, what) == 0 && news->outcome == outcome) {
        return;
    }
    news->outcome = outcome;
    (void)snprintf(news->trouble, sizeof(news->trouble), "%s", what);
    log_line(LOG_WARN, "the webhook's certificates are not as they should be; trying again",
             fields);
    send_event(news, true, "CertificatesFailed", message);
}

void certificate_news_well(struct certificate_news *news)
{
    if (news->trouble[0] != '\0') {
        news->trouble[0] = '\0';
        log_line(LOG_INFO, "the webhook's certificates are as they should be again", NULL);
    }
}

void certificate_news_registered(struct certificate_news *news, bool is_registered)
{
    const struct log_field fields[] = {
        {.name = "configuration", .text = news->names->configuration},
        {.name = "service", .text = news->names->service},
        {.name = NULL}};

    if (is_registered != news->was_registered) {
        news->was_registered = is_registered;
        log_line(LOG_INFO,
                 is_registered ? "the webhook is registered"
                               : "the webhook is not registered any more; its caBundle is written "
                                 "when it is again",
                 fields);
    }
}
