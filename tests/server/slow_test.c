/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Clients that take their time (slowloris), and those that take all places
 *
 * usage: slow_test HAWSER
 *
 * Whoever does not bring a whole request within the default 10 s, or does not take the answer, is
 * closed, however he spreads his bytes; whoever waits between two requests is not. All cases run at
 * the same time, against one server, while good requests go on beside them.
 */

#include <pthread.h>

#include "base/cleanup.h"
#include "tests/proc.h"
#include "tests/server/load.h"
#include "tests/server/serving.h"

#define DEADLINE_MS 10000 /* --request-timeout, unless said otherwise */
#define EARLIEST_MS 9500
#define LATEST_MS   11500
#define N_SLOW_MAX  64

/* Bytes that are enough for the longest wait. */
#define DRIP_MS 300

/* More requests than what the sockets hold of their answers. */
#define N_PUSHED       12000
#define PUSH_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define STALL_MS       200
#define SMALL_BUFFER   4096

/* All places of the crowded server, and more. */
#define N_ATTACKERS 24

/* A good request waits for nobody: 99 of 100 take less, where the processors are ours. */
#define GOOD_MS 100

static const char *hawser;

/* One client in a thread of its own. */
struct slow {
    const struct kind *kind;
    struct served *served;
    unsigned int took_ms; /* until the server closed, since the client began to be slow */
    bool closed;
    struct err err; /* when it did not come so far */
    pthread_t thread;
};

struct kind {
    const char *name;
    void (*run)(struct slow *slow);
    size_t n;   /* clients at the same time */
    bool stays; /* the server must not close these */
};

/* Send @bytes, drop by drop when @drip, and wait for the close. */
static void
wait_for_close(struct slow *slow, struct client *client, const struct buf *bytes, bool drip)
{
    const uint64_t began_ms = clock_monotonic_ms();
    unsigned int rest_ms;

    if (drip) {
        (void)client_drip(client, bytes->bytes, bytes->len, DRIP_MS);
    } else if (bytes->len > 0 && client_send(client, bytes->bytes, bytes->len, &slow->err) < 0) {
        return;
    }
    slow->closed = client_wait_closed(client, LATEST_MS, &rest_ms);
    slow->took_ms = (unsigned int)(clock_monotonic_ms() - began_ms);
}

static struct client *connect_for(struct slow *slow, bool plain, int receive_buffer)
{
    const struct client_options options = {
        .plain = plain, .receive_buffer = receive_buffer, .timeout_ms = 2 * DEADLINE_MS};

    return client_connect(served_address(slow->served), &options, &slow->err);
}

static void run_silent(struct slow *slow)
{
    CLEANUP(client_free) struct client *client = connect_for(slow, true, 0);
    const struct buf nothing = BUF_INIT(0);

    if (client != NULL) {
        wait_for_close(slow, client, &nothing, false);
    }
}

static void run_slow_hello(struct slow *slow)
{
    const struct client_options options = {.server_name = "hawser.hawser.svc"};
    CLEANUP(buf_clear) struct buf hello = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(client_free) struct client *client = connect_for(slow, true, 0);

    if (client != NULL && client_hello(&options, &hello, &slow->err) == 0) {
        wait_for_close(slow, client, &hello, true);
    }
}

static void run_no_request(struct slow *slow)
{
    CLEANUP(client_free) struct client *client = connect_for(slow, false, 0);
    const struct buf nothing = BUF_INIT(0);

    if (client != NULL) {
        wait_for_close(slow, client, &nothing, false);
    }
}

static void run_slow_header(struct slow *slow)
{
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(client_free) struct client *client = connect_for(slow, false, 0);

    serving_write_request(&request);
    if (client != NULL) {
        wait_for_close(slow, client, &request, true);
    }
}

/* The header at once, then the body drop by drop. */
static void run_slow_body(struct slow *slow)
{
    CLEANUP(buf_clear) struct buf head = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(client_free) struct client *client = connect_for(slow, false, 0);
    struct client_message message = {0};

    generation_write_review(1, 0, &body);
    message.len = body.len;
    client_write(&message, &head); /* announces the body, and is without */
    if (client != NULL && client_send(client, head.bytes, head.len, &slow->err) == 0) {
        wait_for_close(slow, client, &body, true);
    }
}

/* The second request is under the same deadline from its first byte on, though the connection is
 * older and may be idle for longer. */
static void run_slow_second(struct slow *slow)
{
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(client_free) struct client *client = connect_for(slow, false, 0);
    CLEANUP(answer_clear) struct answer answer = {0};

    serving_write_request(&request);
    if (client != NULL && client_send(client, request.bytes, request.len, &slow->err) == 0 &&
        client_receive(client, &answer, &slow->err) == 0) {
        wait_for_close(slow, client, &request, true);
    }
}

/* Many requests, and not one look at the answers. */
static void run_slow_reader(struct slow *slow)
{
    CLEANUP(buf_clear) struct buf requests = BUF_INIT(PUSH_BYTES_MAX);
    CLEANUP(client_free) struct client *client = connect_for(slow, false, SMALL_BUFFER);

    for (int i = 0; i < N_PUSHED; i++) {
        serving_write_request(&requests);
    }
    if (client == NULL) {
        return;
    }
    if (client_push(client, requests.bytes, requests.len, STALL_MS)) {
        (void)err_set(&slow->err, ERR_INTERNAL, "all of %zu bytes were taken", requests.len);
        return;
    }
    slow->closed = client_wait_dropped(client, LATEST_MS, &slow->took_ms);
}

