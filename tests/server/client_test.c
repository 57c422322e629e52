/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/client.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/proc.h"
#include "tests/server/authority.h"
#include "tests/server/loopback.h"
#include "tests/server/pause.h"
#include "tests/server/stand_in.h"
#include "tests/test.h"

#define NAME     "hawser.hawser.svc"
#define SERIAL   4711
#define SHORT_MS 200 /* a deadline that is meant to pass */

/* Longer than what the sockets of both ends hold. */
#define MUCH ((size_t)12 * 1024 * 1024)

struct fixture {
    struct authority *authority;
    struct authority_pair server;
    struct authority_pair client;
};

static int set_up(void **state)
{
    const struct authority_leaf server = {
        .common_name = NAME, .names = {NAME, "127.0.0.1"}, .serial = SERIAL};
    const struct authority_leaf client = {
        .common_name = "kube-apiserver", .serial = 2, .for_client = true};
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err = {0};

    *state = fixture;
    fixture->authority = authority_new("tests", &err);
    return fixture->authority != NULL &&
                   authority_issue(fixture->authority, &server, &fixture->server, &err) == 0 &&
                   authority_issue(fixture->authority, &client, &fixture->client, &err) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    authority_free(fixture->authority);
    authority_pair_clear(&fixture->server);
    authority_pair_clear(&fixture->client);
    free(fixture);
    return 0;
}

static struct stand_in *start(struct fixture *fixture, bool plain, stand_in_fn *serve, void *data)
{
    const struct stand_in_options options = {
        .pair = plain ? NULL : &fixture->server, .serve = serve, .data = data};
    struct err err = {0};
    struct stand_in *stand_in = stand_in_start(&options, &err);

    if (stand_in == NULL) {
        fail_msg("%s", err.msg);
    }
    return stand_in;
}

/* Connect as the API server does, or without TLS. */
static struct client *connect_to(struct fixture *fixture,
                                 const struct stand_in *stand_in,
                                 bool plain,
                                 unsigned int timeout_ms)
{
    const struct client_options options = {
        .plain = plain,
        .server_name = NAME,
        .ca = authority_pem(fixture->authority),
        .alpn = "http/1.1",
        .timeout_ms = timeout_ms,
    };
    struct err err = {0};
    struct client *client = client_connect(stand_in_address(stand_in), &options, &err);

    if (client == NULL) {
        fail_msg("%s", err.msg);
    }
    return client;
}

/* Answer each request with itself. */
static void echo(struct stand_in_visit *visit, void *data)
{
    char *request;

    (void)data;
    while ((request = stand_in_read(visit)) != NULL) {
        stand_in_answer(visit, 200, "X-Test: yes\r\n", request);
        free(request);
    }
}

static void a_request_is_the_api_servers_and_gets_its_answer(void **state)
{
    static const char expected[] = "POST /mutate?timeout=10s HTTP/1.1\r\n"
                                   "Host: hawser.hawser.svc:443\r\n"
                                   "User-Agent: kube-apiserver-admission\r\n"
                                   "Content-Length: 3\r\n"
                                   "Accept: application/json, */*\r\n"
                                   "Content-Type: application/json\r\n"
                                   "Accept-Encoding: gzip\r\n"
                                   "\r\n"
                                   "{}\n";
    const struct client_message message = {.body = "{}\n", .len = 3};
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, echo, NULL);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, 0);

    assert_int_equal(client_peer_serial(client), SERIAL);
    assert_string_equal(client_tls_version(client), "TLSv1.3");
    for (int i = 0; i < 3; i++) { /* on one connection */
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};
        assert_int_equal(client_request(client, &message, &answer, &err), 0);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, expected);
        assert_true(answer_has(&answer, "x-test", "yes"));
    }
    assert_int_equal(client_n_waiting(client), 0);
    assert_int_equal(client_state(client), CLIENT_OPEN);
}

