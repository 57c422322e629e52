/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/balancer.h"

#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/client.h"
#include "tests/server/pause.h"
#include "tests/server/stand_in.h"
#include "tests/test.h"

#define WAIT_MS 10000

/* More than all buffers on the way hold. */
#define MUCH ((size_t)12 * 1024 * 1024)

/* A replica: says its name, and whether it is ready. */
struct replica {
    const char *name;
    atomic_bool is_ready;
    struct stand_in *server;
    struct stand_in *health;
};

static void serve(struct stand_in_visit *visit, void *data)
{
    const struct replica *replica = data;
    char *request;

    while ((request = stand_in_read(visit)) != NULL) {
        free(request);
        stand_in_answer(visit, 200, "", replica->name);
    }
}

static void serve_health(struct stand_in_visit *visit, void *data)
{
    const struct replica *replica = data;
    char *request = stand_in_read(visit);

    free(request);
    stand_in_answer(visit, replica->is_ready ? 200 : 503, "", "");
}

static struct stand_in *start(stand_in_fn *function, void *data)
{
    const struct stand_in_options options = {.serve = function, .data = data};
    struct err err = {0};
    struct stand_in *stand_in = stand_in_start(&options, &err);

    assert_non_null(stand_in);
    return stand_in;
}

static void start_replica(struct replica *replica, const char *name, stand_in_fn *function)
{
    replica->name = name;
    replica->is_ready = true;
    replica->server = start(function, replica);
    replica->health = start(serve_health, replica);
}

static void stop_replica(struct replica *replica)
{
    stand_in_free(TAKE(replica->server));
    stand_in_free(TAKE(replica->health));
}

static struct balancer *start_balancer(void)
{
    struct err err = {0};
    struct balancer *balancer = balancer_start(&err);

    if (balancer == NULL) {
        fail_msg("%s", err.msg);
    }
    return balancer;
}

static void add(struct balancer *balancer, size_t index, const struct replica *replica)
{
    balancer_set(balancer, index, stand_in_address(replica->server),
                 stand_in_address(replica->health));
}

static void await_ready(struct balancer *balancer, size_t index, bool is_ready)
{
    const uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;

    while (balancer_is_ready(balancer, index) != is_ready) {
        assert_true(clock_monotonic_ms() < until_ms);
        pause_ms(5);
    }
}

static struct client *connect_to(struct balancer *balancer)
{
    const struct client_options options = {.plain = true};
    struct err err = {0};
    struct client *client = client_connect(balancer_address(balancer), &options, &err);

    if (client == NULL) {
        fail_msg("%s", err.msg);
    }
    return client;
}

/* The name of who answers on @client; '-' for nobody. */
static char ask(struct client *client)
{
    const struct client_message message = {0};
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};

    if (client_request(client, &message, &answer, &err) < 0) {
        return '-';
    }
    return answer.body[0];
}

/* The same on a connection of its own. */
static char ask_once(struct balancer *balancer)
{
    CLEANUP(client_free) struct client *client = connect_to(balancer);

    return ask(client);
}

static void connections_go_round_and_stay_where_they_are(void **state)
{
    struct replica replicas[2] = {0};
    CLEANUP(balancer_free) struct balancer *balancer = start_balancer();
    CLEANUP(client_free) struct client *client = NULL;
    char first;

    (void)state;
    start_replica(&replicas[0], "a", serve);
    start_replica(&replicas[1], "b", serve);
    add(balancer, 0, &replicas[0]);
    add(balancer, 3, &replicas[1]);
    await_ready(balancer, 0, true);
    await_ready(balancer, 3, true);
    client = connect_to(balancer);
    first = ask(client);
    assert_true(first == 'a' || first == 'b');
    for (int i = 0; i < 10; i++) {
        const char next = ask_once(balancer);
        assert_int_equal(next, (first == 'a') == (i % 2 == 1) ? 'a' : 'b');
        assert_int_equal(ask(client), first);
    }
    assert_int_equal(balancer_n_connections(balancer, 0) + balancer_n_connections(balancer, 3), 11);
    stop_replica(&replicas[0]);
    stop_replica(&replicas[1]);
}

static void a_replica_that_is_not_ready_gets_no_new_connections_and_keeps_the_old(void **state)
{
    struct replica replicas[2] = {0};
    CLEANUP(balancer_free) struct balancer *balancer = start_balancer();
    CLEANUP(client_free) struct client *client = NULL;

    (void)state;
    start_replica(&replicas[0], "a", serve);
    start_replica(&replicas[1], "b", serve);
    add(balancer, 0, &replicas[0]);
    await_ready(balancer, 0, true);
    client = connect_to(balancer);
    assert_int_equal(ask(client), 'a');
    add(balancer, 1, &replicas[1]);
    await_ready(balancer, 1, true);
    replicas[0].is_ready = false;
    await_ready(balancer, 0, false);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask_once(balancer), 'b');
    }
    assert_int_equal(ask(client), 'a');
    replicas[0].is_ready = true;
    await_ready(balancer, 0, true);
    assert_true(ask_once(balancer) == 'a' || ask_once(balancer) == 'a');
    stop_replica(&replicas[0]);
    stop_replica(&replicas[1]);
}

