/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/server.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/processors.h"
#include "base/setting_log.h"
#include "base/signals.h"
#include "webhook/server/descriptors.h"
#include "webhook/server/laptop.h"
#include "webhook/server/ports.h"
#include "webhook/server/probe.h"
#include "webhook/server/sources.h"
#include "webhook/server/worker.h"

/* Files beside connections and workers: sockets, eventfds, inotify, files being read. */
#define FILES_SPARE 64

/* How often the main thread looks whether something is to be said. */
#define TICK_MS 1000

/* How often a certificate that has expired is told of. */
#define REMIND_MS (60ULL * 60 * 1000)

/* How often missing files are looked for at start. */
#define START_RETRY_MS 250

/* An answer may take as long to send as its request took to come. */
#define DRAIN_TIMEOUTS 2

struct server {
    const struct settings *settings;
    struct current policies; /* struct policy_set */
    struct identity *identity;
    struct callers callers;
    struct metrics *metrics;
    struct readiness readiness;
    struct sources sources;
    struct reload *reload;
    struct ports ports;
    struct probe *probe;
    struct buf pin; /* of the pair that was made in memory; empty where files have one */
};

static void *set_ref(void *value)
{
    return policy_set_ref(value);
}

static void set_unref(void *value)
{
    policy_set_unref(value);
}

/* libmicrohttpd found itself in an impossible state: nothing it says can be trusted any more. */
static void panic(void *data, const char *file, unsigned int line, const char *reason)
{
    const struct log_field fields[] = {{.name = "file", .text = file},
                                       {.name = "line", .number = line},
                                       {.name = "reason", .text = reason != NULL ? reason : ""},
                                       {.name = NULL}};

    (void)data;
    log_line(LOG_ERROR, "libmicrohttpd has lost its way; ending at once", fields);
    abort();
}

/* What must happen before the first thread. */
static int prepare(struct server *server, const char *version, struct err *err)
{
    const struct settings *settings = server->settings;

    signals_block();
    memory_keep(WORKER_KEPT_BYTES);
    setting_log_apply(settings->log_level, settings->log_format);
    MHD_set_panic_func(panic, NULL);
    json_object_seed(0); /* from the system's randomness: nobody can choose keys that collide */
    current_init(&server->policies, set_ref, set_unref);
    callers_init(&server->callers, &settings->client_allowed_names);
    server->metrics = metrics_new(version, err);
    if (server->metrics == NULL) {
        return -1;
    }
    server->identity = identity_new(&settings->tls_server_names, err);
    if (server->identity == NULL) {
        return -1;
    }
    readiness_init(&server->readiness, &server->policies, server->identity);
    server->ports = (struct ports){
        .settings = settings,
        .policies = &server->policies,
        .identity = server->identity,
        .callers = &server->callers,
        .metrics = server->metrics,
        .readiness = &server->readiness,
        .n_workers = processors_count(),
    };
    return descriptors_allow(ports_count_files(&server->ports) + FILES_SPARE, err);
}

/* A certificate for this run, where the settings name none. */
static int make_certificate(struct server *server, struct err *err)
{
    CLEANUP(identity_pair_unref) struct identity_pair *pair = NULL;

    if (server->settings->tls_cert_file != NULL) {
        return 0;
    }
    if (laptop_identify(server->identity, clock_wall_s(), &server->pin, err) < 0) {
        return -1;
    }
    pair = identity_get_pair(server->identity);
    metrics_set_certificate_expiry(server->metrics, identity_pair_not_after_s(pair));
    return 0;
}

static bool is_stop(enum signals_word word)
{
    return word == SIGNALS_STOP || word == SIGNALS_INTERRUPT;
}

/* Read the files, waiting for those that are missing or wrong as long as the settings say. Whether
 * the wait was ended by a signal is in *@stopped. */
static int read_files(struct server *server, bool *stopped, struct err *err)
{
    const uint64_t end_ms = clock_monotonic_ms() + server->settings->start_timeout_ms;
    bool told = false;

    while (reload_first(server->reload, err) < 0) {
        const struct log_field fields[] = {{.name = "error", .text = err->msg}, {.name = NULL}};
        if (clock_monotonic_ms() >= end_ms) {
            return -1;
        }
        if (!told) {
            log_line(LOG_WARN, "not ready to serve; waiting", fields);
            told = true;
        }
        if (is_stop(signals_wait(START_RETRY_MS))) {
            *stopped = true;
            return 0;
        }
    }
    return 0;
}

static void log_serving(const struct server *server)
{
    const struct log_field fields[] = {
        {.name = "listen", .text = listener_address(server->ports.admission)},
        {.name = "health", .text = listener_address(server->ports.health)},
        {.name = "workers", .number = server->ports.n_workers},
        {.name = NULL},
    };

    log_line(LOG_INFO, "serving", fields);
}

/* Say how to ask, where the certificate was made for this run. Nothing depends on it. */
static void give_hint(struct server *server)
{
    CLEANUP(policy_set_unref) struct policy_set *policies = current_get(&server->policies);
    CLEANUP(buf_clear) struct buf hint = BUF_INIT(LAPTOP_TEXT_BYTES_MAX);

    if (server->pin.len > 0) {
        laptop_write_hint(&hint, listener_address(server->ports.admission), buf_text(&server->pin),
                          policies);
        log_text(buf_text(&hint));
    }
}

