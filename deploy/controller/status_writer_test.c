/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/status_writer.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube_stand_in_test.h"

#define PATH     "/api/v1/namespaces/hawser/configmaps/hawser-status"
#define PAUSE_MS 100
#define SHORT_MS 30
#define LONG_MS  5000

struct fixture {
    struct kube_stand_in *test;
    struct kube *kube;
    struct status_writer *writer;
    const char *expected; /* what is_written() looks for */
    size_t n_requests;    /* what has_asked() looks for */
    bool may_write;
};

static bool may_write(void *data)
{
    return ((struct fixture *)data)->may_write;
}

static struct fixture begin(void **state)
{
    static const struct status_writer_options options = {
        .namespace_ = "hawser", .config_map = "hawser-status", .pause_ms = PAUSE_MS};
    struct fixture fixture = {.test = *state, .may_write = true};
    struct err err = {0};

    fixture.kube = kube_stand_in_kube(fixture.test);
    fixture.writer = status_writer_new(fixture.test->loop, fixture.kube, &options, &err);
    assert_non_null(fixture.writer);
    return fixture;
}

static void end_p(struct fixture *fixture)
{
    status_writer_free(fixture->writer);
    kube_free(fixture->kube);
}

static bool is_written(void *data)
{
    const struct fixture *fixture = data;
    json_auto_t *object = object_store_get(fixture->test->store, PATH);

    return strcmp(json_text_of(json_object_get(object, "data"), STATUS_WRITER_KEY),
                  fixture->expected) == 0;
}

static bool has_asked(void *data)
{
    const struct fixture *fixture = data;

    return api_server_count(fixture->test->server) >= fixture->n_requests;
}

static void wait_for_text(struct fixture *fixture, const char *text)
{
    fixture->expected = text;
    kube_stand_in_wait(fixture->test, is_written, fixture, LONG_MS);
}

static void run_for(const struct fixture *fixture, unsigned int ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + ms;

    while (clock_monotonic_ms() < end_ms) {
        loop_step(fixture->test->loop, 5);
    }
}

static size_t n_requests(const struct fixture *fixture)
{
    return api_server_count(fixture->test->server);
}

static void what_is_put_in_is_applied_as_ours(void **state)
{
    CLEANUP(end) struct fixture fixture = begin(state);
    const struct api_request *request;

    run_for(&fixture, SHORT_MS);
    assert_int_equal(n_requests(&fixture), 0);
    status_writer_put(fixture.writer, "{}");
    wait_for_text(&fixture, "{}");
    request = api_server_request(fixture.test->server, 0);
    assert_string_equal(request->method, "PATCH");
    assert_non_null(strstr(request->target, PATH));
    assert_non_null(strstr(request->target, "fieldManager=" KUBE_MANAGER));
}

static void the_same_text_is_not_written_again(void **state)
{
    CLEANUP(end) struct fixture fixture = begin(state);

    status_writer_put(fixture.writer, "{}");
    wait_for_text(&fixture, "{}");
    status_writer_put(fixture.writer, "{}");
    run_for(&fixture, 2 * PAUSE_MS);
    assert_int_equal(n_requests(&fixture), 1);
}

static void changes_within_the_pause_are_one_request_with_the_last(void **state)
{
    CLEANUP(end) struct fixture fixture = begin(state);
    const uint64_t begin_ms = clock_monotonic_ms();

    status_writer_put(fixture.writer, "1");
    wait_for_text(&fixture, "1");
    status_writer_put(fixture.writer, "2");
    status_writer_put(fixture.writer, "3");
    wait_for_text(&fixture, "3");
    run_for(&fixture, 2 * PAUSE_MS);
    assert_int_equal(n_requests(&fixture), 2);
    assert_true(api_server_request(fixture.test->server, 1)->at_ms >= begin_ms + PAUSE_MS);
}

