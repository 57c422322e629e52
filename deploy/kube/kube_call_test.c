/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/client_test.h"
#include "deploy/kube/kube.h"
#include "tests/test.h"

#define OBJECT  API_OBJECT("a", "1")
#define NAMED   "{\"metadata\":{\"name\":\"a\"}}"
#define UNNAMED "{\"metadata\":{\"generateName\":\"a-\"}}"

static void a_server_in_trouble_is_asked_again(void **state)
{
    static const unsigned int statuses[] = {429, 500, 502, 503, 504, 408};
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_answer(client, NULL, NULL, statuses[i], API_STATUS(0, "x", "wait"));
        client_answer(client, NULL, NULL, 200, OBJECT);
        answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_OK);
        assert_int_equal(kube_counts(client->kube)->retries, i + 1);
    }
    assert_int_equal(kube_counts(client->kube)->requests[KUBE_BUSY],
                     sizeof(statuses) / sizeof(statuses[0]));
}

static void retry_after_is_obeyed(void **state)
{
    static const struct api_step steps[] = {
        {.status = 429, .headers = "Retry-After: 1\r\n"},
        {.status = 429,
         .body = "{\"kind\":\"Status\",\"message\":\"m\",\"details\":{\"retryAfterSeconds\":1}}"},
    };
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        uint64_t waited_ms;
        api_server_add(client->server, &steps[i]);
        client_answer(client, NULL, NULL, 200, OBJECT);
        answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_OK);
        waited_ms = api_server_request(client->server, 2 * i + 1)->at_ms -
                    api_server_request(client->server, 2 * i)->at_ms;
        assert_in_range(waited_ms, 990, 2500);
    }
}

static void it_gives_up_after_some_tries_and_says_why(void **state)
{
    const struct api_step step = {.times = API_FOREVER,
                                  .status = 503,
                                  .body = API_STATUS(503, "ServiceUnavailable", "no leader")};
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    api_server_add(client->server, &step);
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_BUSY);
    assert_string_equal(answer.message, "no leader");
    assert_int_equal(api_server_count(client->server), KUBE_TRIES_MAX);
    assert_int_equal(kube_counts(client->kube)->retries, KUBE_TRIES_MAX - 1);
}

static void an_answer_that_breaks_off_is_asked_for_again(void **state)
{
    static const struct api_step steps[] = {
        {.end = API_RESET},
        {.end = API_CUT},
        {.end = API_CLOSE},
    };
    struct client *client = *state;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_connect(client);
        api_server_add(client->server, &steps[i]);
        client_answer(client, NULL, NULL, 200, OBJECT);
        answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_OK);
        assert_false(answer.is_doubtful);
    }
}

static void a_write_whose_answer_is_lost_is_doubtful(void **state)
{
    static const struct {
        enum kube_verb verb;
        unsigned int second; /* what the repetition is answered with */
        const char *reason;
        enum kube_outcome outcome;
    } rows[] = {
        {KUBE_CREATE, 409, API_STATUS(409, "AlreadyExists", "m"), KUBE_ALREADY_EXISTS},
        {KUBE_UPDATE, 409, API_STATUS(409, "Conflict", "m"), KUBE_CONFLICT},
        {KUBE_DELETE, 404, API_STATUS(404, "NotFound", "m"), KUBE_NOT_FOUND},
    };
    const struct api_step lost = {.end = API_RESET}; /* it came, and was carried out perhaps */
    struct client *client = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_connect(client);
        api_server_add(client->server, &lost);
        client_answer(client, NULL, NULL, rows[i].second, rows[i].reason);
        answer = client_call(client, rows[i].verb, rows[i].verb == KUBE_DELETE ? NULL : NAMED);
        assert_int_equal(answer.outcome, rows[i].outcome);
        assert_true(answer.is_doubtful);
        assert_int_equal(api_server_count(client->server), 2 * i + 2);
    }
}

static void what_must_not_be_done_twice_is_not(void **state)
{
    static const struct api_step steps[] = {
        {.end = API_RESET},
        {.status = 500, .body = "x"},
        {.status = 504, .body = "x"},
        {.status = 201, .body = "{\"trunc"},
    };
    struct client *client = *state;
    size_t n = 0;

    client_connect(client);
    for (size_t i = 0; i < 2 * (sizeof(steps) / sizeof(steps[0])); i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        api_server_add(client->server, &steps[i / 2]);
        answer = i % 2 == 0 ? client_call(client, KUBE_CREATE, UNNAMED)
                            : client_call(client, KUBE_JSON_PATCH, "[]");
        assert_true(answer.outcome == KUBE_BUSY || answer.outcome == KUBE_UNREACHABLE);
        assert_true(answer.is_doubtful);
        assert_int_equal(api_server_count(client->server), ++n);
    }
}