static void a_large_body_arrives_whole_both_ways(void **state)
{
    CLEANUP(free) char *body = malloc(MUCH);
    const struct client_message message = {.method = "PUT", .body = body, .len = MUCH};
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, echo, NULL);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, 0);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};

    assert_non_null(body);
    for (size_t i = 0; i < MUCH; i++) {
        body[i] = (char)('a' + i % 23);
    }
    assert_int_equal(client_request(client, &message, &answer, &err), 0);
    assert_true(answer.body_len > MUCH);
    assert_memory_equal(answer.body + answer.body_len - MUCH, body, MUCH);
}

/* Send half an answer, or nothing, and end as the test says. */
struct ending {
    const char *text;
    enum stand_in_end end;
};

static void serve_ending(struct stand_in_visit *visit, void *data)
{
    const struct ending *ending = data;
    char *request = stand_in_read(visit);

    free(request);
    stand_in_write(visit, ending->text, strlen(ending->text));
    stand_in_end(visit, ending->end);
}

static void each_end_without_an_answer_is_told_apart(void **state)
{
    static const struct {
        struct ending ending;
        bool plain;
        enum client_state state;
    } rows[] = {
        {{"", STAND_IN_CLOSE}, false, CLIENT_CLOSED},
        {{"", STAND_IN_CUT}, false, CLIENT_CUT},
        {{"", STAND_IN_RESET}, false, CLIENT_RESET},
        {{"", STAND_IN_CLOSE}, true, CLIENT_CLOSED},
        {{"", STAND_IN_RESET}, true, CLIENT_RESET},
        {{"HTTP/1.1 200 OK\r\n\r\nto the end", STAND_IN_CUT}, false, CLIENT_CUT},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", STAND_IN_CUT}, false, CLIENT_CUT},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", STAND_IN_RESET}, true, CLIENT_RESET},
    };
    const struct client_message message = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ending ending = rows[i].ending;
        CLEANUP(stand_in_free)
        struct stand_in *stand_in = start(*state, rows[i].plain, serve_ending, &ending);
        CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, rows[i].plain, 0);
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};
        unsigned int took_ms = UINT_MAX;

        assert_int_equal(client_request(client, &message, &answer, &err), -1);
        if (client_state(client) != rows[i].state || err.code != ERR_IO) {
            fail_msg("row %zu: expected %s, found %s", i, client_state_name(rows[i].state),
                     err.msg);
        }
        assert_non_null(strstr(err.msg, client_state_name(rows[i].state)));
        assert_true(client_wait_closed(client, 0, &took_ms));
        assert_true(took_ms < SHORT_MS);
        assert_int_equal(client_send(client, "x", 1, &err), -1);
    }
}

static void an_answer_before_the_end_is_received(void **state)
{
    static const enum stand_in_end ends[] = {STAND_IN_CLOSE, STAND_IN_CUT, STAND_IN_RESET};
    const struct client_message message = {0};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct ending ending = {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ends[i]};
        CLEANUP(stand_in_free)
        struct stand_in *stand_in = start(*state, false, serve_ending, &ending);
        CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, 0);
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};

        if (client_request(client, &message, &answer, &err) < 0) {
            fail_msg("end %zu: %s", i, err.msg);
        }
        assert_int_equal(answer.status, 503);
    }
}

/* Answer when the header is there, and reset while the body still comes. */
static void serve_early(struct stand_in_visit *visit, void *data)
{
    char chunk[1024];

    (void)data;
    (void)stand_in_read_some(visit, chunk, sizeof(chunk));
    stand_in_answer(visit, 413, "Connection: close\r\n", "");
    pause_ms(100); /* the answer is on its way before the reset is */
    stand_in_end(visit, STAND_IN_RESET);
}

static void an_answer_before_the_body_is_through_is_received(void **state)
{
    CLEANUP(free) char *body = calloc(1, MUCH);
    const struct client_message message = {.body = body, .len = MUCH};
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, serve_early, NULL);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, 0);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};

    assert_int_equal(client_request(client, &message, &answer, &err), 0);
    assert_int_equal(answer.status, 413);
}

