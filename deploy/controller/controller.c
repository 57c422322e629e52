/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/controller.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/setting_log.h"
#include "base/signals.h"
#include "deploy/controller/certificates.h"
#include "deploy/controller/health.h"
#include "deploy/controller/metrics.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/events.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/lease.h"
#include "deploy/kube/loop.h"

#define COMPONENT "hawser-controller"

/* A log that was flooded and fell silent says so within this time. */
#define STEP_MS 1000

/* After how long without being ready the log tells why. */
#define PATIENCE_MS 5000

#define IDENTITY_SIZE 256

struct controller {
    const struct settings *settings;
    char identity[IDENTITY_SIZE];
    char user_agent[64];
    struct loop *loop;
    struct kube *kube;
    struct events *events;
    struct lease *lease;
    struct certificates *certificates; /* NULL: somebody else keeps them */
    struct health *health;
    struct metrics metrics;
    int signal_fd;
    bool is_stopping;

    /* What the log was told of readiness: waits a while for what passes by itself. */
    bool is_ready;
    uint64_t unready_ms; /* since when it is not; 0: it is, or that was told */
};

/* No other process may have the same identity, nor this pod's earlier one: a part of it is
 * random. */
static void choose_identity(struct controller *controller)
{
    const char *given = controller->settings->identity;
    char host[200] = "unknown";

    (void)gethostname(host, sizeof(host) - 1);
    (void)snprintf(controller->identity, sizeof(controller->identity), "%.200s_%08x",
                   given != NULL ? given : host, chance_number());
}

static bool may_write(void *data)
{
    const struct controller *controller = data;

    return lease_is_held(controller->lease, clock_monotonic_ms());
}

static void note_leader(void *data)
{
    struct controller *controller = data;
    const struct log_field fields[] = {{.name = "lease", .text = controller->settings->lease},
                                       {.name = "identity", .text = controller->identity},
                                       {.name = NULL}};

    controller->metrics.is_leader = may_write(controller);
    if (controller->metrics.is_leader) {
        log_line(LOG_INFO, "leading", fields);
        if (controller->certificates != NULL) {
            certificates_lead(controller->certificates);
        }
        return;
    }
    /* What only the leader knows. */
    controller->metrics.has_bundle = false;
    controller->metrics.authority_not_after_s = 0;
    controller->metrics.leaf_not_after_s = 0;
    if (!controller->is_stopping) {
        log_line(LOG_WARN, "not leading any more; writing nothing until it does again", fields);
    }
}

static void take_signals(void *data)
{
    struct controller *controller = data;

    for (enum signals_word word = signals_wait(0); word != SIGNALS_NONE; word = signals_wait(0)) {
        if (word == SIGNALS_RELOAD) {
            continue; /* files that rotate are read again by themselves */
        }
        controller->is_stopping = true;
        kube_halt(controller->kube);
    }
}

/* Ready is who can do its work when it leads: the cluster answers, and everything was read. */
static int check(void *data, struct err *err)
{
    const struct controller *controller = data;

    if (controller->is_stopping) {
        return err_set(err, ERR_IO, "stopping");
    }
    if (lease_outcome(controller->lease) != KUBE_OK) {
        return err_set(err, ERR_IO, "the lease '%s': %s: %s", controller->settings->lease,
                       kube_outcome_text(lease_outcome(controller->lease)),
                       lease_message(controller->lease));
    }
    return controller->certificates != NULL ? certificates_check(controller->certificates, err) : 0;
}

static void write_metrics(void *data, struct buf *out)
{
    struct controller *controller = data;

    metrics_write(&controller->metrics, kube_counts(controller->kube), out);
}

static int start_certificates(struct controller *controller, struct err *err)
{
    const struct settings *settings = controller->settings;
    const struct certificates_options options = {
        .certificate = settings_certificate(settings),
        .settle_ms = settings->settle_ms,
    };

    if (settings->certificates == SETTINGS_JOB_OFF) {
        return 0;
    }
    controller->certificates =
        certificates_new(controller->loop, controller->kube, controller->events,
                         &controller->metrics, &options, err);
    return controller->certificates != NULL ? 0 : -1;
}