static void what_was_not_done_is_done_then(void **state)
{
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_answer(client, NULL, NULL, 429, "");
        client_answer(client, NULL, NULL, 201, OBJECT);
        answer = i == 0 ? client_call(client, KUBE_CREATE, UNNAMED)
                        : client_call(client, KUBE_JSON_PATCH, "[]");
        assert_int_equal(answer.outcome, KUBE_OK);
        assert_false(answer.is_doubtful);
    }
}

struct leader {
    unsigned int n_allowed;
    unsigned int n_asked;
};

static bool may_write(void *data)
{
    struct leader *leader = data;

    return leader->n_asked++ < leader->n_allowed;
}

/* Who finds a kept connection closed cannot tell whether the request arrived. */
static void a_kept_connection_is_not_used_for_what_must_not_be_done_twice(void **state)
{
    struct client *client = *state;

    client_connect(client);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        client_answer(client, NULL, NULL, 201, OBJECT);
        answer = client_call(client, KUBE_CREATE, UNNAMED);
        assert_int_equal(answer.outcome, KUBE_OK);
        assert_int_equal(api_server_request(client->server, i)->connection, i + 1);
    }
}

static void libcurl_repeats_no_write_by_itself(void **state)
{
    const struct api_step lost = {.end = API_RESET};
    struct client *client = *state;
    struct leader leader = {.n_allowed = 4}; /* each try is asked for twice: see may_send() */
    CLEANUP(kube_answer_clear) struct kube_answer read = {0};
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_guard(client->kube, may_write, &leader);
    client_answer(client, NULL, NULL, 200, OBJECT);
    read = client_get(client);
    assert_int_equal(read.outcome, KUBE_OK);
    api_server_add(client->server, &lost);
    client_answer(client, NULL, NULL, 409, API_STATUS(409, "Conflict", "m"));
    answer = client_call(client, KUBE_UPDATE, "{}");
    assert_int_equal(api_server_request(client->server, 1)->connection, 1); /* the kept one */
    assert_int_equal(answer.outcome, KUBE_CONFLICT);
    assert_true(answer.is_doubtful);
    assert_int_equal(leader.n_asked, 4);
    assert_int_equal(api_server_count(client->server), 3);
}

static void who_comes_back_is_found_again(void **state)
{
    struct client *client = *state;
    struct err err = {0};

    api_server_stop(client->server);
    client_connect(client);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = client_get(client);
        assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
        assert_int_equal(answer.status, 0);
        assert_non_null(strstr(answer.message, "onnect"));
    }
    assert_int_equal(kube_counts(client->kube)->requests[KUBE_UNREACHABLE], 2 * KUBE_TRIES_MAX);
    assert_int_equal(api_server_start(client->server, &err), 0);
    client_answer(client, NULL, NULL, 200, OBJECT);
    CLEANUP(kube_answer_clear) struct kube_answer answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_OK);
    assert_false(answer.is_doubtful);
}

static void a_name_that_does_not_resolve_is_unreachable(void **state)
{
    struct client *client = *state;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client->config.server = "https://nowhere.invalid:6443";
    client_connect(client);
    answer = client_call(client, KUBE_CREATE, UNNAMED);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_false(answer.is_doubtful); /* nothing was sent */
    assert_non_null(strstr(answer.message, "nowhere.invalid"));
}

static void nothing_is_waited_for_longer_than_the_timeout(void **state)
{
    const struct api_step silent = {.times = API_FOREVER, .delay_ms = API_FOREVER};
    struct client *client = *state;
    const uint64_t start_ms = clock_monotonic_ms();
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_limits(client->kube)->request_timeout_ms = 100;
    api_server_add(client->server, &silent);
    answer = client_call(client, KUBE_UPDATE, "{}");
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_true(answer.is_doubtful);
    assert_in_range(clock_monotonic_ms() - start_ms, KUBE_TRIES_MAX * 90, 2500);
    assert_int_equal(api_server_count(client->server), KUBE_TRIES_MAX);
}

