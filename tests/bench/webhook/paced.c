/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: paced ADDRESS THREADS CONNECTIONS RATE SECONDS REVIEW-FILE ANSWER-FILE
 *
 * How long the answers of a webhook take when it is asked RATE times a second, whatever it does.
 *
 * Each request has a moment at which it is due, and its time counts from that moment to the last
 * byte of its answer, also where it had to wait until one of the connections was free. So a server
 * that stalls is charged for all that came due meanwhile: a client that waits for an answer before
 * it asks again would leave those out. Requests that were due and could not be sent before the time
 * was over count as if their answers had come then. Where this client is late itself, that counts
 * too, for every server alike.
 *
 * At the end print "measured REQUESTS WRONG UNSENT MEDIAN P99", the last two in microseconds.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/bench/webhook/asker.h"

#define THREADS_MAX     64
#define CONNECTIONS_MAX 4096
#define RATE_MAX        10000000
#define SECONDS_MAX     99

/* For answers after the time is over. */
#define LAST_ANSWERS_US 30000000

struct plan {
    const char *address;
    unsigned long n_threads;
    unsigned long n_connections;
    unsigned long rate;
    unsigned long seconds;
    struct asker_question question;
    uint64_t start_us;
    uint64_t end_us;
};

struct client {
    struct asker asker;
    bool is_asking;
    uint64_t due_us; /* of the request on its way */
};

/* What one thread does: every n_threads-th request. */
struct lane {
    const struct plan *plan;
    unsigned long first; /* of its requests */
    pthread_t thread;
    int epoll_fd;
    struct client *clients;
    size_t n_clients;
    struct client **idle;
    size_t n_idle;
    unsigned long *took_us; /* by the requests that are over */
    size_t n_took;
    size_t n_due; /* requests that were sent, or given up */
    size_t n_requests;
    unsigned long n_wrong;
    unsigned long n_unsent;
    int status;
    struct err err;
};

static uint64_t due_us(const struct lane *lane)
{
    const uint64_t n = lane->first + lane->n_due * lane->plan->n_threads;

    return lane->plan->start_us + n * 1000000 / lane->plan->rate;
}

static void note(struct lane *lane, uint64_t since_us, uint64_t now_us)
{
    lane->took_us[lane->n_took++] = now_us - since_us;
}

static int go_on(struct lane *lane, struct client *client)
{
    enum asker_state state;

    if (asker_step(&client->asker, &state, &lane->err) < 0) {
        return -1;
    }
    if (state != ASKER_WAITS) {
        note(lane, client->due_us, clock_monotonic_us());
        lane->n_wrong += state == ASKER_WRONG;
        client->is_asking = false;
        lane->idle[lane->n_idle++] = client;
    }
    return 0;
}

/* Send what is due, as far as connections are free. */
static int send_due(struct lane *lane, uint64_t now_us)
{
    while (lane->n_idle > 0 && lane->n_due < lane->n_requests && due_us(lane) <= now_us) {
        struct client *client = lane->idle[--lane->n_idle];

        client->is_asking = true;
        client->due_us = due_us(lane);
        lane->n_due++;
        if (go_on(lane, client) < 0) {
            return -1;
        }
    }
    return 0;
}

static void give_up_unsent(struct lane *lane)
{
    for (; lane->n_due < lane->n_requests; lane->n_due++) {
        note(lane, due_us(lane), lane->plan->end_us);
        lane->n_unsent++;
    }
}

/* Until the next request is due where it could be sent, or else until @end_us. */
static struct timespec how_long(const struct lane *lane, uint64_t now_us, uint64_t end_us)
{
    const bool can_send = lane->n_idle > 0 && lane->n_due < lane->n_requests;
    const uint64_t until_us = can_send ? due_us(lane) : end_us;
    const uint64_t us = until_us > now_us ? until_us - now_us : 0;

    return (struct timespec){
        .tv_sec = (time_t)(us / 1000000),
        .tv_nsec = (long)(us % 1000000 * 1000),
    };
}

