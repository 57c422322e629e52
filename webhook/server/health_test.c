/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/health.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "tests/exposition/exposition_page.h"
#include "webhook/server/parts_test.h"

/* A server that is ready, but for the port. */
struct fixture {
    struct current policies;
    struct identity *identity;
    struct readiness readiness;
    struct health health;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct err none = {.code = ERR_NONE};
    struct err err = {0};

    assert_non_null(f);
    parts_init_policies(&f->policies);
    parts_load_policies(&f->policies);
    f->identity = parts_new_identity();
    readiness_init(&f->readiness, &f->policies, f->identity);
    readiness_note_probe(&f->readiness, &none, clock_monotonic_ms());
    f->health.readiness = &f->readiness;
    f->health.metrics = metrics_new("0", &err);
    assert_non_null(f->health.metrics);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    readiness_clear(&f->readiness);
    identity_free(f->identity);
    current_clear(&f->policies);
    metrics_free(f->health.metrics);
    free(f);
    return 0;
}

static struct http_response
ask(void (*answer)(void *, const struct http_request *, struct http_response *), struct fixture *f)
{
    const struct http_request request = {.len = 0};
    struct http_response response = {
        .status = 200, .content_type = HTTP_TEXT, .body = BUF_INIT(HEALTH_ANSWER_BYTES_MAX)};

    answer(f != NULL ? &f->health : NULL, &request, &response);
    assert_false(buf_failed(&response.body));
    return response;
}

/* The value of a series on the page. */
static double value_of(struct fixture *f, const char *series)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(32UL * 1024 * 1024);
    struct http_response response = ask(health_answer_metrics, f);
    struct exposition_page page;
    double value;

    assert_int_equal(response.status, 200);
    assert_string_equal(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    exposition_page_read(buf_text(&response.body), response.body.len, arena, &page);
    value = exposition_page_value(&page, series);
    buf_clear(&response.body);
    return value;
}

static void it_lives_whatever_is_missing(void **state)
{
    struct http_response response = ask(health_answer_live, NULL);

    (void)state;
    assert_int_equal(response.status, 200);
    assert_string_equal(buf_text(&response.body), "ok\n");
    buf_clear(&response.body);
}

static void ready_is_200(void **state)
{
    struct http_response response = ask(health_answer_ready, *state);

    assert_int_equal(response.status, 200);
    assert_string_equal(buf_text(&response.body), "ok\n");
    buf_clear(&response.body);
}

static void not_ready_is_503_with_the_reason(void **state)
{
    struct fixture *f = *state;
    struct http_response response;

    readiness_stop(&f->readiness);
    response = ask(health_answer_ready, f);
    assert_int_equal(response.status, 503);
    assert_string_equal(buf_text(&response.body), "not ready: the server is stopping\n");
    buf_clear(&response.body);
}

static void metrics_tell_whether_it_is_ready(void **state)
{
    struct fixture *f = *state;

    assert_true(value_of(f, "hawser_ready") == 1);
    readiness_stop(&f->readiness);
    assert_true(value_of(f, "hawser_ready") == 0);
}

static void metrics_count_the_connections_of_the_admission_port(void **state)
{
    const struct listener_options options = {
        .address = "127.0.0.1:0",
        .n_workers = 1,
        .max_connections = 10,
        .request_timeout_ms = 10000,
        .idle_timeout_ms = 10000,
    };
    struct fixture *f = *state;
    struct err err = {0};
    CLEANUP(listener_stop) struct listener *admission = listener_start(&options, &err);
    CLEANUP(close) int fd = -1;

    assert_non_null(admission);
    assert_true(value_of(f, "hawser_connections") == 0); /* nobody knows of the port yet */
    atomic_store(&f->health.admission, admission);
    assert_int_equal(address_connect(listener_address(admission), &fd, &err), 0);
    for (int i = 0; i < 2000 && listener_count_connections(admission) == 0; i++) {
        (void)poll(NULL, 0, 1);
    }
    assert_true(value_of(f, "hawser_connections") == 1);
    assert_true(value_of(f, "hawser_request_body_bytes") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lives_whatever_is_missing),
        cmocka_unit_test_setup_teardown(ready_is_200, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_ready_is_503_with_the_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_tell_whether_it_is_ready, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_count_the_connections_of_the_admission_port, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
