/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* Kept beside those in use, for the next request: with none each would begin with a handshake, and
 * each takes about 70 KB. */
#define CONNECTIONS_SPARE 4

struct descriptor {
    int fd;
    short events; /* as libcurl calls them */
    loop_ready_fn *ready;
    void *data;
};

struct transfer {
    CURL *easy;
    loop_done_fn *done;
    void *data;
};

/* In libcurl, no transfer may be added or removed; in a callback, nobody may wait. */
enum activity { OUTSIDE, IN_LIBCURL, IN_CALLBACK };

struct loop {
    CURLM *multi;
    size_t n_transfers;
    struct descriptor fds[LOOP_FDS_MAX];
    size_t n_fds;
    struct loop_timer *timers;  /* set */
    struct loop_timer *ringing; /* whose time had come when this step looked */
    enum activity activity;
};

static void multi_cleanup_p(CURLM **multi)
{
    (void)curl_multi_cleanup(*multi);
}

struct loop *loop_new(struct err *err)
{
    CLEANUP(free) struct loop *loop = calloc(1, sizeof(*loop));
    CLEANUP(multi_cleanup) CURLM *multi = NULL;

    if (loop == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    /* libcurl would write the keys of connections into the file that this names. */
    (void)unsetenv("SSLKEYLOGFILE"); // NOLINT(concurrency-mt-unsafe): one thread
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)err_set(err, ERR_INTERNAL, "cannot set up libcurl");
        return NULL;
    }
    multi = curl_multi_init();
    if (multi == NULL ||
        curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK) {
        (void)err_set(err, ERR_INTERNAL, "cannot set up libcurl");
        curl_global_cleanup();
        return NULL;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    loop->multi = TAKE(multi);
    return TAKE(loop);
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    assert(loop->activity == OUTSIDE);
    (void)curl_multi_cleanup(loop->multi);
    curl_global_cleanup();
    free(loop);
}

bool loop_has_room(const struct loop *loop)
{
    return loop->n_fds < LOOP_FDS_MAX;
}

static void add_fd(struct loop *loop, const struct descriptor *added)
{
    assert(loop_has_room(loop));
    loop->fds[loop->n_fds++] = *added;
}

void loop_add_fd(struct loop *loop, int fd, loop_ready_fn *ready, void *data)
{
    add_fd(loop, &(struct descriptor){
                     .fd = fd, .events = CURL_WAIT_POLLIN, .ready = ready, .data = data});
}

void loop_add_writable_fd(struct loop *loop, int fd, loop_ready_fn *ready, void *data)
{
    add_fd(loop, &(struct descriptor){
                     .fd = fd, .events = CURL_WAIT_POLLOUT, .ready = ready, .data = data});
}

void loop_remove_fd(struct loop *loop, int fd)
{
    for (size_t i = 0; i < loop->n_fds; i++) {
        if (loop->fds[i].fd == fd) {
            loop->n_fds--;
            memmove(&loop->fds[i], &loop->fds[i + 1], (loop->n_fds - i) * sizeof(loop->fds[0]));
            return;
        }
    }
}

/* Take @timer out of the list at @at, if it is in there. */
static void unlink_timer(struct loop_timer **at, const struct loop_timer *timer)
{
    for (; *at != NULL; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            return;
        }
    }
}

void loop_stop_timer(struct loop *loop, struct loop_timer *timer)
{
    if (timer->is_set) {
        unlink_timer(&loop->timers, timer);
        unlink_timer(&loop->ringing, timer);
        timer->is_set = false;
        timer->next = NULL;
    }
}

void loop_set_timer(struct loop *loop, struct loop_timer *timer, uint64_t due_ms)
{
    loop_stop_timer(loop, timer);
    timer->due_ms = due_ms;
    timer->is_set = true;
    timer->next = loop->timers;
    loop->timers = timer;
}

static struct transfer *transfer_of(CURL *easy)
{
    char *transfer = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return (struct transfer *)(void *)transfer;
}

/* One transfer more, or less. How many connections libcurl keeps includes those in use, which are
 * many: each watch has one for as long as it lasts. */
static void count_transfers(struct loop *loop, size_t n)
{
    loop->n_transfers = n;
    (void)curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)(n + CONNECTIONS_SPARE));
}