/* Receive answers until something is due. */
static int wait_for_answers(struct lane *lane, uint64_t end_us)
{
    struct epoll_event events[64];
    const struct timespec timeout = how_long(lane, clock_monotonic_us(), end_us);
    const int n =
        epoll_pwait2(lane->epoll_fd, events, sizeof(events) / sizeof(*events), &timeout, NULL);

    if (n < 0) {
        return err_set_errno(&lane->err, "epoll_pwait2");
    }
    for (int i = 0; i < n; i++) {
        struct client *client = events[i].data.ptr;

        if (client->is_asking && go_on(lane, client) < 0) {
            return -1;
        }
    }
    return 0;
}

static int ask_while_there_is_time(struct lane *lane)
{
    const uint64_t end_us = lane->plan->end_us;
    uint64_t now_us = clock_monotonic_us();

    while (now_us < end_us && lane->n_took < lane->n_requests) {
        if (send_due(lane, now_us) < 0 || wait_for_answers(lane, end_us) < 0) {
            return -1;
        }
        now_us = clock_monotonic_us();
    }
    return 0;
}

static int take_last_answers(struct lane *lane)
{
    const uint64_t end_us = lane->plan->end_us + LAST_ANSWERS_US;

    while (lane->n_took < lane->n_requests) {
        if (clock_monotonic_us() >= end_us) {
            return err_set(&lane->err, ERR_IO, "%zu answers did not come",
                           lane->n_requests - lane->n_took);
        }
        if (wait_for_answers(lane, end_us) < 0) {
            return -1;
        }
    }
    return 0;
}

static void *run_lane(void *data)
{
    struct lane *lane = data;

    lane->status = ask_while_there_is_time(lane);
    if (lane->status == 0) {
        give_up_unsent(lane);
        lane->status = take_last_answers(lane);
    }
    return NULL;
}

static int open_client(struct lane *lane, struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = client}};

    if (asker_open(&client->asker, lane->plan->address, &lane->plan->question, &lane->err) < 0) {
        return -1;
    }
    if (epoll_ctl(lane->epoll_fd, EPOLL_CTL_ADD, client->asker.fd, &event) < 0) {
        return err_set_errno(&lane->err, "epoll_ctl");
    }
    lane->idle[lane->n_idle++] = client;
    return 0;
}

/* The share of the whole that thread @i has. */
static size_t share(unsigned long whole, unsigned long i, unsigned long n_threads)
{
    return whole / n_threads + (i < whole % n_threads);
}

static int lane_open(struct lane *lane, const struct plan *plan, unsigned long i)
{
    const size_t n_clients = share(plan->n_connections, i, plan->n_threads);

    *lane = (struct lane){
        .plan = plan,
        .first = i,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .n_requests = share(plan->rate * plan->seconds, i, plan->n_threads),
        .clients = calloc(n_clients, sizeof(struct client)),
        .idle = calloc(n_clients, sizeof(struct client *)),
    };
    lane->took_us = calloc(lane->n_requests, sizeof(*lane->took_us));
    if (lane->clients == NULL || lane->idle == NULL || lane->took_us == NULL) {
        return err_no_memory(&lane->err);
    }
    if (lane->epoll_fd < 0) {
        return err_set_errno(&lane->err, "epoll_create1");
    }
    while (lane->n_clients < n_clients) {
        if (open_client(lane, &lane->clients[lane->n_clients++]) < 0) {
            return -1;
        }
    }
    return 0;
}

static void lane_close(struct lane *lane)
{
    for (size_t i = 0; i < lane->n_clients; i++) {
        asker_close(&lane->clients[i].asker);
    }
    if (lane->epoll_fd >= 0) {
        (void)close(lane->epoll_fd);
    }
    free(lane->clients);
    free(lane->idle);
    free(lane->took_us);
}

static int compare_longs(const void *a, const void *b)
{
    const unsigned long *left = a;
    const unsigned long *right = b;

    return (*left > *right) - (*left < *right);
}