static void a_replica_that_refuses_is_passed_over_before_it_is_known_unready(void **state)
{
    struct replica replicas[2] = {0};
    CLEANUP(balancer_free) struct balancer *balancer = start_balancer();

    (void)state;
    start_replica(&replicas[0], "a", serve);
    start_replica(&replicas[1], "b", serve);
    add(balancer, 0, &replicas[0]);
    add(balancer, 1, &replicas[1]);
    await_ready(balancer, 0, true);
    await_ready(balancer, 1, true);
    stand_in_free(TAKE(replicas[0].server)); /* its health port says 200 still */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask_once(balancer), 'b');
    }
    assert_true(balancer_is_ready(balancer, 0));
    stop_replica(&replicas[0]);
    stop_replica(&replicas[1]);
}

static void without_a_replica_connections_are_closed(void **state)
{
    struct replica replica = {0};
    CLEANUP(balancer_free) struct balancer *balancer = start_balancer();

    (void)state;
    assert_int_equal(ask_once(balancer), '-');
    start_replica(&replica, "a", serve);
    add(balancer, 0, &replica);
    await_ready(balancer, 0, true);
    assert_int_equal(ask_once(balancer), 'a');
    balancer_set(balancer, 0, NULL, NULL);
    assert_int_equal(ask_once(balancer), '-');
    stop_replica(&replica);
}

/* Read to the end, and only then give all of it back. */
static void serve_after_the_end(struct stand_in_visit *visit, void *data)
{
    CLEANUP(buf_clear) struct buf all = BUF_INIT(MUCH + 1);
    char chunk[4096];
    size_t n;

    (void)data;
    while ((n = stand_in_read_some(visit, chunk, sizeof(chunk))) > 0) {
        buf_add(&all, chunk, n);
    }
    stand_in_answer(visit, 200, "", buf_text(&all));
}

static void no_byte_is_lost_when_one_half_closes(void **state)
{
    struct replica replica = {0};
    CLEANUP(balancer_free) struct balancer *balancer = start_balancer();
    CLEANUP(client_free) struct client *client = NULL;
    CLEANUP(answer_clear) struct answer answer = {0};
    CLEANUP(free) char *text = malloc(MUCH + 1);
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < MUCH; i++) {
        text[i] = (char)('a' + i % 23);
    }
    text[MUCH] = '\0';
    start_replica(&replica, "a", serve_after_the_end);
    add(balancer, 0, &replica);
    await_ready(balancer, 0, true);
    client = connect_to(balancer);
    assert_int_equal(client_send(client, text, MUCH, &err), 0);
    client_half_close(client, false);
    if (client_receive(client, &answer, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(answer.body_len, MUCH);
    assert_memory_equal(answer.body, text, MUCH);
    stop_replica(&replica);
}

static void serve_reset(struct stand_in_visit *visit, void *data)
{
    char *request = stand_in_read(visit);

    (void)data;
    free(request);
    stand_in_end(visit, STAND_IN_RESET);
}

static void a_reset_is_handed_on_as_a_reset(void **state)
{
    struct replica replica = {0};
    CLEANUP(balancer_free) struct balancer *balancer = start_balancer();
    CLEANUP(client_free) struct client *client = NULL;

    (void)state;
    start_replica(&replica, "a", serve_reset);
    add(balancer, 0, &replica);
    await_ready(balancer, 0, true);
    client = connect_to(balancer);
    assert_int_equal(ask(client), '-');
    assert_int_equal(client_state(client), CLIENT_RESET);
    stop_replica(&replica);
}

static void a_balancer_stops_while_connections_are_open(void **state)
{
    struct replica replica = {0};
    struct balancer *balancer = start_balancer();
    CLEANUP(client_free) struct client *client = NULL;
    unsigned int took_ms;

    (void)state;
    start_replica(&replica, "a", serve);
    add(balancer, 0, &replica);
    await_ready(balancer, 0, true);
    client = connect_to(balancer);
    assert_int_equal(ask(client), 'a');
    balancer_free(balancer);
    assert_true(client_wait_closed(client, WAIT_MS, &took_ms));
    stop_replica(&replica);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_go_round_and_stay_where_they_are),
        cmocka_unit_test(a_replica_that_is_not_ready_gets_no_new_connections_and_keeps_the_old),
        cmocka_unit_test(a_replica_that_refuses_is_passed_over_before_it_is_known_unready),
        cmocka_unit_test(without_a_replica_connections_are_closed),
        cmocka_unit_test(no_byte_is_lost_when_one_half_closes),
        cmocka_unit_test(a_reset_is_handed_on_as_a_reset),
        cmocka_unit_test(a_balancer_stops_while_connections_are_open),
    };

    return cmocka_run_group_tests_name("balancer", tests, NULL, NULL);
}
