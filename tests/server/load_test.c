/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/load.h"

#include <stdatomic.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/loopback.h"
#include "tests/server/pause.h"
#include "tests/server/stand_in.h"
#include "tests/test.h"

#define WAIT_MS 10000
#define IDLE_MS 100 /* long enough for what comes behind an answer */

/* What happens at the request number @at, counted over all connections from 1. The others get "ok".
 */
enum deed {
    NOTHING,
    ANSWER_500,
    ANSWER_OTHER, /* 200 with a body that the check refuses */
    ANSWER_TWICE,
    TALK_NONSENSE,
    CLOSE_UNANSWERED,
    RESET_UNANSWERED,
    CLOSE_ANNOUNCED, /* "Connection: close", and close */
    CLOSE_IDLE,      /* close without a word after the answer */
    RESET_IDLE,
};

struct script {
    stand_in_fn *serve; /* NULL: what follows */
    enum deed deed;
    int at;
    atomic_int n_requests;
};

/* Do what the script says for one request. False when the connection is to end. */
static bool act(struct stand_in_visit *visit, enum deed deed)
{
    static const char twice[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n";
    static const char nonsense[] = "220 mail.example.com ESMTP\r\n\r\n";

    switch (deed) {
    case ANSWER_500:
        stand_in_answer(visit, 500, "", "broken");
        return true;
    case ANSWER_OTHER:
        stand_in_answer(visit, 200, "", "other");
        return true;
    case ANSWER_TWICE:
        stand_in_write(visit, twice, strlen(twice));
        return true;
    case TALK_NONSENSE:
        stand_in_write(visit, nonsense, strlen(nonsense));
        return true;
    case CLOSE_UNANSWERED:
        return false;
    case RESET_UNANSWERED:
        stand_in_end(visit, STAND_IN_RESET);
        return false;
    case CLOSE_ANNOUNCED:
        stand_in_answer(visit, 200, "Connection: close\r\n", "ok");
        return false;
    case CLOSE_IDLE:
        stand_in_answer(visit, 200, "", "ok");
        return false;
    case RESET_IDLE:
        stand_in_answer(visit, 200, "", "ok");
        stand_in_end(visit, STAND_IN_RESET);
        return false;
    case NOTHING:
    default:
        stand_in_answer(visit, 200, "", "ok");
        return true;
    }
}

static void serve(struct stand_in_visit *visit, void *data)
{
    struct script *script = data;
    bool goes_on = true;

    while (goes_on) {
        char *request = stand_in_read(visit);
        if (request == NULL) {
            return;
        }
        free(request);
        goes_on = act(visit, ++script->n_requests == script->at ? script->deed : NOTHING);
    }
}

static int check_ok(const struct answer *answer, void *data, struct err *err)
{
    (void)data;
    return strcmp(answer->body, "ok") == 0
               ? 0
               : err_set(err, ERR_INVALID, "expected ok, found '%s'", answer->body);
}

/* Run @options against @script until it got @n_requests, and say what was counted. */
static struct load_result run(struct script *script, struct load_options options, int n_requests)
{
    const struct stand_in_options how = {.serve = script->serve != NULL ? script->serve : serve,
                                         .data = script};
    const uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    struct load_result result = {0};
    struct err err = {0};
    CLEANUP(stand_in_free) struct stand_in *stand_in = stand_in_start(&how, &err);
    CLEANUP(load_free) struct load *load = NULL;

    assert_non_null(stand_in);
    options.address = stand_in_address(stand_in);
    options.client.plain = true;
    options.check = check_ok;
    load = load_start(&options, &err);
    assert_non_null(load);
    while (script->n_requests < n_requests && clock_monotonic_ms() < until_ms) {
        pause_ms(1);
    }
    load_stop(load, &result);
    assert_true(script->n_requests >= n_requests);
    return result;
}

static void requests_of_a_good_server_do_not_fail(void **state)
{
    struct script script = {0};
    const struct load_result result = run(&script, (struct load_options){.n_threads = 4}, 400);

    (void)state;
    assert_int_equal(result.n_failures, 0);
    assert_int_equal(result.n_requests, script.n_requests);
    assert_int_equal(result.n_connections, 4);
    assert_true(result.slowest_us > 0 && result.slowest_us < (uint64_t)WAIT_MS * 1000);
}

/* Take a while over each answer. */
static void serve_slowly(struct stand_in_visit *visit, void *data)
{
    struct script *script = data;
    char *request;

    while ((request = stand_in_read(visit)) != NULL) {
        free(request);
        pause_ms(30);
        script->n_requests++;
        stand_in_answer(visit, 200, "", "ok");
    }
}

static void what_takes_long_is_counted_as_slow(void **state)
{
    static const struct {
        uint64_t slow_us;
        bool is_slow;
    } rows[] = {{20000, true}, {0, false}, {(uint64_t)WAIT_MS * 1000, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script script = {.serve = serve_slowly};
        const struct load_options options = {.n_threads = 1, .slow_us = rows[i].slow_us};
        const struct load_result result = run(&script, options, 3);

        assert_int_equal(result.n_failures, 0);
        assert_int_equal(result.n_slow, rows[i].is_slow ? result.n_requests : 0);
        assert_true(result.slowest_us >= 30000);
    }
}

static void each_kind_of_failure_is_counted_once_with_its_reason(void **state)
{
    static const struct {
        enum deed deed;
        const char *reason;
    } rows[] = {
        {ANSWER_500, "expected status 200, found 500: 'broken'"},
        {ANSWER_OTHER, "expected ok, found 'other'"},
        {ANSWER_TWICE, "bytes behind it"},
        {TALK_NONSENSE, "expected a status line, found '220 mail"},
        {CLOSE_UNANSWERED, "no answer: the connection is closed"},
        {RESET_UNANSWERED, "no answer: the connection is reset"},
        {RESET_IDLE, "cannot send: the connection is reset"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script script = {.deed = rows[i].deed, .at = 5};
        const struct load_options options = {.n_threads = 1,
                                             .pause_ms = rows[i].deed == RESET_IDLE ? IDLE_MS : 5};
        const struct load_result result = run(&script, options, 10);

        if (result.n_failures != 1 || strstr(result.first_failure.msg, rows[i].reason) == NULL) {
            fail_msg("row %zu: %zu failures, first '%s'", i, result.n_failures,
                     result.first_failure.msg);
        }
        assert_int_equal(result.n_connections, 2);
    }
}

static void a_close_between_requests_is_no_failure(void **state)
{
    static const enum deed deeds[] = {CLOSE_ANNOUNCED, CLOSE_IDLE};

    (void)state;
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        struct script script = {.deed = deeds[i], .at = 3};
        const struct load_options options = {.n_threads = 1, .pause_ms = IDLE_MS};
        const struct load_result result = run(&script, options, 6);

        assert_int_equal(result.n_failures, 0);
        assert_int_equal(result.n_connections, 2);
    }
}

static void a_new_connection_comes_as_often_as_asked(void **state)
{
    struct script script = {0};
    const struct load_options options = {.n_threads = 1, .n_for_each_connection = 5, .pause_ms = 1};
    const struct load_result result = run(&script, options, 50);

    (void)state;
    assert_int_equal(result.n_failures, 0);
    assert_in_range(result.n_connections, result.n_requests / 5, result.n_requests / 5 + 1);
}

static void where_nobody_listens_each_attempt_fails(void **state)
{
    const uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    char address[LOOPBACK_SIZE];
    struct load_result result = {0};
    struct err err = {0};
    int fd = loopback_listen(address, &err);

    (void)state;
    (void)close(fd); /* the port is free again */
    const struct load_options options = {
        .address = address, .n_threads = 2, .client = {.plain = true}};
    CLEANUP(load_free) struct load *load = load_start(&options, &err);
    while (result.n_failures < 5 && clock_monotonic_ms() < until_ms) {
        pause_ms(1);
        load_read(load, &result);
    }
    load_stop(load, &result);
    assert_true(result.n_failures >= 5 && result.n_failures < 10000);
    assert_int_equal(result.n_failures, result.n_requests);
    assert_int_equal(result.n_connections, 0);
    assert_int_equal(result.first_failure.code, ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_a_good_server_do_not_fail),
        cmocka_unit_test(what_takes_long_is_counted_as_slow),
        cmocka_unit_test(each_kind_of_failure_is_counted_once_with_its_reason),
        cmocka_unit_test(a_close_between_requests_is_no_failure),
        cmocka_unit_test(a_new_connection_comes_as_often_as_asked),
        cmocka_unit_test(where_nobody_listens_each_attempt_fails),
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