static int print_results(const struct lane *lanes, const struct plan *plan, struct err *err)
{
    unsigned long *took_us = calloc(plan->rate * plan->seconds, sizeof(*took_us));
    unsigned long n_wrong = 0;
    unsigned long n_unsent = 0;
    size_t n = 0;

    if (took_us == NULL) {
        return err_no_memory(err);
    }
    for (unsigned long i = 0; i < plan->n_threads; i++) {
        memcpy(took_us + n, lanes[i].took_us, lanes[i].n_took * sizeof(*took_us));
        n += lanes[i].n_took;
        n_wrong += lanes[i].n_wrong;
        n_unsent += lanes[i].n_unsent;
    }
    qsort(took_us, n, sizeof(*took_us), compare_longs);
    (void)printf("measured %zu %lu %lu %lu %lu\n", n, n_wrong, n_unsent, took_us[n / 2],
                 took_us[n * 99 / 100]);
    free(took_us);
    return 0;
}

/* Start the threads that can be started, and wait for them. */
static int run_lanes(struct lane *lanes, struct plan *plan, struct err *err)
{
    unsigned long n_started = 0;
    int status = 0;

    plan->start_us = clock_monotonic_us();
    plan->end_us = plan->start_us + plan->seconds * 1000000;
    while (n_started < plan->n_threads &&
           pthread_create(&lanes[n_started].thread, NULL, run_lane, &lanes[n_started]) == 0) {
        n_started++;
    }
    if (n_started < plan->n_threads) {
        status = err_set(err, ERR_INTERNAL, "cannot start a thread");
    }
    for (unsigned long i = 0; i < n_started; i++) {
        (void)pthread_join(lanes[i].thread, NULL);
        if (lanes[i].status < 0) {
            *err = lanes[i].err;
            status = -1;
        }
    }
    return status;
}

static int measure(struct plan *plan, struct err *err)
{
    struct lane lanes[THREADS_MAX];
    unsigned long n_open = 0;
    int status = 0;

    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* or each wait takes 50 microseconds longer */
    while (n_open < plan->n_threads && status == 0) {
        status = lane_open(&lanes[n_open], plan, n_open);
        if (status < 0) {
            *err = lanes[n_open].err;
        }
        n_open++;
    }
    if (status == 0) {
        status = run_lanes(lanes, plan, err);
    }
    if (status == 0) {
        status = print_results(lanes, plan, err);
    }
    for (unsigned long i = 0; i < n_open; i++) {
        lane_close(&lanes[i]);
    }
    return status;
}

/* From 1 to @max. */
static bool parse_count(const char *text, unsigned long max, unsigned long *out)
{
    char *end = NULL;

    *out = strtoul(text, &end, 10);
    return *end == '\0' && *out > 0 && *out <= max;
}

static bool parse_plan(int argc, char **argv, struct plan *plan)
{
    return argc == 8 && parse_count(argv[2], THREADS_MAX, &plan->n_threads) &&
           parse_count(argv[3], CONNECTIONS_MAX, &plan->n_connections) &&
           parse_count(argv[4], RATE_MAX, &plan->rate) &&
           parse_count(argv[5], SECONDS_MAX, &plan->seconds) &&
           plan->n_threads <= plan->n_connections;
}

int main(int argc, char **argv)
{
    struct plan plan = {0};
    struct err err = {0};
    int status;

    if (!parse_plan(argc, argv, &plan)) {
        (void)fputs("usage: paced ADDRESS THREADS CONNECTIONS RATE SECONDS REVIEW-FILE "
                    "ANSWER-FILE\n",
                    stderr);
        return EXIT_FAILURE;
    }
    plan.address = argv[1];
    status = asker_question_read(argv[6], argv[7], &plan.question, &err);
    if (status == 0) {
        status = measure(&plan, &err);
        asker_question_clear(&plan.question);
    }
    if (status < 0) {
        (void)fprintf(stderr, "paced: %s\n", err.msg);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