/* What the API server does between two requests. */
static void run_idle(struct slow *slow)
{
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(client_free) struct client *client = connect_for(slow, false, 0);

    serving_write_request(&request);
    for (int i = 0; i < 2 && client != NULL; i++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        if (client_send(client, request.bytes, request.len, &slow->err) < 0 ||
            client_receive(client, &answer, &slow->err) < 0) {
            return;
        }
        if (i == 0) {
            slow->closed = client_wait_closed(client, LATEST_MS, &slow->took_ms);
        }
    }
}

static const struct kind kinds[] = {
    {"a client that says nothing", run_silent, 4, false},
    {"a slow ClientHello", run_slow_hello, 4, false},
    {"TLS without a request", run_no_request, 4, false},
    {"a slow header", run_slow_header, 4, false},
    {"a slow body", run_slow_body, 4, false},
    {"a slow second request", run_slow_second, 4, false},
    {"a slow reader", run_slow_reader, 1, false},
    {"a client between two requests", run_idle, 4, true},
};

static void *run(void *data)
{
    struct slow *slow = data;

    slow->kind->run(slow);
    return NULL;
}

/* Take all places of the second server, and ask it for something good. */
static void run_crowd(struct slow *slow)
{
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(answer_clear) struct answer answer = {0};
    CLEANUP(client_free) struct client *good = NULL;
    struct client *attackers[N_ATTACKERS] = {NULL};
    const uint64_t began_ms = clock_monotonic_ms();

    serving_write_request(&request);
    for (size_t i = 0; i < N_ATTACKERS; i++) {
        attackers[i] = connect_for(slow, true, 0);
    }
    good = connect_for(slow, false, 0);
    if (good != NULL && client_send(good, request.bytes, request.len, &slow->err) == 0 &&
        client_receive(good, &answer, &slow->err) == 0) {
        slow->closed = answer.status == 200;
    }
    slow->took_ms = (unsigned int)(clock_monotonic_ms() - began_ms);
    for (size_t i = 0; i < N_ATTACKERS; i++) {
        client_free(attackers[i]);
    }
}

static const struct kind crowd = {"a good client in a crowd", run_crowd, 1, false};

/* Say what became of @slow, and whether that is what must. */
static bool is_right(const struct slow *slow)
{
    const struct kind *kind = slow->kind;

    if (slow->err.code != ERR_NONE) {
        print_message("# %s: %s\n", kind->name, slow->err.msg);
        return false;
    }
    if (!slow->closed) {
        print_message("# %s: not closed\n", kind->name);
        return kind->stays;
    }
    print_message("# %s: %u ms\n", kind->name, slow->took_ms);
    return !kind->stays && slow->took_ms <= LATEST_MS &&
           (slow->took_ms >= EARLIEST_MS || kind == &crowd);
}

/* Let all clients of @kind begin, behind the first *@n of @slows. */
static void
start_threads(struct slow *slows, size_t *n, const struct kind *kind, struct served *served)
{
    for (size_t i = 0; i < kind->n; i++) {
        struct slow *slow = &slows[(*n)++];
        assert_true(*n <= N_SLOW_MAX);
        *slow = (struct slow){.kind = kind, .served = served};
        assert_int_equal(pthread_create(&slow->thread, NULL, run, slow), 0);
    }
}

/* Load while the slow clients are at work; stopped and judged by the test. */
static struct load *start_load(struct served *served, const struct buf *review)
{
    const struct load_options options = {
        .address = served_address(served),
        .message = {.body = review->bytes, .len = review->len},
        .n_threads = 1,
        .n_for_each_connection = 10,
        .pause_ms = 20,
        .slow_us = (uint64_t)GOOD_MS * 1000,
    };
    struct err err = {0};
    struct load *load = load_start(&options, &err);

    assert_non_null(load);
    return load;
}

static void whoever_is_slow_is_closed_in_time_and_harms_nobody(void **state)
{
    const char *const few[] = {"--max-connections", "16", NULL};
    const char *const none[] = {NULL};
    CLEANUP(buf_clear) struct buf review = BUF_INIT(SERVING_BYTES_MAX);
    struct served *served = serving_start(hawser, none);
    struct served *crowded = serving_start(hawser, few);
    struct slow slows[N_SLOW_MAX];
    size_t n = 0;
    struct load_result result;
    struct load *load;
    size_t n_wrong = 0;

    (void)state;
    generation_write_review(1, 0, &review);
    load = start_load(served, &review);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].run != run_slow_reader || proc_is_mounted()) {
            start_threads(slows, &n, &kinds[i], served);
        }
    }
    start_threads(slows, &n, &crowd, crowded);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pthread_join(slows[i].thread, NULL), 0);
    }
    load_stop(load, &result);
    load_free(load);
    for (size_t i = 0; i < n; i++) {
        n_wrong += is_right(&slows[i]) ? 0 : 1;
    }
    assert_int_equal(n_wrong, 0);
    if (result.n_failures > 0) {
        serving_fail(served, "a good request fails", &result.first_failure);
    }
    print_message("# %zu good requests, %zu slow, the slowest took %llu us\n", result.n_requests,
                  result.n_slow, (unsigned long long)result.slowest_us);
    assert_true(result.n_requests > 100);
    if (!serving_is_sanitized()) {
        assert_true(result.n_slow <= result.n_requests / 100);
    }
    serving_stop(crowded);
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_slow_is_closed_in_time_and_harms_nobody),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("slow clients", tests, NULL, NULL);
}