int loop_add_transfer(
    struct loop *loop, CURL *easy, loop_done_fn *done, void *data, struct err *err)
{
    CLEANUP(free) struct transfer *transfer = calloc(1, sizeof(*transfer));

    assert(loop->activity != IN_LIBCURL);
    if (transfer == NULL) {
        return err_no_memory(err);
    }
    *transfer = (struct transfer){.easy = easy, .done = done, .data = data};
    if (curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) != CURLE_OK ||
        curl_multi_add_handle(loop->multi, easy) != CURLM_OK) {
        (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
        return err_set(err, ERR_INTERNAL, "cannot start a transfer");
    }
    transfer = NULL; /* the handle's now */
    count_transfers(loop, loop->n_transfers + 1);
    return 0;
}

void loop_remove_transfer(struct loop *loop, CURL *easy)
{
    assert(loop->activity != IN_LIBCURL);
    (void)curl_multi_remove_handle(loop->multi, easy);
    count_transfers(loop, loop->n_transfers - 1);
    free(transfer_of(easy));
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
}

/* Let libcurl work, which calls what its transfers were told to call. */
static void perform(struct loop *loop)
{
    int n_running;

    loop->activity = IN_LIBCURL;
    (void)curl_multi_perform(loop->multi, &n_running);
    loop->activity = IN_CALLBACK;
}

/* Call back for each transfer that has ended. */
static void finish_transfers(struct loop *loop)
{
    CURLMsg *message;
    int n_left;

    while ((message = curl_multi_info_read(loop->multi, &n_left)) != NULL) {
        const CURLcode result = message->data.result;
        const struct transfer transfer = *transfer_of(message->easy_handle);

        loop_remove_transfer(loop, transfer.easy);
        transfer.done(transfer.data, result);
    }
}

/* Call back for each descriptor of @polled that is ready; callbacks may remove any. */
static void serve_fds(struct loop *loop, const struct curl_waitfd *polled, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; polled[i].revents != 0 && k < loop->n_fds; k++) {
            const struct descriptor served = loop->fds[k];
            if (served.fd == polled[i].fd) {
                served.ready(served.data);
                break;
            }
        }
    }
}

/* Move the timers whose time has come to those that ring: one that is set again by a callback is
 * for the next step. */
static void collect_due(struct loop *loop, uint64_t now_ms)
{
    struct loop_timer **at = &loop->timers;

    while (*at != NULL) {
        struct loop_timer *timer = *at;
        if (timer->due_ms > now_ms) {
            at = &timer->next;
            continue;
        }
        *at = timer->next;
        timer->next = loop->ringing;
        loop->ringing = timer;
    }
}

static void ring_timers(struct loop *loop)
{
    collect_due(loop, clock_monotonic_ms());
    while (loop->ringing != NULL) {
        struct loop_timer *timer = loop->ringing;
        loop_stop_timer(loop, timer);
        timer->ring(timer->data);
    }
}

/* How long nothing needs to be done. */
static unsigned int idle_ms(const struct loop *loop, unsigned int most_ms)
{
    const uint64_t now_ms = clock_monotonic_ms();

    for (const struct loop_timer *timer = loop->timers; timer != NULL; timer = timer->next) {
        if (timer->due_ms <= now_ms) {
            return 0;
        }
        if (timer->due_ms - now_ms < most_ms) {
            most_ms = (unsigned int)(timer->due_ms - now_ms);
        }
    }
    return most_ms;
}

void loop_step(struct loop *loop, unsigned int timeout_ms)
{
    struct curl_waitfd polled[LOOP_FDS_MAX];
    const size_t n = loop->n_fds;
    int n_ready;

    assert(loop->activity == OUTSIDE);
    for (size_t i = 0; i < n; i++) {
        polled[i] = (struct curl_waitfd){.fd = loop->fds[i].fd, .events = loop->fds[i].events};
    }
    if (curl_multi_poll(loop->multi, polled, (unsigned int)n, (int)idle_ms(loop, timeout_ms),
                        &n_ready) != CURLM_OK) {
        for (size_t i = 0; i < n; i++) {
            polled[i].revents = 0; /* it says nothing of them */
        }
    }
    perform(loop);
    finish_transfers(loop);
    serve_fds(loop, polled, n);
    ring_timers(loop);
    loop->activity = OUTSIDE;
}