static int start_lease(struct controller *controller, struct err *err)
{
    const struct settings *settings = controller->settings;
    const struct lease_options options = {
        .namespace_ = settings->namespace_,
        .name = settings->lease,
        .identity = controller->identity,
        .duration_ms = settings->lease_duration_ms,
        .renew_deadline_ms = settings->renew_deadline_ms,
        .retry_period_ms = settings->retry_period_ms,
        .changed = note_leader,
        .data = controller,
    };

    controller->lease = lease_new(controller->loop, controller->kube, &options, err);
    if (controller->lease == NULL) {
        return -1;
    }
    kube_guard(controller->kube, may_write, controller);
    return 0;
}

static int start(struct controller *controller, const struct kube_config *config, struct err *err)
{
    const struct settings *settings = controller->settings;
    const struct health_answers answers = {
        .check = check, .write = write_metrics, .data = controller};

    signals_block();
    setting_log_apply(settings->log_level, settings->log_format);
    json_object_seed(0); /* from the system's randomness: nobody can choose keys that collide */
    choose_identity(controller);
    (void)snprintf(controller->user_agent, sizeof(controller->user_agent), COMPONENT "/%s",
                   controller->metrics.version);
    controller->signal_fd = signals_open(err);
    controller->loop = controller->signal_fd >= 0 ? loop_new(err) : NULL;
    if (controller->loop == NULL) {
        return -1;
    }
    controller->kube = kube_new(controller->loop, config, controller->user_agent, err);
    if (controller->kube == NULL) {
        return -1;
    }
    loop_add_fd(controller->loop, controller->signal_fd, take_signals, controller);
    controller->events = events_new(controller->kube, COMPONENT, controller->identity, err);
    if (controller->events == NULL || start_lease(controller, err) < 0 ||
        start_certificates(controller, err) < 0) {
        return -1;
    }
    controller->health = health_new(controller->loop, settings->health_listen, &answers, err);
    return controller->health != NULL ? 0 : -1;
}

static void log_running(const struct controller *controller, const struct kube_config *config)
{
    const struct log_field fields[] = {
        {.name = "server", .text = config->server},
        {.name = "namespace", .text = controller->settings->namespace_},
        {.name = "identity", .text = controller->identity},
        {.name = "health", .text = health_address(controller->health)},
        {.name = NULL},
    };

    log_line(LOG_INFO, "running", fields);
}

/* Tell when it becomes ready, and why it is not. */
static void mind_readiness(struct controller *controller)
{
    const uint64_t now_ms = clock_monotonic_ms();
    struct err err = {0};
    const bool is_ready = check(controller, &err) == 0;

    if (is_ready != controller->is_ready) {
        controller->is_ready = is_ready;
        controller->unready_ms = is_ready ? 0 : now_ms;
        if (is_ready) {
            log_line(LOG_INFO, "ready", NULL);
        }
    }
    if (controller->unready_ms != 0 && now_ms - controller->unready_ms >= PATIENCE_MS) {
        const struct log_field fields[] = {{.name = "error", .text = err.msg}, {.name = NULL}};
        controller->unready_ms = 0;
        log_line(LOG_WARN, "not ready; trying on", fields);
    }
}

static void run(struct controller *controller)
{
    struct certificates *certificates = controller->certificates;

    controller->unready_ms = clock_monotonic_ms();
    while (!controller->is_stopping) {
        const bool is_due = certificates != NULL && controller->metrics.is_leader &&
                            certificates_is_due(certificates);
        loop_step(controller->loop, is_due ? 0 : STEP_MS);
        mind_readiness(controller);
        log_flush();
        if (certificates != NULL && controller->metrics.is_leader &&
            certificates_is_due(certificates)) {
            certificates_run(certificates);
        }
    }
}

/* In the reverse order of start(): who uses something ends before it. */
static void release(struct controller *controller)
{
    health_free(controller->health);
    certificates_free(controller->certificates);
    lease_free(controller->lease);
    events_free(controller->events);
    kube_free(controller->kube);
    loop_free(controller->loop);
    close_p(&controller->signal_fd);
}

int controller_run(const struct settings *settings,
                   const struct kube_config *config,
                   const char *version,
                   struct err *err)
{
    struct controller controller = {
        .settings = settings,
        .metrics = {.version = version},
        .signal_fd = -1,
    };
    const int status = start(&controller, config, err);

    if (status == 0) {
        log_running(&controller, config);
        run(&controller);
        log_line(LOG_INFO, "stopping", NULL);
        lease_release(controller.lease, CONTROLLER_STOP_MS);
    }
    release(&controller);
    if (status == 0) {
        log_line(LOG_INFO, "stopped", NULL);
    }
    log_flush_all();
    return status;
}
