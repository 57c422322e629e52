/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: fixed_answer ANSWER-FILE [FLAG...]
 *
 * The ceiling: `hawser serve` without the admission. It takes hawser's flags, and between the
 * network and the answer is all that hawser has there: the listener with its workers, limits and
 * certificate, screening, metrics. A request's body is taken in whole, and the answer is the bytes
 * of the file. It says "serving" and where, as hawser does, and ends on SIGTERM.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/processors.h"
#include "base/signals.h"
#include "webhook/inject/admit.h"
#include "webhook/server/descriptors.h"
#include "webhook/server/laptop.h"
#include "webhook/server/listener.h"
#include "webhook/server/settings.h"
#include "webhook/server/worker.h"

/* The flags. */
#define ARENA_MAX ((size_t)64 * 1024)

/* Files beside connections. */
#define FILES_SPARE 64

struct ceiling {
    struct settings settings;
    struct buf answer;
    struct identity *identity;
    struct callers callers;
    struct metrics *metrics;
    struct http_route route;
    struct listener *listener;
};

static void
answer_always(void *data, const struct http_request *request, struct http_response *response)
{
    const struct ceiling *ceiling = data;

    (void)request;
    response->content_type = HTTP_JSON;
    buf_add(&response->body, buf_text(&ceiling->answer), ceiling->answer.len);
}

static int prepare(struct ceiling *ceiling, const char *answer_path, struct err *err)
{
    CLEANUP(buf_clear) struct buf pin = BUF_INIT(256);
    const struct settings *settings = &ceiling->settings;

    signals_block();
    memory_keep(WORKER_KEPT_BYTES);
    log_set(LOG_INFO, true);
    callers_init(&ceiling->callers, &settings->client_allowed_names);
    if (file_read(answer_path, &ceiling->answer, err) < 0 ||
        descriptors_allow(settings->max_connections + LISTENER_SPARE_CONNECTIONS + FILES_SPARE,
                          err) < 0) {
        return -1;
    }
    ceiling->metrics = metrics_new("ceiling", err);
    if (ceiling->metrics == NULL) {
        return -1;
    }
    ceiling->identity = identity_new(&settings->tls_server_names, err);
    if (ceiling->identity == NULL) {
        return -1;
    }
    return laptop_identify(ceiling->identity, clock_wall_s(), &pin, err);
}

/* As start_admission() in webhook/server/server.c. */
static int start_listener(struct ceiling *ceiling, struct err *err)
{
    const struct settings *settings = &ceiling->settings;
    const struct listener_options options = {
        .address = settings->listen,
        .routes = {.items = &ceiling->route, .n = 1},
        .n_workers = processors_count(),
        .max_connections = settings->max_connections,
        .request_timeout_ms = settings->request_timeout_ms,
        .idle_timeout_ms = settings->idle_timeout_ms,
        .identity = ceiling->identity,
        .callers = &ceiling->callers,
        .metrics = ceiling->metrics,
    };

    ceiling->route = (struct http_route){
        .method = "POST",
        .path = "/mutate",
        .content_type = HTTP_JSON,
        .answer_max_bytes = ADMIT_ANSWER_MAX,
        .for_callers = true,
        .is_shed = true,
        .answer = answer_always,
        .data = ceiling,
    };
    ceiling->listener = listener_start(&options, err);
    return ceiling->listener != NULL ? 0 : -1;
}

static void serve(const struct ceiling *ceiling)
{
    const struct log_field fields[] = {
        {.name = "listen", .text = listener_address(ceiling->listener)},
        {.name = NULL},
    };
    enum signals_word word;

    log_line(LOG_INFO, "serving", fields);
    word = signals_wait(1000);
    memory_settle(); /* as serve() in webhook/server/server.c */
    while (word != SIGNALS_STOP && word != SIGNALS_INTERRUPT) {
        word = signals_wait(1000);
    }
}

static void release(struct ceiling *ceiling)
{
    listener_stop(ceiling->listener);
    identity_free(ceiling->identity);
    callers_clear(&ceiling->callers);
    metrics_free(ceiling->metrics);
    buf_clear(&ceiling->answer);
}

/* What main() does with the usage checked. */
static int run(int argc, char **argv, struct arena *arena, struct err *err)
{
    struct ceiling ceiling = {.answer = BUF_INIT(ADMIT_ANSWER_MAX)};
    int status;

    if (settings_read(argc - 1, argv + 1, "", arena, &ceiling.settings, err) < 0) {
        return -1;
    }
    status = prepare(&ceiling, argv[1], err);
    if (status == 0) {
        status = start_listener(&ceiling, err);
    }
    if (status == 0) {
        serve(&ceiling);
    }
    release(&ceiling);
    return status;
}

int main(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct err err = {0};

    if (argc < 2 || arena == NULL) {
        (void)fputs("usage: fixed_answer ANSWER-FILE [FLAG...]\n", stderr);
        return EXIT_FAILURE;
    }
    if (run(argc, argv, arena, &err) < 0) {
        (void)fprintf(stderr, "fixed_answer: %s\n", err.msg);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
