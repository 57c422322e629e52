/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/controller.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/setting_log.h"
#include "base/signals.h"
#include "deploy/controller/certificates.h"
#include "deploy/controller/health.h"
#include "deploy/controller/metrics.h"
#include "deploy/controller/policy_age.h"
#include "deploy/controller/policy_source.h"
#include "deploy/controller/status_writer.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/events.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/lease.h"
#include "deploy/kube/loop.h"
#include "deploy/storage/storage.h"
#include "policies/names.h"

#define COMPONENT "hawser-controller"

/* A log that was flooded and fell silent says so within this time. */
#define STEP_MS 1000

/* After how long without being ready the log tells why. */
#define PATIENCE_MS 5000

#define IDENTITY_SIZE 256

/* Namespaces that a person writes on a command line. */
#define EXCLUDED_MAX   256
#define EXCLUDED_BYTES ((size_t)64 * 1024)

struct controller {
    const struct settings *settings;
    char identity[IDENTITY_SIZE];
    char user_agent[64];
    struct loop *loop;
    struct kube *kube;
    struct events *events;
    struct lease *lease;
    struct certificates *certificates; /* NULL: somebody else keeps them */
    struct storage *storage;           /* the same */
    struct policy_source *policies;    /* of the storage; NULL without it */
    struct policy_age *policy_age;     /* the same */
    struct arena *arena;               /* of `excluded` */
    struct text_list excluded;
    struct status_writer *status_writer;
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
        if (controller->storage != NULL) {
            storage_lead(controller->storage);
            policy_age_lead(controller->policy_age); /* read before anything is written over it */
        } else {
            status_writer_lead(controller->status_writer);
        }
        return;
    }
    /* What only the leader knows. */
    controller->metrics.has_bundle = false;
    controller->metrics.authority_not_after_s = 0;
    controller->metrics.leaf_not_after_s = 0;
    if (controller->storage != NULL) {
        storage_rest(controller->storage);
    }
    if (!controller->is_stopping) {
        log_line(LOG_WARN, "not leading any more; writing nothing until it does again", fields);
    }
}