static void answers_to_pipelined_requests_come_one_by_one(void **state)
{
    static const char digits[] = "0123456789";
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, echo, NULL);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, 0);
    CLEANUP(buf_clear) struct buf requests = BUF_INIT((size_t)64 * 1024);
    struct err err = {0};

    for (const char *digit = digits; *digit != '\0'; digit++) {
        const struct client_message message = {.body = digit, .len = 1};
        client_write(&message, &requests);
    }
    assert_int_equal(client_send(client, requests.bytes, requests.len, &err), 0);
    for (const char *digit = digits; *digit != '\0'; digit++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        assert_int_equal(client_receive(client, &answer, &err), 0);
        assert_int_equal(answer.body[answer.body_len - 1], *digit);
    }
    assert_int_equal(client_n_waiting(client), 0);
}

/* Read, and say nothing until the client is gone. */
static void serve_nothing(struct stand_in_visit *visit, void *data)
{
    char chunk[4096];

    (void)data;
    while (stand_in_read_some(visit, chunk, sizeof(chunk)) > 0) {
    }
}

static void a_late_answer_ends_the_wait_and_not_the_connection(void **state)
{
    const struct client_message message = {0};
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, serve_nothing, NULL);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, SHORT_MS);
    CLEANUP(answer_clear) struct answer answer = {0};
    const uint64_t began_ms = clock_monotonic_ms();
    struct err err = {0};
    unsigned int took_ms;
    uint64_t waited_ms;

    assert_int_equal(client_request(client, &message, &answer, &err), -1);
    waited_ms = clock_monotonic_ms() - began_ms;
    assert_in_range(waited_ms, SHORT_MS, 5000);
    assert_int_equal(client_state(client), CLIENT_OPEN);
    assert_false(client_wait_closed(client, SHORT_MS, &took_ms));
    if (proc_is_mounted()) {
        assert_false(client_wait_dropped(client, SHORT_MS, &took_ms));
    }
}

static void serve_silence(struct stand_in_visit *visit, void *data)
{

    (void)visit;
    (void)data;
    pause_ms(1000);
}

static void a_handshake_and_a_body_nobody_takes_are_late(void **state)
{
    const struct client_options options = {.timeout_ms = SHORT_MS};
    CLEANUP(free) char *body = calloc(1, MUCH);
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, true, serve_silence, NULL);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, true, SHORT_MS);
    const uint64_t began_ms = clock_monotonic_ms();
    struct err err = {0};

    assert_int_equal(client_send(client, body, MUCH, &err), -1);
    assert_non_null(strstr(err.msg, "in time"));
    assert_null(client_connect(stand_in_address(stand_in), &options, &err));
    assert_non_null(strstr(err.msg, "late"));
    assert_true(clock_monotonic_ms() - began_ms < 5000);
}

