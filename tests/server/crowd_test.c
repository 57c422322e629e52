/* SPDX-License-Identifier: Apache-2.0 */

/*
 * All API servers at once
 *
 * usage: crowd_test HAWSER
 *
 * Three API servers of 200 requests each, held up by something else, ask at the same moment
 * (k8s.io/apiserver/pkg/server/config.go, MaxMutatingRequestsInFlight): 600 connections are opened
 * as fast as the processors allow, and 600 requests wait for an answer at a time.
 */

#include <pthread.h>

#include "base/cleanup.h"
#include "tests/server/serving.h"

#define N_THREADS 60
#define N_EACH    10
#define N_CLIENTS (N_THREADS * N_EACH)

/* From the first request sent to the last answer read, where the processors are ours. */
#define ANSWERED_MS_MAX 2000

static const char *hawser;

/* What one thread has. */
struct group {
    struct served *served;
    const struct buf *request;
    pthread_barrier_t *barrier;
    struct client *clients[N_EACH];
    size_t n_answered;
    pthread_t thread;
};

/* Connect; then, when all have, ask on each connection; then read the answers. */
static void *ask(void *data)
{
    const struct client_options options = {.timeout_ms = SERVING_WAIT_MS};
    struct group *group = data;
    struct err err = {0};

    for (size_t i = 0; i < N_EACH; i++) {
        group->clients[i] = client_connect(served_address(group->served), &options, &err);
    }
    (void)pthread_barrier_wait(group->barrier);
    for (size_t i = 0; i < N_EACH; i++) {
        if (group->clients[i] != NULL) {
            (void)!client_send(group->clients[i], group->request->bytes, group->request->len, &err);
        }
    }
    for (size_t i = 0; i < N_EACH; i++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        if (group->clients[i] != NULL && client_receive(group->clients[i], &answer, &err) == 0) {
            group->n_answered += answer.status == 200;
        }
    }
    (void)pthread_barrier_wait(group->barrier);
    return NULL;
}

static void six_hundred_requests_at_once_are_answered(void **state)
{
    const char *const arguments[] = {NULL};
    struct served *served = serving_start(hawser, arguments);
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    static struct group groups[N_THREADS];
    pthread_barrier_t barrier;
    uint64_t started_ms = clock_monotonic_ms();
    uint64_t connected_ms;
    uint64_t answered_ms;
    size_t n_answered = 0;

    (void)state;
    serving_write_request(&request);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, N_THREADS + 1), 0);
    for (size_t i = 0; i < N_THREADS; i++) {
        groups[i] = (struct group){.served = served, .request = &request, .barrier = &barrier};
        assert_int_equal(pthread_create(&groups[i].thread, NULL, ask, &groups[i]), 0);
    }
    (void)pthread_barrier_wait(&barrier);
    connected_ms = clock_monotonic_ms() - started_ms;
    (void)pthread_barrier_wait(&barrier);
    answered_ms = clock_monotonic_ms() - started_ms - connected_ms;
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(groups[i].thread, NULL), 0);
        n_answered += groups[i].n_answered;
        for (size_t n = 0; n < N_EACH; n++) {
            client_free(groups[i].clients[n]);
        }
    }
    (void)pthread_barrier_destroy(&barrier);
    print_message("# %d connections after %llu ms, %zu requests answered after %llu ms\n",
                  N_CLIENTS, (unsigned long long)connected_ms, n_answered,
                  (unsigned long long)answered_ms);
    assert_int_equal(n_answered, N_CLIENTS);
    if (!serving_is_sanitized()) {
        assert_in_range(answered_ms, 0, ANSWERED_MS_MAX);
    }
    serving_ask(served);
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_hundred_requests_at_once_are_answered),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}