static void take_signals(void *data)
{
    struct controller *controller = data;

    for (enum signals_word word = signals_wait(0); word != SIGNALS_NONE; word = signals_wait(0)) {
        if (word == SIGNALS_RELOAD) { /* files that rotate are read again by themselves */
            if (controller->policies != NULL) {
                policy_source_read(controller->policies);
            }
            continue;
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
    if (controller->certificates != NULL && certificates_check(controller->certificates, err) < 0) {
        return -1;
    }
    if (controller->storage == NULL) {
        return 0;
    }
    return policy_source_check(controller->policies, err) < 0
               ? -1
               : storage_check(controller->storage, err);
}

static void write_metrics(void *data, struct buf *out)
{
    struct controller *controller = data;

    metrics_write(&controller->metrics, kube_counts(controller->kube), out);
    if (controller->storage != NULL) {
        metrics_write_policies(policy_source_failures(controller->policies), out);
        storage_write_metrics(controller->storage, out);
    }
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

static void use_policies(void *data, struct policy_set *set)
{
    struct controller *controller = data;

    policy_age_use(controller->policy_age, set);
    storage_use(controller->storage, set, policy_age_since_s(controller->policy_age));
}

/* What the leader before knew of policies is read: now the status may be written. */
static void note_age(void *data)
{
    struct controller *controller = data;
    struct policy_set *set = policy_source_set(controller->policies);

    if (set != NULL) {
        storage_use(controller->storage, set, policy_age_since_s(controller->policy_age));
    }
    status_writer_lead(controller->status_writer);
}

static int start_policies(struct controller *controller, struct err *err)
{
    const struct settings *settings = controller->settings;
    const struct policy_age_options options = {
        .namespace_ = settings->namespace_,
        .config_map = settings->status_config_map,
        .excluded = controller->excluded,
        .is_built_in = settings->policies == NULL,
        .changed = note_age,
        .data = controller,
    };

    controller->policy_age = policy_age_new(controller->loop, controller->kube, &options, err);
    if (controller->policy_age == NULL) {
        return -1;
    }
    controller->policies =
        policy_source_new(controller->loop, settings->policies, use_policies, controller, err);
    return controller->policies != NULL ? 0 : -1;
}

/* The namespaces that the settings exclude, and hawser's own. */
static int read_excluded(struct controller *controller, struct err *err)
{
    const struct settings *settings = controller->settings;
    const char *at = settings->excluded != NULL ? settings->excluded : "";
    const char **item;

    controller->arena = arena_new(EXCLUDED_BYTES);
    if (controller->arena == NULL) {
        return err_no_memory(err);
    }
    item = LIST_ADD(controller->arena, &controller->excluded);
    if (item == NULL) {
        return err_no_memory(err);
    }
    *item = settings->namespace_;
    while (*at != '\0') {
        const size_t len = strcspn(at, ",");
        item = LIST_ADD(controller->arena, &controller->excluded);
        if (item == NULL || controller->excluded.n > EXCLUDED_MAX) {
            return err_set(err, ERR_INVALID, "--exclude-namespaces: more than %d", EXCLUDED_MAX);
        }
        *item = arena_strndup(controller->arena, at, len);
        if (*item == NULL) {
            return err_no_memory(err);
        }
        if (names_check_label(*item, err) < 0) {
            return err_wrap(err, "--exclude-namespaces");
        }
        at += len + (at[len] == ',' ? 1 : 0);
    }
    return 0;
}

static int start_storage(struct controller *controller, struct err *err)
{
    const struct settings *settings = controller->settings;
    struct storage_options options = {.home = settings->namespace_};

    if (settings->storage == SETTINGS_JOB_OFF) {
        return 0;
    }
    if (read_excluded(controller, err) < 0) {
        return -1;
    }
    options.excluded = controller->excluded;
    controller->storage =
        storage_new(controller->loop, controller->kube, controller->events, &options, err);
    return controller->storage != NULL ? start_policies(controller, err) : -1;
}

static int start_status(struct controller *controller, struct err *err)
{
    const struct status_writer_options options = {
        .namespace_ = controller->settings->namespace_,
        .config_map = controller->settings->status_config_map,
        .pause_ms = STATUS_WRITER_PAUSE_MS,
    };

    controller->status_writer =
        status_writer_new(controller->loop, controller->kube, &options, err);
    return controller->status_writer != NULL ? 0 : -1;
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
    if (controller->events == NULL || start_status(controller, err) < 0 ||
        start_lease(controller, err) < 0 || start_certificates(controller, err) < 0 ||
        start_storage(controller, err) < 0) {
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

/* False: it is not known yet how things are. Its news come again when they are. */
static bool add_storage(const struct controller *controller, struct status *status)
{
    if (!policy_age_is_known(controller->policy_age) ||
        !storage_add_status(controller->storage, status)) {
        return false;
    }
    policy_age_add_status(controller->policy_age, status);
    return true;
}

/* What `hawser-controller status` shows. */
static void report(struct controller *controller)
{
    const struct metrics *metrics = &controller->metrics;
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    struct err err = {0};

    if (status == NULL || (controller->storage != NULL && !add_storage(controller, status))) {
        return;
    }
    if (controller->certificates != NULL) {
        const struct status_certificate certificate = {
            .leaf_not_after_s = metrics->leaf_not_after_s,
            .leaf_renewal_s = metrics->leaf_renewal_s,
            .authority_not_after_s = metrics->authority_not_after_s,
            .has_bundle = metrics->has_bundle,
        };
        status_set_certificate(status, &certificate);
    }
    if (status_write(status, &text, &err) == 0) {
        status_writer_put(controller->status_writer, buf_text(&text));
    }
}

static bool certificates_are_due(const struct controller *controller)
{
    return controller->certificates != NULL && controller->metrics.is_leader &&
           certificates_is_due(controller->certificates);
}

static bool storage_is_wanted(const struct controller *controller)
{
    return controller->storage != NULL && controller->metrics.is_leader &&
           storage_is_due(controller->storage);
}

/* Do what is due; certificates first, without which nothing is injected at all. */
static void work(struct controller *controller)
{
    bool has_news = false;

    if (certificates_are_due(controller)) {
        certificates_run(controller->certificates);
        has_news = true;
    }
    if (storage_is_wanted(controller)) {
        storage_run(controller->storage);
        has_news |= storage_take_news(controller->storage);
    }
    if (has_news) {
        report(controller);
    }
}

static void run(struct controller *controller)
{
    controller->unready_ms = clock_monotonic_ms();
    while (!controller->is_stopping) {
        const bool is_due = certificates_are_due(controller) || storage_is_wanted(controller);
        loop_step(controller->loop, is_due ? 0 : STEP_MS);
        mind_readiness(controller);
        log_flush();
        work(controller);
    }
}

/* In the reverse order of start(): who uses something ends before it. */
static void release(struct controller *controller)
{
    health_free(controller->health);
    policy_source_free(controller->policies);
    policy_age_free(controller->policy_age);
    storage_free(controller->storage);
    certificates_free(controller->certificates);
    lease_free(controller->lease);
    status_writer_free(controller->status_writer);
    events_free(controller->events);
    kube_free(controller->kube);
    loop_free(controller->loop);
    arena_free(controller->arena);
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
