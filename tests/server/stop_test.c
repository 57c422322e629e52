/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Signals
 *
 * usage: stop_test HAWSER
 *
 * SIGTERM loses no request, neither of those under way nor of those that come while the cluster has
 * not taken note; who is in a hurry can say so.
 */

#include "base/cleanup.h"
#include "tests/server/balancer.h"
#include "tests/server/load.h"
#include "tests/server/serving.h"

#define N_CLIENTS 8
#define N_STOPS   6

static const char *hawser; /* the binary */

static struct served *serve(const char *grace_period)
{
    const char *const arguments[] = {"--grace-period", grace_period, NULL};

    return serving_start(hawser, arguments);
}

/* Send a request and expect the answer; whether it closes the connection. */
static bool ask(struct client *client)
{
    CLEANUP(buf_clear) struct buf request = BUF_INIT(64UL * 1024);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};

    serving_write_request(&request);
    serving_check(client_send(client, buf_text(&request), request.len, &err), &err);
    serving_check(client_receive(client, &answer, &err), &err);
    assert_int_equal(answer.status, 200);
    return answer_has(&answer, "Connection", "close");
}

static void sigterm_is_not_ready_at_once_and_serves_on(void **state)
{
    CLEANUP(served_free) struct served *served = serve("1s");
    CLEANUP(client_free) struct client *before = serving_connect(served);
    CLEANUP(client_free) struct client *after = NULL;
    const uint64_t start_ms = clock_monotonic_ms();

    (void)state;
    assert_int_equal(serving_readiness(served), 200);
    assert_false(ask(before));
    served_signal(served, SIGTERM);
    while (serving_readiness(served) == 200 && clock_monotonic_ms() - start_ms < 500) {
        pause_ms(1);
    }
    assert_int_equal(serving_readiness(served), 503);
    assert_in_range(clock_monotonic_ms() - start_ms, 0, 500);
    assert_true(ask(before));
    after = serving_connect(served);
    assert_true(ask(after));
    serving_await_exit(served, 0, SERVING_WAIT_MS);
    assert_in_range(clock_monotonic_ms() - start_ms, 1000, 3000);
}

static void a_request_under_way_is_finished(void **state)
{
    CLEANUP(served_free) struct served *served = serve("0s");
    CLEANUP(client_free) struct client *client = serving_connect(served);
    CLEANUP(buf_clear) struct buf request = BUF_INIT(64UL * 1024);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};
    unsigned int took_ms;

    (void)state;
    serving_write_request(&request);
    serving_check(client_send(client, buf_text(&request), request.len / 2, &err), &err);
    pause_ms(100); /* it is there */
    served_signal(served, SIGTERM);
    pause_ms(300); /* the door is closed */
    serving_check(client_send(client, buf_text(&request) + request.len / 2,
                              request.len - request.len / 2, &err),
                  &err);
    serving_check(client_receive(client, &answer, &err), &err);
    assert_int_equal(answer.status, 200);
    assert_true(answer_has(&answer, "Connection", "close"));
    assert_true(client_wait_closed(client, 1000, &took_ms));
    assert_int_equal(client_state(client), CLIENT_CLOSED);
    serving_await_exit(served, 0, 1000);
}

static void idle_connections_do_not_hold_it_up(void **state)
{
    CLEANUP(served_free) struct served *served = serve("0s");
    struct client *clients[20];
    unsigned int took_ms;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        clients[i] = serving_connect(served);
        assert_false(ask(clients[i]));
    }
    served_signal(served, SIGTERM);
    serving_await_exit(served, 0, 1000);
    for (size_t i = 0; i < 20; i++) {
        assert_true(client_wait_closed(clients[i], 1000, &took_ms));
        assert_int_equal(client_state(clients[i]), CLIENT_CLOSED); /* with TLS's goodbye */
        client_free(clients[i]);
    }
}