static void a_change_while_a_request_is_under_way_is_written_after_it(void **state)
{
    static const struct api_step slow = {
        .method = "PATCH", .status = 200, .body = "{}", .delay_ms = 2 * PAUSE_MS};
    CLEANUP(end) struct fixture fixture = begin(state);

    api_server_add(fixture.test->server, &slow);
    status_writer_put(fixture.writer, "1");
    fixture.n_requests = 1;
    kube_stand_in_wait(fixture.test, has_asked, &fixture, LONG_MS);
    status_writer_put(fixture.writer, "2");
    wait_for_text(&fixture, "2");
    assert_int_equal(n_requests(&fixture), 2);
}

static void a_failure_is_tried_again(void **state)
{
    static const struct api_step refused = {
        .method = "PATCH", .status = 403, .body = API_STATUS(403, "Forbidden", "no"), .times = 2};
    CLEANUP(end) struct fixture fixture = begin(state);

    api_server_add(fixture.test->server, &refused);
    status_writer_put(fixture.writer, "{}");
    wait_for_text(&fixture, "{}");
    assert_int_equal(n_requests(&fixture), 3);
}

static void who_does_not_lead_writes_nothing_until_it_does(void **state)
{
    CLEANUP(end) struct fixture fixture = begin(state);

    kube_guard(fixture.kube, may_write, &fixture);
    fixture.may_write = false;
    status_writer_put(fixture.writer, "{}");
    run_for(&fixture, 3 * PAUSE_MS);
    assert_int_equal(n_requests(&fixture), 0);
    fixture.may_write = true;
    status_writer_lead(fixture.writer);
    status_writer_put(fixture.writer, "{}");
    wait_for_text(&fixture, "{}");
}

static void a_new_leader_writes_over_what_another_one_wrote(void **state)
{
    CLEANUP(end) struct fixture fixture = begin(state);

    status_writer_lead(fixture.writer); /* with nothing to say */
    status_writer_put(fixture.writer, "1");
    wait_for_text(&fixture, "1");
    object_store_delete(fixture.test->store, PATH);
    status_writer_lead(fixture.writer);
    status_writer_put(fixture.writer, "1");
    wait_for_text(&fixture, "1");
}

/* What another leader has written since is newer. */
static void what_was_known_in_a_former_reign_is_not_written_in_the_next(void **state)
{
    CLEANUP(end) struct fixture fixture = begin(state);

    kube_guard(fixture.kube, may_write, &fixture);
    fixture.may_write = false;
    status_writer_put(fixture.writer, "old");
    run_for(&fixture, 3 * PAUSE_MS);
    fixture.may_write = true;
    status_writer_lead(fixture.writer);
    run_for(&fixture, 3 * PAUSE_MS);
    assert_int_equal(n_requests(&fixture), 0);
    status_writer_put(fixture.writer, "new");
    wait_for_text(&fixture, "new");
    assert_int_equal(n_requests(&fixture), 1);
}

static void it_can_go_while_a_request_is_under_way(void **state)
{
    static const struct api_step never = {.delay_ms = 200, .status = 200, .body = "{}"};
    CLEANUP(end) struct fixture fixture = begin(state);

    api_server_add(fixture.test->server, &never);
    status_writer_put(fixture.writer, "1");
    fixture.n_requests = 1;
    kube_stand_in_wait(fixture.test, has_asked, &fixture, LONG_MS);
    status_writer_free(TAKE(fixture.writer));
    run_for(&fixture, 2 * PAUSE_MS);
    assert_int_equal(n_requests(&fixture), 1);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, kube_stand_in_start, kube_stand_in_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(what_is_put_in_is_applied_as_ours),
        PROMISE(the_same_text_is_not_written_again),
        PROMISE(changes_within_the_pause_are_one_request_with_the_last),
        PROMISE(a_change_while_a_request_is_under_way_is_written_after_it),
        PROMISE(a_failure_is_tried_again),
        PROMISE(who_does_not_lead_writes_nothing_until_it_does),
        PROMISE(a_new_leader_writes_over_what_another_one_wrote),
        PROMISE(what_was_known_in_a_former_reign_is_not_written_in_the_next),
        PROMISE(it_can_go_while_a_request_is_under_way),
    };

    return cmocka_run_group_tests_name("status_writer", tests, NULL, NULL);
}