static void what_is_no_answer_is_invalid(void **state)
{
    const struct client_message message = {0};
    struct ending ending = {"SSH-2.0-OpenSSH\r\n\r\n", STAND_IN_CLOSE};
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, serve_ending, &ending);
    CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, false, 0);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};

    assert_int_equal(client_request(client, &message, &answer, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void a_server_that_is_not_whom_we_want_is_refused(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(fixture, false, echo, NULL);
    CLEANUP(authority_free) struct authority *other = NULL;
    struct err err = {0};

    other = authority_new("tests", &err); /* of the same name, as after a CA was made anew */
    assert_non_null(other);
    const struct {
        struct client_options options;
        bool accepted;
    } rows[] = {
        {{.ca = authority_pem(fixture->authority), .server_name = NAME}, true},
        {{.ca = authority_pem(fixture->authority)}, true},
        {{.server_name = "anybody"}, true},
        {{.ca = authority_pem(other), .server_name = NAME}, false},
        {{.ca = authority_pem(fixture->authority), .server_name = "hawser.other.svc"}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(client_free)
        struct client *client = client_connect(stand_in_address(stand_in), &rows[i].options, &err);
        if ((client != NULL) != rows[i].accepted) {
            fail_msg("row %zu", i);
        }
    }
}

/* Connect with @options, and ask once. */
static int ask(const struct stand_in *stand_in, const struct client_options *options)
{
    const struct client_message message = {0};
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};
    CLEANUP(client_free)
    struct client *client = client_connect(stand_in_address(stand_in), options, &err);

    return client != NULL ? client_request(client, &message, &answer, &err) : -1;
}

static void a_client_shows_its_certificate(void **state)
{
    struct fixture *fixture = *state;
    const struct stand_in_options asking = {
        .pair = &fixture->server,
        .client_ca = authority_pem(fixture->authority),
        .serve = echo,
    };
    const struct client_options with = {.certificate = fixture->client.certificate,
                                        .key = fixture->client.key};
    const struct client_options with_a_servers = {.certificate = fixture->server.certificate,
                                                  .key = fixture->server.key};
    const struct client_options with_another_key = {.certificate = fixture->client.certificate,
                                                    .key = fixture->server.key};
    const struct client_options without = {0};
    struct err err = {0};
    CLEANUP(stand_in_free) struct stand_in *stand_in = stand_in_start(&asking, &err);

    assert_non_null(stand_in);
    assert_int_equal(ask(stand_in, &with), 0);
    assert_int_equal(ask(stand_in, &with_a_servers), -1);
    assert_int_equal(ask(stand_in, &without), -1);
    assert_null(client_connect(stand_in_address(stand_in), &with_another_key, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

static void the_tls_version_is_the_callers(void **state)
{
    const struct client_options old = {.tls_min = TLS1_1_VERSION, .tls_max = TLS1_1_VERSION};
    const struct client_options middle = {.tls_max = TLS1_2_VERSION};
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, false, echo, NULL);
    struct err err = {0};
    CLEANUP(client_free)
    struct client *client = client_connect(stand_in_address(stand_in), &middle, &err);

    assert_non_null(client);
    assert_string_equal(client_tls_version(client), "TLSv1.2");
    assert_null(client_connect(stand_in_address(stand_in), &old, &err));
    if (strstr(err.msg, "protocol version") == NULL) { /* of the server's alert */
        fail_msg("%s", err.msg);
    }
}

static void an_address_that_is_none_and_one_that_nobody_has_differ(void **state)
{
    static const char *const wrong[] = {"",           "localhost:8443", "127.0.0.1",
                                        "127.0.0.1:", "127.0.0.1:0",    "127.0.0.1:65536",
                                        "[::1:8443",  "127.0.0.1:80x"};
    const struct client_options options = {.plain = true};
    char address[LOOPBACK_SIZE];
    struct err err = {0};
    int fd;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(client_connect(wrong[i], &options, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
    fd = loopback_listen(address, &err);
    assert_true(fd >= 0);
    (void)close(fd); /* the port is free again */
    assert_null(client_connect(address, &options, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

/* Read five bytes, count in how many pieces they came, and end the connection. */
static void read_five(struct stand_in_visit *visit, void *data)
{
    atomic_int *n_pieces = data;
    char chunk[64];
    size_t n_bytes = 0;
    size_t n = 1;

    for (; n_bytes < 5 && n > 0; (*n_pieces)++) {
        n = stand_in_read_some(visit, chunk, sizeof(chunk));
        n_bytes += n;
    }
}

static void a_drip_is_a_byte_at_a_time_and_ends_with_the_connection(void **state)
{
    static const bool plain[] = {false, true};

    for (size_t i = 0; i < 2; i++) {
        atomic_int n_pieces = 0;
        CLEANUP(stand_in_free)
        struct stand_in *stand_in = start(*state, plain[i], read_five, &n_pieces);
        CLEANUP(client_free) struct client *client = connect_to(*state, stand_in, plain[i], 0);
        const uint64_t began_ms = clock_monotonic_ms();
        const size_t n = client_drip(client, "01234567890123456789", 20, 30);

        assert_in_range(n, 5, 19); /* some may be under way when the fifth is read */
        assert_true(clock_monotonic_ms() - began_ms >= 120);
        assert_in_range(n_pieces, 2, 5); /* two may meet where the reader is slow */
        assert_int_not_equal(client_state(client), CLIENT_OPEN);
    }
}

/* Write more than fits until that fails or is late, and close with it unread. */
static void serve_too_much(struct stand_in_visit *visit, void *data)
{
    CLEANUP(free) char *text = calloc(1, MUCH / 64);

    (void)data;
    stand_in_write(visit, text, MUCH / 64);
    pause_ms(1500);
}

static void a_close_behind_unread_bytes_is_seen(void **state)
{
    const struct client_options options = {.plain = true, .receive_buffer = 4096};

    if (!proc_is_mounted()) {
        return;
    }
    CLEANUP(free) char *body = calloc(1, MUCH);
    CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, true, serve_too_much, NULL);
    struct err err = {0};
    CLEANUP(client_free)
    struct client *client = client_connect(stand_in_address(stand_in), &options, &err);
    unsigned int took_ms = 0;

    assert_non_null(client);
    assert_false(client_push(client, body, MUCH, 100)); /* nobody reads it */
    assert_int_equal(client_n_waiting(client), 0);
    assert_false(client_wait_dropped(client, 100, &took_ms));
    assert_true(client_wait_dropped(client, 5000, &took_ms));
}

/* What the peer sees of the client's end. */
static void watch_end(struct stand_in_visit *visit, void *data)
{
    atomic_int *seen = data;
    char chunk[64];

    while (stand_in_read_some(visit, chunk, sizeof(chunk)) > 0) {
        errno = 0;
    }
    *seen = errno == ECONNRESET ? CLIENT_RESET : CLIENT_CLOSED;
    stand_in_answer(visit, 200, "", "bye");
}

/* What @value is when it is no longer 0, or after a second. */
static int await_change(const atomic_int *value)
{

    for (int i = 0; i < 1000 && *value == 0; i++) {
        pause_ms(1);
    }
    return *value;
}

static void a_half_close_leaves_the_other_half_and_an_abort_nothing(void **state)
{
    for (int aborted = 0; aborted < 2; aborted++) {
        atomic_int seen = CLIENT_OPEN;
        CLEANUP(stand_in_free) struct stand_in *stand_in = start(*state, true, watch_end, &seen);
        struct client *client = connect_to(*state, stand_in, true, 0);
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};

        assert_int_equal(client_send(client, "x", 1, &err), 0);
        if (aborted == 1) {
            client_abort(client);
            client = NULL;
        } else {
            client_half_close(client, true);
            assert_int_equal(client_receive(client, &answer, &err), 0);
            assert_string_equal(answer.body, "bye");
            client_free(client);
        }
        assert_int_equal(await_change(&seen), aborted == 1 ? CLIENT_RESET : CLIENT_CLOSED);
    }
}

static void a_client_hello_is_a_handshake_record(void **state)
{
    const struct client_options options = {.server_name = NAME};
    CLEANUP(buf_clear) struct buf hello = BUF_INIT((size_t)64 * 1024);
    struct err err = {0};

    (void)state;
    assert_int_equal(client_hello(&options, &hello, &err), 0);
    assert_true(hello.len > 100);
    assert_memory_equal(hello.bytes, "\x16\x03\x01", 3);
    assert_non_null(memmem(hello.bytes, hello.len, NAME, strlen(NAME)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_the_api_servers_and_gets_its_answer),
        cmocka_unit_test(a_large_body_arrives_whole_both_ways),
        cmocka_unit_test(each_end_without_an_answer_is_told_apart),
        cmocka_unit_test(an_answer_before_the_end_is_received),
        cmocka_unit_test(an_answer_before_the_body_is_through_is_received),
        cmocka_unit_test(answers_to_pipelined_requests_come_one_by_one),
        cmocka_unit_test(a_late_answer_ends_the_wait_and_not_the_connection),
        cmocka_unit_test(a_handshake_and_a_body_nobody_takes_are_late),
        cmocka_unit_test(what_is_no_answer_is_invalid),
        cmocka_unit_test(a_server_that_is_not_whom_we_want_is_refused),
        cmocka_unit_test(a_client_shows_its_certificate),
        cmocka_unit_test(the_tls_version_is_the_callers),
        cmocka_unit_test(an_address_that_is_none_and_one_that_nobody_has_differ),
        cmocka_unit_test(a_drip_is_a_byte_at_a_time_and_ends_with_the_connection),
        cmocka_unit_test(a_close_behind_unread_bytes_is_seen),
        cmocka_unit_test(a_half_close_leaves_the_other_half_and_an_abort_nothing),
        cmocka_unit_test(a_client_hello_is_a_handshake_record),
    };

    return cmocka_run_group_tests_name("client", tests, set_up, tear_down);
}