static void a_second_signal_ends_it_at_once(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(served_free) struct served *served = serve("10m");
        CLEANUP(client_free) struct client *client = serving_connect(served);
        const uint64_t start_ms = clock_monotonic_ms();
        assert_false(ask(client));
        served_signal(served, SIGTERM);
        serving_await_readiness(served, 503, "", SERVING_WAIT_MS);
        served_signal(served, signals[i]);
        serving_await_exit(served, 1, 2000); /* a connection was cut */
        assert_in_range(clock_monotonic_ms() - start_ms, 0, 2000);
    }
}

static void sigint_leaves_out_the_grace_period(void **state)
{
    CLEANUP(served_free) struct served *served = serve("10m");
    CLEANUP(client_free) struct client *client = serving_connect(served);

    (void)state;
    assert_false(ask(client));
    served_signal(served, SIGINT);
    serving_await_exit(served, 0, 2000);
}

static void sighup_reads_everything_again(void **state)
{
    struct served *served = serve("0s");
    size_t from = 0;
    json_auto_t *line = NULL;

    (void)state;
    served_signal(served, SIGHUP);
    line = serving_await_line(served, "reloaded", &from, 2000);
    assert_string_equal(json_string_value(json_object_get(line, "what")), "policies");
    assert_int_equal(serving_readiness(served), 200);
    serving_stop(served);
}

/* Let the server number @i of the balancer be a new one, and the old one end. */
static void replace(struct balancer *balancer, struct served **served, size_t i)
{
    struct served *old = *served;

    *served = serve("1s");
    served_signal(old, SIGTERM); /* the balancer learns it from its health port */
    serving_await_exit(old, 0, SERVING_WAIT_MS);
    served_free(old);
    balancer_set(balancer, i, served_address(*served), served_health_address(*served));
    while (!balancer_is_ready(balancer, i)) {
        pause_ms(10);
    }
}

static void stopping_behind_a_balancer_loses_no_request(void **state)
{
    struct err err = {0};
    CLEANUP(balancer_free) struct balancer *balancer = balancer_start(&err);
    struct served *first = serve("1s");
    struct served *second = serve("1s");
    CLEANUP(load_free) struct load *load = NULL;
    CLEANUP(buf_clear) struct buf body = BUF_INIT(64UL * 1024);
    struct load_result result;

    (void)state;
    serving_check(balancer != NULL ? 0 : -1, &err);
    balancer_set(balancer, 0, served_address(first), served_health_address(first));
    balancer_set(balancer, 1, served_address(second), served_health_address(second));
    while (!balancer_is_ready(balancer, 0) || !balancer_is_ready(balancer, 1)) {
        pause_ms(10);
    }
    generation_write_review(1, 0, &body);
    const struct load_options options = {
        .address = balancer_address(balancer),
        .message = {.body = buf_text(&body), .len = body.len},
        .n_threads = N_CLIENTS,
    };
    load = load_start(&options, &err);
    serving_check(load != NULL ? 0 : -1, &err);
    for (size_t i = 0; i < N_STOPS; i++) {
        replace(balancer, i % 2 == 0 ? &first : &second, i % 2);
    }
    load_stop(load, &result);
    print_message("# %d servers stopped while %d clients sent %zu requests on %zu connections: %zu "
                  "failed\n",
                  N_STOPS, N_CLIENTS, result.n_requests, result.n_connections, result.n_failures);
    if (result.n_failures > 0) {
        fail_msg("%s", result.first_failure.msg);
    }
    assert_true(result.n_connections > N_CLIENTS); /* they had to move */
    serving_stop(first);
    serving_stop(second);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigterm_is_not_ready_at_once_and_serves_on),
        cmocka_unit_test(a_request_under_way_is_finished),
        cmocka_unit_test(idle_connections_do_not_hold_it_up),
        cmocka_unit_test(a_second_signal_ends_it_at_once),
        cmocka_unit_test(sigint_leaves_out_the_grace_period),
        cmocka_unit_test(sighup_reads_everything_again),
        cmocka_unit_test(stopping_behind_a_balancer_loses_no_request),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