static void who_may_not_write_sends_nothing(void **state)
{
    struct client *client = *state;
    struct leader leader = {.n_allowed = 0};
    const struct kube_request exempt = {.verb = KUBE_UPDATE,
                                        .resource = &client_secrets,
                                        .namespace_ = "hawser",
                                        .name = "a",
                                        .is_exempt = true};
    CLEANUP(kube_answer_clear) struct kube_answer written = {0};
    CLEANUP(kube_answer_clear) struct kube_answer read = {0};
    CLEANUP(kube_answer_clear) struct kube_answer renewed = {0};

    client_connect(client);
    kube_guard(client->kube, may_write, &leader);
    written = client_call(client, KUBE_APPLY, "{}");
    assert_int_equal(written.outcome, KUBE_HALTED);
    assert_int_equal(api_server_count(client->server), 0);
    assert_int_equal(leader.n_asked, 1);
    client_answer(client, NULL, NULL, 200, OBJECT);
    read = client_get(client);
    assert_int_equal(read.outcome, KUBE_OK);
    client_answer(client, NULL, NULL, 200, OBJECT);
    kube_call(client->kube, &exempt, &renewed);
    assert_int_equal(renewed.outcome, KUBE_OK);
    assert_int_equal(leader.n_asked, 1);
}

/* Connecting may take seconds. */
static void who_lost_the_lease_while_it_connected_sends_nothing(void **state)
{
    struct client *client = *state;
    struct leader leader = {.n_allowed = 1};
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_guard(client->kube, may_write, &leader);
    client_answer(client, NULL, NULL, 200, OBJECT);
    answer = client_call(client, KUBE_APPLY, "{}");
    assert_int_equal(answer.outcome, KUBE_HALTED);
    assert_false(answer.is_doubtful);
    assert_int_equal(leader.n_asked, 2);
    assert_int_equal(api_server_count(client->server), 0);
}

static void who_lost_the_lease_meanwhile_does_not_repeat(void **state)
{
    struct client *client = *state;
    struct leader leader = {.n_allowed = 2};
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    client_connect(client);
    kube_guard(client->kube, may_write, &leader);
    client_answer(client, NULL, NULL, 500, "");
    answer = client_call(client, KUBE_APPLY, "{}");
    assert_int_equal(answer.outcome, KUBE_HALTED);
    assert_true(answer.is_doubtful);
    assert_int_equal(api_server_count(client->server), 1);
}

static void halt(void *data)
{
    kube_halt(data);
}

static void who_is_told_to_stop_stops_at_once(void **state)
{
    const struct api_step steps[] = {
        {.delay_ms = API_FOREVER},                          /* while it waits for an answer */
        {.status = 429, .headers = "Retry-After: 100\r\n"}, /* while it waits to try again */
    };
    struct client *client = *state;

    for (size_t i = 0; i < 2; i++) {
        CLEANUP(kube_answer_clear) struct kube_answer answer = {0};
        CLEANUP(kube_answer_clear) struct kube_answer after = {0};
        struct loop_timer timer = {.ring = halt};
        const uint64_t start_ms = clock_monotonic_ms();
        client_connect(client);
        api_server_add(client->server, &steps[i]);
        timer.data = client->kube;
        loop_set_timer(client->loop, &timer, start_ms + 100);
        answer = client_call(client, KUBE_UPDATE, "{}");
        assert_int_equal(answer.outcome, KUBE_HALTED);
        assert_int_equal(answer.is_doubtful, i == 0);
        assert_true(clock_monotonic_ms() - start_ms < 1000);
        after = client_get(client);
        assert_int_equal(after.outcome, KUBE_HALTED);
        assert_int_equal(api_server_count(client->server), i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(a_server_in_trouble_is_asked_again),
        WITH_CLIENT(retry_after_is_obeyed),
        WITH_CLIENT(it_gives_up_after_some_tries_and_says_why),
        WITH_CLIENT(an_answer_that_breaks_off_is_asked_for_again),
        WITH_CLIENT(a_write_whose_answer_is_lost_is_doubtful),
        WITH_CLIENT(what_must_not_be_done_twice_is_not),
        WITH_CLIENT(what_was_not_done_is_done_then),
        WITH_CLIENT(a_kept_connection_is_not_used_for_what_must_not_be_done_twice),
        WITH_CLIENT(libcurl_repeats_no_write_by_itself),
        WITH_CLIENT(who_comes_back_is_found_again),
        WITH_CLIENT(a_name_that_does_not_resolve_is_unreachable),
        WITH_CLIENT(nothing_is_waited_for_longer_than_the_timeout),
        WITH_CLIENT(who_may_not_write_sends_nothing),
        WITH_CLIENT(who_lost_the_lease_while_it_connected_sends_nothing),
        WITH_CLIENT(who_lost_the_lease_meanwhile_does_not_repeat),
        WITH_CLIENT(who_is_told_to_stop_stops_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
