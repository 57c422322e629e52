/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/load.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/pause.h"

/* Where nobody listens for a moment, thousands of attempts would say nothing more. */
#define PAUSE_AFTER_FAILURE_MS 10

struct load {
    struct load_options options;
    atomic_bool stop;
    pthread_t threads[LOAD_THREADS_MAX];
    unsigned int n_threads; /* those that run */
    pthread_mutex_t lock;
    struct load_result result; /* under the lock */
};

static void count(struct load *load, bool failed, uint64_t took_us, const struct err *err)
{
    struct load_result *result = &load->result;

    pthread_mutex_lock(&load->lock);
    result->n_requests++;
    if (failed && result->n_failures++ == 0) {
        result->first_failure = *err;
    }
    if (!failed && load->options.slow_us > 0 && took_us > load->options.slow_us) {
        result->n_slow++;
    }
    if (!failed && took_us > result->slowest_us) {
        result->slowest_us = took_us;
    }
    pthread_mutex_unlock(&load->lock);
}

static struct client *connect_anew(struct load *load, struct err *err)
{
    struct client *client = client_connect(load->options.address, &load->options.client, err);

    if (client != NULL) {
        pthread_mutex_lock(&load->lock);
        load->result.n_connections++;
        pthread_mutex_unlock(&load->lock);
    }
    return client;
}

static int check(const struct load_options *options, const struct answer *answer, struct err *err)
{
    const unsigned int expected = options->status != 0 ? options->status : 200;

    if (answer->status != expected) {
        return err_set(err, ERR_INVALID, "expected status %u, found %u: '%s'", expected,
                       answer->status, answer->body);
    }
    return options->check != NULL ? options->check(answer, options->data, err) : 0;
}

/* Send one request on @client and judge the answer, which says in *@last_out whether it is the
 * last on this connection. */
static int ask(struct load *load, struct client *client, bool *last_out, struct err *err)
{
    const uint64_t began_us = clock_monotonic_us();
    CLEANUP(answer_clear) struct answer answer = {0};

    if (client_request(client, &load->options.message, &answer, err) < 0) {
        return -1;
    }
    const uint64_t took_us = clock_monotonic_us() - began_us;
    if (check(&load->options, &answer, err) < 0) {
        return -1;
    }
    if (client_n_waiting(client) > 0) {
        return err_set(err, ERR_INVALID, "expected one answer, found %zu bytes behind it",
                       client_n_waiting(client));
    }
    *last_out = answer_has(&answer, "Connection", "close");
    count(load, false, took_us, NULL);
    return 0;
}

/* Whether the server has closed in peace, as it may between requests. A reset is none. */
static bool is_closed(struct client *client)
{
    const enum client_state state = client_state(client);

    return state == CLIENT_CLOSED || state == CLIENT_CUT;
}

/* The requests of one connection. */
static int run_connection(struct load *load, struct err *err)
{
    const unsigned int most = load->options.n_for_each_connection;
    CLEANUP(client_free) struct client *client = connect_anew(load, err);
    bool last = false;

    if (client == NULL) {
        return -1;
    }
    for (unsigned int n = 0; !last && !load->stop && (most == 0 || n < most); n++) {
        if (n > 0 && is_closed(client)) {
            return 0;
        }
        if (ask(load, client, &last, err) < 0) {
            return -1;
        }
        pause_ms(load->options.pause_ms);
    }
    return 0;
}

static void *run(void *data)
{
    struct load *load = data;

    while (!load->stop) {
        struct err err = {0};
        if (run_connection(load, &err) < 0) {
            count(load, true, 0, &err);
            pause_ms(PAUSE_AFTER_FAILURE_MS);
        }
    }
    return NULL;
}

struct load *load_start(const struct load_options *options, struct err *err)
{
    CLEANUP(load_free) struct load *load = calloc(1, sizeof(*load));

    assert(options->n_threads <= LOAD_THREADS_MAX);
    if (load == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    load->options = *options;
    (void)pthread_mutex_init(&load->lock, NULL);
    for (unsigned int i = 0; i < options->n_threads; i++) {
        if (pthread_create(&load->threads[i], NULL, run, load) != 0) {
            (void)err_set(err, ERR_INTERNAL, "cannot start thread %u", i + 1);
            return NULL;
        }
        load->n_threads++;
    }
    return TAKE(load);
}

void load_read(struct load *load, struct load_result *out)
{
    pthread_mutex_lock(&load->lock);
    *out = load->result;
    pthread_mutex_unlock(&load->lock);
}

static void join_all(struct load *load)
{
    load->stop = true;
    for (; load->n_threads > 0; load->n_threads--) {
        (void)pthread_join(load->threads[load->n_threads - 1], NULL);
    }
}

void load_stop(struct load *load, struct load_result *out)
{
    join_all(load);
    load_read(load, out);
}

void load_free(struct load *load)
{
    if (load != NULL) {
        join_all(load);
        (void)pthread_mutex_destroy(&load->lock);
        free(load);
    }
}