static int start(struct server *server, const char *version, bool *stopped, struct err *err)
{
    if (prepare(server, version, err) < 0 || ports_open_health(&server->ports, err) < 0 ||
        make_certificate(server, err) < 0) {
        return -1;
    }
    server->sources = (struct sources){
        .settings = server->settings,
        .policies = &server->policies,
        .identity = server->identity,
        .callers = &server->callers,
        .metrics = server->metrics,
    };
    sources_init(&server->sources);
    server->reload = reload_new(server->sources.items, server->sources.n, server->metrics, err);
    if (server->reload == NULL || read_files(server, stopped, err) < 0) {
        return -1;
    }
    if (*stopped) {
        return 0;
    }
    if (ports_open_admission(&server->ports, err) < 0 || reload_start(server->reload, err) < 0) {
        return -1;
    }
    server->probe = probe_start(listener_address(server->ports.admission), server->identity,
                                &server->readiness, err);
    return server->probe != NULL ? 0 : -1;
}

/* Tell that the certificate in force cannot be used any more, and again every hour. *@told_ms is
 * when it was told last, 0 for never. */
static void mind_certificate(struct server *server, uint64_t *told_ms)
{
    const uint64_t now_ms = clock_monotonic_ms();
    struct err err = {0};

    if (identity_check(server->identity, clock_wall_s(), &err) == 0) {
        *told_ms = 0;
    } else if (*told_ms == 0 || now_ms - *told_ms > REMIND_MS) {
        const struct log_field fields[] = {{.name = "error", .text = err.msg}, {.name = NULL}};
        *told_ms = now_ms;
        log_line(LOG_ERROR, "the certificate in force is of no use; waiting for another", fields);
    }
}

/* Until a signal says to stop. */
static enum signals_word serve(struct server *server)
{
    uint64_t told_ms = 0;
    bool has_settled = false;

    for (;;) {
        enum signals_word word = signals_wait(TICK_MS);
        if (!has_settled) {
            memory_settle(); /* a tick is enough to become ready in */
            has_settled = true;
        }
        mind_certificate(server, &told_ms);
        log_flush();
        if (word == SIGNALS_RELOAD) {
            reload_kick(server->reload);
        } else if (word != SIGNALS_NONE) {
            return word;
        }
    }
}

/* Whether somebody has lost patience; *@data remembers it. */
static bool hurries(void *data)
{
    bool *hurry = data;

    *hurry = *hurry || is_stop(signals_wait(0));
    return *hurry;
}

/* Serve on while the cluster takes note. */
static void serve_grace_period(const struct server *server, bool *hurry)
{
    uint64_t now_ms = clock_monotonic_ms();
    const uint64_t end_ms = now_ms + server->settings->grace_period_ms;

    for (; !*hurry && now_ms < end_ms; now_ms = clock_monotonic_ms()) {
        const uint64_t left_ms = end_ms - now_ms;
        *hurry = is_stop(signals_wait((unsigned int)(left_ms < TICK_MS ? left_ms : TICK_MS)));
        log_flush();
    }
}

/* End without losing a request; how many connections were cut all the same. */
static size_t stop(struct server *server, enum signals_word word)
{
    const struct settings *settings = server->settings;
    bool hurry = false;
    size_t n_cut;

    log_line(LOG_INFO, "stopping", NULL);
    readiness_stop(&server->readiness);
    listener_close_answers(server->ports.admission);
    if (word == SIGNALS_STOP) {
        serve_grace_period(server, &hurry);
    }
    listener_close_door(server->ports.admission);
    n_cut = listener_drain(server->ports.admission, DRAIN_TIMEOUTS * settings->request_timeout_ms,
                           hurries, &hurry);
    if (n_cut > 0) {
        const struct log_field fields[] = {{.name = "connections", .number = (long long)n_cut},
                                           {.name = NULL}};
        log_line(LOG_WARN, "connections were cut", fields);
    }
    return n_cut;
}

/* In the reverse order of start(): who uses something ends before it. */
static void release(struct server *server)
{
    probe_stop(server->probe);
    reload_free(server->reload);
    ports_close(&server->ports);
    readiness_clear(&server->readiness);
    identity_free(server->identity);
    callers_clear(&server->callers);
    current_clear(&server->policies);
    metrics_free(server->metrics);
    buf_clear(&server->pin);
}

int server_run(const struct settings *settings, const char *version, bool *cut_out, struct err *err)
{
    struct server server = {.settings = settings, .pin = BUF_INIT(256)};
    bool stopped = false;
    size_t n_cut = 0;
    int status = start(&server, version, &stopped, err);

    if (status == 0 && !stopped) {
        give_hint(&server);
        log_serving(&server);
        n_cut = stop(&server, serve(&server));
    }
    release(&server);
    if (status == 0) {
        log_line(LOG_INFO, "stopped", NULL);
        *cut_out = n_cut > 0;
    }
    log_flush_all();
    return status;
}
